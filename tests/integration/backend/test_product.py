"""One product, its relatives, the shelves; and the events that reading them leaves."""

import json
from datetime import datetime
from uuid import UUID

import pytest

from tests.support.apps import Login, RunningShop
from tests.support.calls import events, ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio


@pytest.fixture
def mango(tables: Tables) -> int:
    return tables.product(
        "mango-mousse",
        name="Mousse Xoài",
        name_en="Mango Mousse",
        description="Xoài cát.\nNgọt.",
        sizes={"S": (229_000, 2), "M": (329_000, 0)},
    )


async def test_a_product_by_id_and_by_slug(shop: RunningShop, mango: int) -> None:
    by_id = await ok(shop.backend.get(f"/api/products/{mango}"))

    assert by_id == await ok(shop.backend.get("/api/products/mango-mousse"))
    assert datetime.fromisoformat(by_id.pop("createdAt")) == datetime.fromisoformat(by_id.pop("updatedAt"))
    assert by_id == {
        "id": mango,
        "slug": "mango-mousse",
        "name": "Mousse Xoài",
        "nameEn": "Mango Mousse",
        "preview": None,
        "description": "Xoài cát.\nNgọt.",
        "descriptionEn": "",
        "category": {"id": 1, "slug": "mousse", "name": "Mousse", "nameEn": "mousse in English"},
        "image": None,
        "imageSet": None,
        "priceFrom": 229_000,
        "inStock": True,
        "allergens": [],
        "occasions": [],
        "archived": False,
        "sizes": [
            {"size": "S", "price": 229_000, "stock": 2, "serves": None},
            {"size": "M", "price": 329_000, "stock": 0, "serves": None},
        ],
    }


@pytest.mark.parametrize("product", ["2", "0", "no-such-cake", "2147483648", "9" * 100])
async def test_an_unknown_product_is_404(shop: RunningShop, mango: int, product: str) -> None:
    await refused(shop.backend.get(f"/api/products/{product}"), 404, "not_found")


@pytest.mark.parametrize("product", ["-1", "Mango", "a b", "a%00", "x" * 121])
async def test_what_is_no_id_is_no_product(shop: RunningShop, mango: int, product: str) -> None:
    assert (await shop.backend.get(f"/api/products/{product}")).status_code in {404, 422}


async def test_an_archived_product_is_nowhere(shop: RunningShop, tables: Tables, mango: int) -> None:
    other = tables.product("other", sizes={"M": (1_000, 1)})
    tables.run("update backend.product set archived_at = now() where id = %s", mango)

    await refused(shop.backend.get(f"/api/products/{mango}"), 404, "not_found")
    await refused(shop.backend.get("/api/products/mango-mousse"), 404, "not_found")
    assert [item["id"] for item in (await ok(shop.backend.get("/api/products")))["items"]] == [other]
    assert (await ok(shop.backend.get("/api/products/search?q=mango")))["total"] == 0
    assert await ok(shop.backend.get(f"/api/products/{other}/related")) == []
    [category] = await ok(shop.backend.get("/api/categories"))
    assert category["productCount"] == 1


async def test_related_are_of_the_category_and_can_be_bought_first(shop: RunningShop, tables: Tables) -> None:
    this = tables.product("this", popularity=100)
    sold_out = tables.product("sold-out", popularity=50, sizes={"M": (1, 0)})
    others = [tables.product(f"other-{n}", popularity=n) for n in range(3)]
    tables.product("elsewhere", category="kem", popularity=99)

    related = await ok(shop.backend.get(f"/api/products/{this}/related"))
    assert [item["id"] for item in related] == [*reversed(others), sold_out]
    extra = tables.product("extra", popularity=9)
    assert [item["id"] for item in await ok(shop.backend.get(f"/api/products/{this}/related"))] == [
        extra,
        *reversed(others),
    ]
    assert await ok(shop.backend.get("/api/products/999/related")) == []


async def test_categories_stand_in_their_order(shop: RunningShop, tables: Tables) -> None:
    kem, bread = tables.category("kem", name="Bánh kem", position=2), tables.category("bread", position=1)
    tables.product("vanilla", category="kem")
    tables.product("gone", category="kem", archived=True)
    assert await ok(shop.backend.get("/api/categories")) == [
        {"id": bread, "slug": "bread", "name": "Bread", "nameEn": "bread in English", "position": 1, "productCount": 0},
        {"id": kem, "slug": "kem", "name": "Bánh kem", "nameEn": "kem in English", "position": 2, "productCount": 1},
    ]


async def test_a_view_is_an_event_of_a_person_or_a_session(
    shop: RunningShop, mango: int, lan: Login, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"/api/products/{mango}"
    await ok(shop.backend.get(path))
    assert events(capsys) == []

    await ok(shop.backend.get(path, headers=lan.headers))
    await ok(shop.backend.get(path, headers={"X-Session-Id": "visit-1"}))
    await ok(shop.backend.get(path, headers={**lan.headers, "X-Session-Id": "visit-2"}))

    seen = events(capsys)
    payload = {"productId": mango, "productName": "Mousse Xoài", "price": 229_000, "category": "mousse"}
    session = lan.session["sessionId"]
    assert [(e["name"], e["userId"], e["sessionId"], e["payload"]) for e in seen] == [
        ("Product Viewed", lan.id, session, payload),
        ("Product Viewed", None, "visit-1", payload),
        ("Product Viewed", lan.id, "visit-2", payload),
    ]
    assert len({UUID(e["eventId"]) for e in seen}) == 3
    assert {UUID(e["eventId"]).version for e in seen} == {7}
    assert all(e["service"] == "backend" and e["version"] == 1 and e["occurredAt"].endswith("Z") for e in seen)


async def test_a_view_of_nothing_is_no_event(shop: RunningShop, lan: Login, capsys: pytest.CaptureFixture[str]) -> None:
    await refused(shop.backend.get("/api/products/77", headers=lan.headers), 404, "not_found")
    assert events(capsys) == []


async def test_a_search_is_an_event_once(
    shop: RunningShop, tables: Tables, mango: int, capsys: pytest.CaptureFixture[str]
) -> None:
    tables.product("mango-cake", name="Bánh Xoài")
    visit = {"X-Session-Id": "visit-1"}
    await ok(shop.backend.get("/api/products/search?q=xoai&limit=1"))
    await ok(shop.backend.get("/api/products", headers=visit))
    assert events(capsys) == []

    await ok(shop.backend.get("/api/products/search?q=%20Xo%C3%A0i%20&limit=1", headers=visit))
    await ok(shop.backend.get("/api/products?q=xoai&limit=1", headers=visit))
    await ok(shop.backend.get("/api/products?q=xoai&limit=1&page=2", headers=visit))
    await ok(shop.backend.get("/api/products/search?q=tiramisu", headers=visit))

    assert [(e["name"], e["payload"]) for e in events(capsys)] == [
        ("Product Search", {"searchQuery": "Xoài", "resultsCount": 2}),
        ("Product Search", {"searchQuery": "xoai", "resultsCount": 2}),
        ("Product Search", {"searchQuery": "tiramisu", "resultsCount": 0}),
    ]


@pytest.mark.parametrize("session", ["", "a b", "x" * 65, "a/b", json.dumps({"a": 1})])
async def test_a_session_id_is_plain(shop: RunningShop, mango: int, session: str) -> None:
    problem = await refused(
        shop.backend.get(f"/api/products/{mango}", headers={"X-Session-Id": session}), 422, "validation_error"
    )
    assert [(error["in"], error["field"]) for error in problem["errors"]] == [("header", "X-Session-Id")]


async def test_a_bad_token_is_refused_where_none_is_needed(shop: RunningShop, mango: int) -> None:
    await refused(
        shop.backend.get(f"/api/products/{mango}", headers={"Authorization": "Bearer forged"}), 401, "invalid_token"
    )
