"""JSON that PostgreSQL builds has the shape of the contracts: no key more, no key less, every value as its type."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from backend.media.storage import FolderStorage
from backend.seed.__main__ import seed
from shopkit.contracts.audit import AuditPage
from shopkit.contracts.cart import Cart
from shopkit.contracts.catalog import (
    AdminProductPage,
    Category,
    LowStockList,
    Product,
    ProductPage,
    ProductSummary,
    SearchReply,
    StockHistory,
)
from shopkit.contracts.orders import CustomerOrders, Order, OrderNote, OrderPage, OrderStats
from tests.support.apps import Login, RunningShop
from tests.support.calls import ok

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def stocked(shop: RunningShop, tmp_path_factory: pytest.TempPathFactory) -> RunningShop:
    """The shop with the reference catalogue."""
    async with shop.apps["backend"].state.database.session() as session:
        await seed(session, FolderStorage(Path(tmp_path_factory.mktemp("media"))))
    return shop


@pytest.fixture(scope="module")
async def lan(stocked: RunningShop) -> Login:
    return await stocked.register("lan@example.com")


@pytest.fixture(scope="module")
async def order(stocked: RunningShop, lan: Login) -> Any:
    """An order that has been moved once."""
    body = {
        "userId": lan.id,
        "items": [{"productId": 1, "quantity": 2, "size": "M", "price": 299_000}],
        "totalAmount": 598_000,
        "shippingAddress": "123 Main St",
        "contactName": "Lan",
        "contactPhone": "0901 234 567",
        "contactEmail": "lan@example.com",
        "note": "Ít ngọt",
    }
    placed = await ok(stocked.orders.post("/api/orders", json=body, headers=lan.headers), 201)
    admin = await stocked.admin()
    path = f"/api/orders/{placed['id']}/status"
    return await ok(stocked.orders.patch(path, json={"status": "PROCESSING"}, headers=admin.headers))


def shape(value: Any) -> Any:
    """Return a value's keys, all the way down."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value).__name__


def exact(kind: Any, answer: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    again = adapter.dump_python(adapter.validate_python(answer), mode="json", by_alias=True)
    assert shape(answer) == shape(again)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/products", ProductPage),
        ("/api/products?limit=5&sort=price&inStock=true&category=kem", ProductPage),
        ("/api/products?q=banh", ProductPage),
        ("/api/products?q=tiramusu&limit=3", ProductPage),
        ("/api/products?category=none", ProductPage),
        ("/api/products/search?q=dau", SearchReply),
        ("/api/products/search?q=tiramusu", SearchReply),
        ("/api/products/1", Product),
        ("/api/products/croissant-bo", Product),
        ("/api/products/1/related", list[ProductSummary]),
        ("/api/categories", list[Category]),
    ],
)
async def test_the_catalogue(stocked: RunningShop, path: str, kind: Any) -> None:
    exact(kind, await ok(stocked.backend.get(path)))


async def test_a_product_as_staff_see_it(stocked: RunningShop) -> None:
    admin = await stocked.admin()
    exact(Product, await ok(stocked.backend.get("/api/admin/products/1", headers=admin.headers)))


async def test_the_catalogue_as_staff_see_it(stocked: RunningShop) -> None:
    admin = await stocked.admin()
    stock = {"stock": 1, "reason": "Kiểm kho"}
    await ok(stocked.backend.patch("/api/products/3/sizes/M/stock", json=stock, headers=admin.headers))
    for path, kind in (
        ("/api/admin/products?sort=stock&limit=5", AdminProductPage),
        ("/api/admin/stock/low", LowStockList),
        ("/api/admin/products/3/stock-history", StockHistory),
        ("/api/admin/audit", AuditPage),
    ):
        answer = await ok(stocked.backend.get(path, headers=admin.headers))
        assert answer["items"], path
        exact(kind, answer)


async def test_a_cart(stocked: RunningShop, lan: Login) -> None:
    body = {"productId": 2, "size": "S"}
    exact(Cart, await ok(stocked.backend.post("/api/cart", json=body, headers=lan.headers), 201))
    exact(Cart, await ok(stocked.backend.get(f"/api/cart/{lan.id}", headers=lan.headers)))


async def test_an_order(stocked: RunningShop, lan: Login, order: Any) -> None:
    exact(Order, order)
    exact(Order, await ok(stocked.orders.get(f"/api/orders/{order['id']}", headers=lan.headers)))
    exact(Order, await ok(stocked.orders.get(f"/api/orders/track/{order['trackingToken']}")))


async def test_pages_of_orders(stocked: RunningShop, lan: Login, order: Any) -> None:
    admin = await stocked.admin()
    page = await ok(stocked.orders.get("/api/orders", headers=admin.headers))
    assert [each["id"] for each in page["items"]] == [order["id"]]
    exact(OrderPage, page)
    exact(OrderPage, await ok(stocked.orders.get(f"/api/orders/user/{lan.id}", headers=lan.headers)))
    exact(OrderPage, await ok(stocked.orders.get("/api/orders?status=DELIVERED", headers=admin.headers)))


async def test_what_staff_see_of_orders(stocked: RunningShop, lan: Login, order: Any) -> None:
    admin = await stocked.admin()
    notes = f"/api/orders/{order['id']}/notes"
    exact(OrderNote, await ok(stocked.orders.post(notes, json={"text": "Gọi trước"}, headers=admin.headers), 201))
    for path, kind in {
        notes: list[OrderNote],
        "/api/orders/stats": OrderStats,
        f"/api/orders/customers?userIds={lan.id}&userIds=99": list[CustomerOrders],
        "/api/admin/audit": AuditPage,
        "/api/admin/audit?limit=1": AuditPage,
    }.items():
        exact(kind, await ok(stocked.orders.get(path, headers=admin.headers)))
