"""Staff at work on the shelves."""

import asyncio
from typing import Any

import pytest

from tests.support.apps import Login, RunningShop
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio


async def test_a_category_lives(shop: RunningShop, tables: Tables, admin: Login) -> None:
    new = {"name": "Bánh kem", "nameEn": "Ice-cream", "position": 3}
    created = await ok(shop.backend.post("/api/categories", json=new, headers=admin.headers), 201)
    assert created == {"id": 1, "slug": "banh-kem", "name": "Bánh kem", "nameEn": "Ice-cream"}

    change = {"slug": "kem", "name": "Kem lạnh", "position": 0}
    changed = await ok(shop.backend.patch("/api/categories/1", json=change, headers=admin.headers))
    assert changed == {"id": 1, "slug": "kem", "name": "Kem lạnh", "nameEn": "Ice-cream"}
    assert await ok(shop.backend.get("/api/categories")) == [{**changed, "position": 0, "productCount": 0}]

    assert (await shop.backend.delete("/api/categories/1", headers=admin.headers)).status_code == 204
    assert await ok(shop.backend.get("/api/categories")) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "", {"name": "Mousse"}, 409, "slug_taken"),
        ("POST", "", {"name": ""}, 422, "validation_error"),
        ("POST", "", {"name": "x", "position": -1}, 422, "validation_error"),
        ("POST", "", {"name": "x", "position": 1.5}, 422, "validation_error"),
        ("POST", "", {"name": "x", "slug": "a b"}, 422, "validation_error"),
        ("POST", "", {"name": "99"}, 422, "slug_required"),
        ("PATCH", "/1", {"slug": "kem"}, 409, "slug_taken"),
        ("PATCH", "/1", {"name": "a\nb"}, 422, "validation_error"),
        ("PATCH", "/9", {"name": "x"}, 404, "not_found"),
        ("PATCH", "/x", {"name": "x"}, 422, "validation_error"),
        ("DELETE", "/9", None, 404, "not_found"),
        ("DELETE", "/1", None, 409, "category_not_empty"),
    ],
)
async def test_bad_changes_change_nothing(
    shop: RunningShop, tables: Tables, admin: Login, method: str, path: str, body: Any, status: int, code: str
) -> None:
    tables.product("gone", archived=True)
    tables.category("kem")
    before = tables.everything("backend")
    call = shop.backend.request(method, f"/api/categories{path}", json=body, headers=admin.headers)
    await refused(call, status, code)
    assert tables.everything("backend") == before


async def test_the_shelves_are_put_in_order(shop: RunningShop, tables: Tables, admin: Login) -> None:
    for slug in ("a", "b", "c"):
        tables.category(slug, position=5)
    path = "/api/admin/categories/order"

    ordered = await ok(shop.backend.put(path, json={"ids": [3, 1, 2]}, headers=admin.headers))

    assert [(each["slug"], each["position"]) for each in ordered] == [("c", 0), ("a", 1), ("b", 2)]
    assert await ok(shop.backend.get("/api/categories")) == ordered
    before = tables.everything("backend")
    for ids, status, code in (
        ([1, 2], 409, "categories_changed"),
        ([1, 2, 3, 4], 409, "categories_changed"),
        ([1, 2, 3, 3], 422, "duplicate_category"),
        ([], 422, "validation_error"),
        (["1", 2, 3], 422, "validation_error"),
    ):
        await refused(shop.backend.put(path, json={"ids": ids}, headers=admin.headers), status, code)
    assert await ok(shop.backend.put(path, json={"ids": [3, 1, 2]}, headers=admin.headers)) == ordered
    assert tables.everything("backend") == before


async def test_a_product_created_while_its_category_goes_is_refused_or_keeps_it(
    shop: RunningShop, tables: Tables, admin: Login
) -> None:
    for _ in range(5):
        category = tables.category("kem")
        new = {"name": "Vanilla", "categoryId": category, "sizes": [{"size": "M", "price": 1}]}
        created, deleted = await asyncio.gather(
            shop.backend.post("/api/products", json=new, headers=admin.headers),
            shop.backend.delete(f"/api/categories/{category}", headers=admin.headers),
        )
        assert (created.status_code, deleted.status_code) in {(201, 409), (422, 204)}
        tables.run("delete from backend.size")
        tables.run("delete from backend.product")


async def test_callers_who_are_no_staff_learn_nothing(
    shop: RunningShop, tables: Tables, lan: Login, guest: Login, order_service: dict[str, str]
) -> None:
    tables.product("cake")
    before = tables.everything("backend")
    calls = [
        ("POST", "/api/products"),
        ("PATCH", "/api/products/1"),
        ("DELETE", "/api/products/1"),
        ("POST", "/api/products/1/sizes"),
        ("PATCH", "/api/products/1/sizes/M"),
        ("DELETE", "/api/products/1/sizes/M"),
        ("PATCH", "/api/products/1/sizes/M/stock"),
        ("POST", "/api/categories"),
        ("PATCH", "/api/categories/1"),
        ("DELETE", "/api/categories/1"),
        ("PUT", "/api/admin/categories/order"),
        ("GET", "/api/admin/products"),
        ("GET", "/api/admin/products/1"),
        ("GET", "/api/admin/products/1/stock-history"),
        ("GET", "/api/admin/stock/low"),
        ("GET", "/api/admin/audit"),
    ]
    for method, path in calls:
        await refused(shop.backend.request(method, path, json={}), 401, "unauthenticated")
        for who in (lan, guest):
            await refused(shop.backend.request(method, path, json={}, headers=who.headers), 403, "forbidden")
        await refused(shop.backend.request(method, path, json={}, headers=order_service), 401, "invalid_token")
    assert tables.everything("backend") == before
