"""Whatever changes in the catalogue is told, with the products it is about; a rush of orders is told in few words."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from backend.catalog.news import Watcher
from shopkit.contracts.catalog import CatalogChanged
from tests.support.apps import Login, RunningShop, running_shop
from tests.support.calls import ok, refused
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

NOBODY = 424_242
"""No product's id."""


@pytest.fixture(scope="module")
async def running(databases: Databases) -> AsyncIterator[RunningShop]:
    """The services, with a cache whose answers outlive every test."""
    settings = {"backend": {"catalog_cache_s": 60, "sweep_seconds": 300}}
    async with running_shop(databases, names=("user_service", "backend"), settings=settings) as services:
        yield services


@pytest.fixture
async def watcher(shop: RunningShop, tables: Tables) -> AsyncIterator[Watcher]:
    """A watcher of products 1 (S and M, 5 each) and 2, that has been told all so far."""
    tables.product("cake", sizes={"S": (100, 5), "M": (100, 5)})
    tables.product("other", sizes={"M": (100, 500)})
    with shop.apps["backend"].state.news.watch() as watching:
        last: CatalogChanged | None = None
        while last is None or last.product_ids != [NOBODY]:
            tables.run("select pg_notify('catalog_changed', %s)", str(NOBODY))
            last = await watching.next()
        shop.apps["backend"].state.answers.clear()
        yield watching


async def said(watcher: Watcher, about: int) -> set[int]:
    """Return the products that the watcher was told of until it is told about one."""
    ids: set[int] = set()
    async with asyncio.timeout(10):
        while about not in ids:
            change = await watcher.next()
            assert isinstance(change, CatalogChanged)
            ids.update(change.product_ids)
    return ids - {NOBODY}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/products/1", {"name": "Xoài"}),
        ("PATCH", "/api/products/1", {"archived": True}),
        ("DELETE", "/api/products/1", None),
        ("POST", "/api/products/1/sizes", {"size": "L", "price": 1}),
        ("PATCH", "/api/products/1/sizes/S", {"price": 7}),
        ("DELETE", "/api/products/1/sizes/S", None),
        ("PATCH", "/api/products/1/sizes/S/stock", {"stock": 4}),
        ("PATCH", "/api/products/1/sizes/S/stock", {"delta": -5}),
    ],
)
async def test_what_staff_change_is_told(
    shop: RunningShop, watcher: Watcher, admin: Login, method: str, path: str, body: Any
) -> None:
    await ok(shop.backend.get("/api/products"))
    answer = await shop.backend.request(method, path, json=body, headers=admin.headers)
    assert answer.is_success, answer.text
    assert await said(watcher, 1) == {1}
    assert shop.apps["backend"].state.answers.get(b"/api/products?") is None


async def test_a_new_product_is_told(shop: RunningShop, watcher: Watcher, admin: Login) -> None:
    new = {"name": "New", "categoryId": 1, "sizes": [{"size": "M", "price": 1}]}
    await ok(shop.backend.post("/api/products", json=new, headers=admin.headers), 201)
    assert await said(watcher, 3) == {3}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/categories", {"name": "New"}),
        ("PATCH", "/api/categories/1", {"name": "Other"}),
    ],
)
async def test_a_change_of_categories_is_about_all(
    shop: RunningShop, watcher: Watcher, admin: Login, method: str, path: str, body: Any
) -> None:
    assert (await shop.backend.request(method, path, json=body, headers=admin.headers)).is_success
    async with asyncio.timeout(10):
        assert await watcher.next() == CatalogChanged(product_ids=[])


async def test_what_is_refused_is_not_told(shop: RunningShop, watcher: Watcher, tables: Tables, admin: Login) -> None:
    bad = shop.backend.patch("/api/products/2", json={"slug": "cake"}, headers=admin.headers)
    await refused(bad, 409, "slug_taken")
    tables.run("select pg_notify('catalog_changed', '1')")
    assert await said(watcher, 1) == {1}


def hold(*lines: tuple[int, str, int]) -> dict[str, Any]:
    items = [{"productId": p, "size": s, "quantity": q, "price": 100} for p, s, q in lines]
    return {"orderId": str(uuid4()), "items": items, "totalAmount": sum(100 * q for _, _, q in lines)}


async def test_stock_that_orders_move_is_told(
    shop: RunningShop, watcher: Watcher, tables: Tables, order_service: dict[str, str]
) -> None:
    await ok(shop.backend.get("/api/products/1"))
    order = hold((1, "S", 1), (2, "M", 1))
    await ok(shop.backend.post("/internal/holds", json=order, headers=order_service))
    assert await said(watcher, 2) == {1, 2}
    assert (await ok(shop.backend.get("/api/products/1")))["sizes"][0]["stock"] == 4

    for move in ("confirm", "release"):
        await ok(shop.backend.post(f"/internal/holds/{order['orderId']}/{move}", headers=order_service))
    assert await said(watcher, 2) == {1, 2}
    assert (await ok(shop.backend.get("/api/products/1")))["sizes"][0]["stock"] == 5


async def test_a_size_sold_out_is_told_with_the_order_itself(
    shop: RunningShop, watcher: Watcher, order_service: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop.apps["backend"].state.holds, "_moved", lambda _: None)
    await ok(shop.backend.post("/internal/holds", json=hold((1, "S", 5)), headers=order_service))
    await said(watcher, 1)
    assert (await ok(shop.backend.get("/api/products/1")))["sizes"][0]["stock"] == 0


async def test_a_rush_of_orders_is_told_in_few_words(
    shop: RunningShop, watcher: Watcher, tables: Tables, order_service: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[str] = []
    news = shop.apps["backend"].state.news
    monkeypatch.setattr(watcher, "put", lambda ids: messages.append(str(ids)))
    for _ in range(20):
        await asyncio.gather(
            *(shop.backend.post("/internal/holds", json=hold((2, "M", 1)), headers=order_service) for _ in range(10))
        )
    assert tables.stock(2) == 300
    with news.watch() as last:
        await shop.backend.post("/internal/holds", json=hold((1, "S", 1)), headers=order_service)
        await said(last, 1)
    assert 1 <= len(messages) <= 30


async def test_whoever_heard_of_a_change_reads_past_the_cache(shop: RunningShop, watcher: Watcher) -> None:
    answers = shop.apps["backend"].state.answers._answers
    async with asyncio.timeout(10):
        while (kept := answers.get(b"/api/products/1?")) is None:  # the product itself may just be heard of
            await ok(shop.backend.get("/api/products/1"))
    object.__setattr__(kept, "body", b'"of before"')  # as if another instance had not heard yet
    assert await ok(shop.backend.get("/api/products/1")) == "of before"
    fresh = await ok(shop.backend.get("/api/products/1", headers={"Cache-Control": "No-Cache"}))
    assert fresh["slug"] == "cake"


async def test_a_word_that_cannot_be_said_is_no_end(
    shop: RunningShop,
    watcher: Watcher,
    databases: Databases,
    order_service: dict[str, str],
    tables: Tables,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("backend.catalog.news.TELL", "select no_such_function(%s, %s)")
    await ok(shop.backend.post("/internal/holds", json=hold((2, "M", 1)), headers=order_service))
    await asyncio.sleep(1.2)
    monkeypatch.undo()
    await ok(shop.backend.post("/internal/holds", json=hold((1, "S", 1)), headers=order_service))
    assert 1 in await said(watcher, 1)
