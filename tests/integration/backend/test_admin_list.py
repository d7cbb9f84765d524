"""Staff's product list and the list of what runs low."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.apps import Login, RunningShop
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio


@pytest.fixture
def shelves(tables: Tables) -> Tables:
    """Products 1 to 4, of which 4 is archived; 1 and 3 run low, 3 is out of a size."""
    tables.product("mousse-xoai", name="Mousse Xoài", name_en="Mango", sizes={"S": (200, 9), "M": (300, 5)})
    tables.product("dau-do", name="Bánh Đậu Đỏ", category="banh", sizes={"M": (100, 6)})
    tables.product("kem", name="Kem 100%", category="banh", sizes={"S": (900, 1), "M": (400, 0)})
    tables.product("an", name="Ẩn", sizes={"M": (50, 3)}, archived=True)
    for product_id in (2, 1, 4, 3):  # as if changed in this order
        tables.run(
            "update backend.product set updated_at = now() - make_interval(days => 9) + make_interval(mins => %s) "
            "where id = %s",
            *([2, 1, 4, 3].index(product_id), product_id),
        )
    return tables


async def listed(shop: RunningShop, admin: Login, **filters: Any) -> list[int]:
    page = await ok(shop.backend.get("/api/admin/products", params=filters, headers=admin.headers))
    return [item["id"] for item in page["items"]]


async def test_an_item_says_what_staff_want_to_know(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    answer = await shop.backend.get(
        "/api/admin/products", params={"category": "banh", "q": "kem"}, headers=admin.headers
    )
    page = await ok(shop.backend.get("/api/admin/products?q=kem", headers=admin.headers))

    [item] = page["items"]
    assert item == {
        "id": 3,
        "slug": "kem",
        "name": "Kem 100%",
        "nameEn": "",
        "category": {"id": 2, "slug": "banh", "name": "Banh", "nameEn": "banh in English"},
        "image": None,
        "imageSet": None,
        "priceFrom": 400,
        "inStock": True,
        "sizes": [
            {"size": "S", "price": 900, "stock": 1, "serves": None},
            {"size": "M", "price": 400, "stock": 0, "serves": None},
        ],
        "archived": False,
        "totalStock": 1,
        "lowSizes": ["S", "M"],
        "createdAt": item["createdAt"],
        "updatedAt": item["updatedAt"],
    }
    assert {**page, "items": []} == {"items": [], "page": 1, "limit": 50, "total": 1, "pages": 1, "lowAt": 5}
    assert (answer.json(), answer.headers["cache-control"]) == (page, "no-store")


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, [3, 1, 2]),
        ({"status": "archived"}, [4]),
        ({"status": "all"}, [3, 4, 1, 2]),
        ({"sort": "name"}, [2, 3, 1]),
        ({"sort": "price"}, [2, 1, 3]),
        ({"sort": "stock"}, [3, 2, 1]),
        ({"sort": "stock", "status": "all"}, [3, 4, 2, 1]),
        ({"category": "banh"}, [3, 2]),
        ({"category": "none"}, []),
        ({"stock": "low"}, [3, 1]),
        ({"stock": "out"}, [3]),
        ({"stock": "low", "status": "archived"}, [4]),
        ({"q": "dau"}, [2]),
        ({"q": "ĐẬU bánh"}, [2]),
        ({"q": "mango"}, [1]),
        ({"q": "xoai mousse"}, [1]),
        ({"q": "mousse-xoai"}, [1]),
        ({"q": "dau-do"}, [2]),
        ({"q": "dau kem"}, []),
        ({"q": "2"}, [2]),
        ({"q": "99999999999"}, []),
        ({"q": "%"}, [3]),
        ({"q": "_"}, []),
        ({"q": " "}, [3, 1, 2]),
        ({"q": "4"}, []),
        ({"q": "4", "status": "all"}, [4]),
    ],
)
async def test_it_is_narrowed_and_sorted(
    shop: RunningShop, shelves: Tables, admin: Login, filters: dict[str, str], ids: list[int]
) -> None:
    assert await listed(shop, admin, **filters) == ids


async def test_pages(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    assert [await listed(shop, admin, limit=2, page=page) for page in (1, 2, 3)] == [[3, 1], [2], []]
    page = await ok(shop.backend.get("/api/admin/products?limit=2&page=2", headers=admin.headers))
    assert (page["page"], page["limit"], page["total"], page["pages"]) == (2, 2, 3, 2)
    deep = shop.backend.get("/api/admin/products?limit=100&page=102", headers=admin.headers)
    await refused(deep, 422, "page_too_deep")


@pytest.mark.parametrize(
    "bad", ["limit=101", "page=0", "sort=newest", "status=gone", "stock=much", "category=A", "x=1"]
)
async def test_bad_filters_are_refused(shop: RunningShop, admin: Login, bad: str) -> None:
    await refused(shop.backend.get(f"/api/admin/products?{bad}", headers=admin.headers), 422, "validation_error")


async def test_sizes_that_run_low_are_listed_the_emptiest_first(
    shop: RunningShop, shelves: Tables, admin: Login, order_service: dict[str, str]
) -> None:
    line = {"productId": 1, "size": "M", "quantity": 2, "price": 300}
    order = {"orderId": str(uuid4()), "items": [line], "totalAmount": 600}
    await ok(shop.backend.post("/internal/holds", json=order, headers=order_service))

    low = await ok(shop.backend.get("/api/admin/stock/low", headers=admin.headers))

    kem = {"productId": 3, "slug": "kem", "name": "Kem 100%", "nameEn": "", "image": None}
    mango = {"productId": 1, "slug": "mousse-xoai", "name": "Mousse Xoài", "nameEn": "Mango", "image": None}
    assert low == {
        "items": [
            {**kem, "size": "M", "price": 400, "stock": 0, "held": 0},
            {**kem, "size": "S", "price": 900, "stock": 1, "held": 0},
            {**mango, "size": "M", "price": 300, "stock": 3, "held": 2},
        ],
        "total": 3,
        "out": 1,
        "lowAt": 5,
    }
    first = await ok(shop.backend.get("/api/admin/stock/low?limit=1", headers=admin.headers))
    assert first == {**low, "items": low["items"][:1]}
    await ok(shop.backend.post(f"/internal/holds/{order['orderId']}/confirm", headers=order_service))
    low = await ok(shop.backend.get("/api/admin/stock/low", headers=admin.headers))
    assert [line["held"] for line in low["items"]] == [0, 0, 0]


async def test_nothing_runs_low(shop: RunningShop, tables: Tables, admin: Login) -> None:
    low = await ok(shop.backend.get("/api/admin/stock/low", headers=admin.headers))
    assert low == {"items": [], "total": 0, "out": 0, "lowAt": 5}
