"""Staff at work on products, sizes and stock; every refusal changes nothing."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.apps import Login, RunningShop
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio


@pytest.fixture
def shelves(tables: Tables) -> Tables:
    """Categories 1 mousse, 2 kem; product 1 mango (S 229000 x 5, M 329000 x 0), product 2 vanilla."""
    tables.category("mousse")
    tables.category("kem")
    tables.product("mango", name="Mango", sizes={"S": (229_000, 5), "M": (329_000, 0)})
    tables.product("vanilla", category="kem")
    return tables


NEW = {
    "name": "Mousse Trà Thái ",
    "nameEn": "Thai Tea Mousse",
    "categoryId": 1,
    "description": "Một.\r\nHai.",
    "descriptionEn": "One.",
    "allergens": ["milk", "egg"],
    "occasions": ["tet", "birthday", "tet"],
    "sizes": [{"size": "S", "price": 209_000, "stock": 14, "serves": 4}, {"size": "M", "price": 299_000}],
}


async def test_a_product_is_created_whole(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    created = await ok(shop.backend.post("/api/products", json=NEW, headers=admin.headers), 201)

    assert created == {
        "id": 3,
        "slug": "mousse-tra-thai",
        "name": "Mousse Trà Thái",
        "nameEn": "Thai Tea Mousse",
        "category": {"id": 1, "slug": "mousse", "name": "Mousse", "nameEn": "mousse in English"},
        "image": None,
        "imageSet": None,
        "preview": None,
        "priceFrom": 209_000,
        "inStock": True,
        "description": "Một.\nHai.",
        "descriptionEn": "One.",
        "allergens": ["milk", "egg"],
        "occasions": ["birthday", "tet"],
        "archived": False,
        "createdAt": created["createdAt"],
        "updatedAt": created["updatedAt"],
        "sizes": [
            {"size": "S", "price": 209_000, "stock": 14, "serves": 4},
            {"size": "M", "price": 299_000, "stock": 0, "serves": None},
        ],
    }
    assert await ok(shop.backend.get("/api/products/mousse-tra-thai")) == created
    assert (await ok(shop.backend.get("/api/products/search?q=thai")))["items"][0]["id"] == 3


async def test_a_slug_may_be_given(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    created = await ok(shop.backend.post("/api/products", json={**NEW, "slug": "tt"}, headers=admin.headers), 201)
    assert created["slug"] == "tt"


SIZE = {"size": "S", "price": 1}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": ""}, 422, "validation_error"),
        ({"name": "   "}, 422, "validation_error"),
        ({"name": "a\u0000"}, 422, "validation_error"),
        ({"name": "x" * 201}, 422, "validation_error"),
        ({"name": 5}, 422, "validation_error"),
        ({"name": "???"}, 422, "slug_required"),
        ({"name": "2024"}, 422, "slug_required"),
        ({"slug": "2024"}, 422, "slug_required"),
        ({"slug": "Up"}, 422, "validation_error"),
        ({"slug": "a--b"}, 422, "validation_error"),
        ({"slug": "mango"}, 409, "slug_taken"),
        ({"name": "MANGO"}, 409, "slug_taken"),
        ({"name": "Search"}, 409, "slug_taken"),
        ({"slug": "changes"}, 409, "slug_taken"),
        ({"categoryId": 3}, 422, "unknown_category"),
        ({"categoryId": 2**40}, 422, "unknown_category"),
        ({"categoryId": 0}, 422, "validation_error"),
        ({"description": "a\u0007"}, 422, "validation_error"),
        ({"description": "x" * 5_001}, 422, "validation_error"),
        ({"allergens": ["cats"]}, 422, "validation_error"),
        ({"occasions": ["monday"]}, 422, "validation_error"),
        ({"occasions": None}, 422, "validation_error"),
        ({"occasions": ["tet"] * 21}, 422, "validation_error"),
        ({"sizes": []}, 422, "validation_error"),
        ({"sizes": [SIZE, SIZE]}, 422, "duplicate_size"),
        ({"sizes": [SIZE, {**SIZE, "size": SIZE["size"].lower()}]}, 422, "duplicate_size"),
        ({"sizes": [{"size": "1/2", "price": 1}]}, 422, "validation_error"),
        ({"sizes": [{"size": "1\\2", "price": 1}]}, 422, "validation_error"),
        ({"sizes": [{"size": "..", "price": 1}]}, 422, "validation_error"),
        ({"sizes": [{"size": str(n), "price": 1} for n in range(11)]}, 422, "validation_error"),
        ({"sizes": [{"size": "S", "price": -1}]}, 422, "validation_error"),
        ({"sizes": [{"size": "S", "price": 2_000_000_001}]}, 422, "validation_error"),
        ({"sizes": [{"size": "S", "price": 1.5}]}, 422, "validation_error"),
        ({"sizes": [{"size": "S", "price": "1"}]}, 422, "validation_error"),
        ({"sizes": [{"size": "S", "price": 1, "stock": 1_000_001}]}, 422, "validation_error"),
        ({"sizes": [{"size": "S", "price": 1, "serves": 0}]}, 422, "validation_error"),
        ({"colour": "red"}, 422, "validation_error"),
    ],
)
async def test_bad_products_are_not_created(
    shop: RunningShop, shelves: Tables, admin: Login, change: dict[str, Any], status: int, code: str
) -> None:
    before = shelves.everything("backend")
    await refused(shop.backend.post("/api/products", json={**NEW, **change}, headers=admin.headers), status, code)
    assert shelves.everything("backend") == before


async def test_occasions_are_found_as_soon_as_staff_set_them(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    async def found() -> list[str]:
        return [item["slug"] for item in (await ok(shop.backend.get("/api/products/search?q=sinh+nhat")))["items"]]

    assert await found() == []
    change = {"occasions": ["wedding", "birthday"]}
    changed = await ok(shop.backend.patch("/api/products/1", json=change, headers=admin.headers))
    assert changed["occasions"] == ["birthday", "wedding"]
    assert await found() == ["mango"]
    renamed = await ok(shop.backend.patch("/api/products/1", json={"name": "Xoài"}, headers=admin.headers))
    assert renamed["occasions"] == ["birthday", "wedding"]
    await ok(shop.backend.patch("/api/products/1", json={"occasions": []}, headers=admin.headers))
    assert await found() == []
    await refused(
        shop.backend.patch("/api/products/1", json={"occasions": ["monday"]}, headers=admin.headers),
        *(422, "validation_error"),
    )
    assert (await ok(shop.backend.get("/api/products/1")))["occasions"] == []


async def test_only_what_is_sent_changes(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    before = await ok(shop.backend.get("/api/products/1"))

    change = {"name": "Xoài", "categoryId": 2, "allergens": [], "nameEn": None}
    changed = await ok(shop.backend.patch("/api/products/1", json=change, headers=admin.headers))

    assert changed == {
        **before,
        "name": "Xoài",
        "category": {"id": 2, "slug": "kem", "name": "Kem", "nameEn": "kem in English"},
        "updatedAt": changed["updatedAt"],
    }
    assert changed["updatedAt"] > before["updatedAt"]
    assert (await ok(shop.backend.get("/api/products/search?q=xoai")))["items"][0]["id"] == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"slug": "vanilla"}, 409, "slug_taken"),
        ({"slug": "7"}, 422, "slug_required"),
        ({"name": ""}, 422, "validation_error"),
        ({"categoryId": 3}, 422, "unknown_category"),
        ({"archived": "yes"}, 422, "validation_error"),
        ({"archived": 1}, 422, "validation_error"),
        ({"sizes": [SIZE]}, 422, "validation_error"),
        ({"popularity": 5}, 422, "validation_error"),
        ({"seenAt": "2026-01-01T00:00:00"}, 422, "validation_error"),
        ({"name": "x", "seenAt": "2026-01-01T00:00:00Z"}, 409, "version_conflict"),
    ],
)
async def test_bad_changes_change_nothing(
    shop: RunningShop, shelves: Tables, admin: Login, change: dict[str, Any], status: int, code: str
) -> None:
    before = shelves.everything("backend")
    await refused(shop.backend.patch("/api/products/1", json=change, headers=admin.headers), status, code)
    assert shelves.everything("backend") == before


async def test_archiving_and_putting_back(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    assert (await shop.backend.delete("/api/products/1", headers=admin.headers)).status_code == 204
    await refused(shop.backend.get("/api/products/1"), 404, "not_found")
    at = shelves.one("select archived_at from backend.product where id = 1")
    assert (await shop.backend.delete("/api/products/1", headers=admin.headers)).status_code == 204
    assert shelves.one("select archived_at from backend.product where id = 1") == at
    seen = await ok(shop.backend.get("/api/admin/products/1", headers=admin.headers))
    assert seen["archived"] is True

    back = shop.backend.patch("/api/products/1", json={"archived": False}, headers=admin.headers)
    assert (await ok(back))["archived"] is False
    assert (await ok(shop.backend.get("/api/products/1")))["slug"] == "mango"


async def test_sizes_are_added_changed_and_removed(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    path = "/api/products/1/sizes"
    new = {"size": "L", "price": 99_000, "stock": 1, "serves": 12}
    added = await ok(shop.backend.post(path, json=new, headers=admin.headers), 201)
    assert ([size["size"] for size in added["sizes"]], added["priceFrom"]) == (["S", "M", "L"], 99_000)

    changed = await ok(shop.backend.patch(f"{path}/L", json={"price": 500_000}, headers=admin.headers))
    assert changed["sizes"][2] == {"size": "L", "price": 500_000, "stock": 1, "serves": 12}
    assert changed["priceFrom"] == 229_000
    unknown = await ok(shop.backend.patch(f"{path}/L", json={"price": None, "serves": None}, headers=admin.headers))
    assert unknown["sizes"][2] == {"size": "L", "price": 500_000, "stock": 1, "serves": None}

    removed = await ok(shop.backend.delete(f"{path}/S", headers=admin.headers))
    assert ([size["size"] for size in removed["sizes"]], removed["priceFrom"]) == (["M", "L"], 329_000)
    removed = await ok(shop.backend.delete(f"{path}/L", headers=admin.headers))
    assert removed["inStock"] is False
    before = shelves.everything("backend")
    await refused(shop.backend.delete(f"{path}/M", headers=admin.headers), 409, "last_size")
    assert shelves.everything("backend") == before


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/1/sizes", {"size": "S", "price": 1}, 409, "size_exists"),
        ("POST", "/1/sizes", {"size": "s", "price": 1}, 409, "size_exists"),
        ("POST", "/1/sizes", {"size": " ", "price": 1}, 422, "validation_error"),
        ("POST", "/1/sizes", {"size": "x" * 21, "price": 1}, 422, "validation_error"),
        ("POST", "/9/sizes", {"size": "S", "price": 1}, 404, "not_found"),
        ("PATCH", "/1/sizes/XL", {"price": 1}, 404, "not_found"),
        ("POST", "/1/sizes", {"size": "1/2", "price": 1}, 422, "validation_error"),
        ("PATCH", "/1/sizes/S", {"price": 1, "seenAt": "2026-01-01T00:00:00Z"}, 409, "version_conflict"),
        ("PATCH", "/1/sizes/S", {"price": -1}, 422, "validation_error"),
        ("PATCH", "/1/sizes/S", {"stock": 1}, 422, "validation_error"),
        ("PATCH", "/9/sizes/S", {"price": 1}, 404, "not_found"),
        ("PATCH", "/2147483648/sizes/S", {"price": 1}, 422, "validation_error"),
        ("DELETE", "/1/sizes/XL", None, 404, "not_found"),
        ("DELETE", "/9/sizes/S", None, 404, "not_found"),
        ("PATCH", "/9", {"name": "x"}, 404, "not_found"),
        ("DELETE", "/9", None, 404, "not_found"),
        ("PATCH", "/1/sizes/S/stock", {}, 422, "stock_or_delta"),
        ("PATCH", "/1/sizes/S/stock", {"stock": 1, "delta": 1}, 422, "stock_or_delta"),
        ("PATCH", "/1/sizes/S/stock", {"stock": -1}, 422, "validation_error"),
        ("PATCH", "/1/sizes/S/stock", {"stock": 1_000_001}, 422, "validation_error"),
        ("PATCH", "/1/sizes/S/stock", {"delta": -6}, 409, "stock_out_of_range"),
        ("PATCH", "/1/sizes/S/stock", {"delta": 999_996}, 409, "stock_out_of_range"),
        ("PATCH", "/1/sizes/XL/stock", {"stock": 1}, 404, "not_found"),
        ("PATCH", "/9/sizes/S/stock", {"stock": 1}, 404, "not_found"),
    ],
)
async def test_bad_changes_of_sizes_change_nothing(
    shop: RunningShop, shelves: Tables, admin: Login, method: str, path: str, body: Any, status: int, code: str
) -> None:
    before = shelves.everything("backend")
    call = shop.backend.request(method, f"/api/products{path}", json=body, headers=admin.headers)
    await refused(call, status, code)
    assert shelves.everything("backend") == before


async def test_stock_is_set_or_moved(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    async def change(size: str, **body: Any) -> Any:
        path = f"/api/products/1/sizes/{size}/stock"
        return await ok(shop.backend.patch(path, json=body, headers=admin.headers))

    assert (await change("S", delta=-5))["inStock"] is False
    assert (await change("M", stock=7, reason="baked"))["inStock"] is True
    await change("S", delta=3)
    await change("S", stock=0)
    await change("S", delta=2)
    assert (shelves.stock(1, "S"), shelves.stock(1, "M")) == (2, 7)
    problem = await refused(
        shop.backend.patch("/api/products/1/sizes/S/stock", json={"delta": -3}, headers=admin.headers),
        409,
        "stock_out_of_range",
    )
    assert problem["available"] == 2


async def test_stock_moved_by_many_at_once_adds_up(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    path = "/api/products/1/sizes/S/stock"
    moves = [1, -1] * 10 + [3]
    answers = await asyncio.gather(
        *(shop.backend.patch(path, json={"delta": delta}, headers=admin.headers) for delta in moves)
    )
    assert {answer.status_code for answer in answers} == {200}
    assert shelves.stock(1, "S") == 8


async def test_the_same_slug_at_once_is_taken_once(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    answers = await asyncio.gather(
        *(shop.backend.post("/api/products", json=NEW, headers=admin.headers) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert shelves.one("select count(*) from backend.product") == 3


async def test_a_size_can_be_called_what_a_path_can_hold(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    for code in ("½ ổ", "18 cm?", "100%", "a.b", "#1", "..x"):
        path = "/api/products/2/sizes"
        await ok(shop.backend.post(path, json={"size": code, "price": 1}, headers=admin.headers), 201)
        path = f"{path}/{quote(code, safe='')}"
        await ok(shop.backend.patch(path, json={"price": 2}, headers=admin.headers))
        await ok(shop.backend.delete(path, headers=admin.headers))


async def test_a_product_has_ten_sizes_at_most(shop: RunningShop, shelves: Tables, admin: Login) -> None:
    for number in range(9):
        await ok(
            shop.backend.post("/api/products/2/sizes", json={"size": f"X{number}", "price": 1}, headers=admin.headers),
            201,
        )
    before = shelves.everything("backend")
    one_more = shop.backend.post("/api/products/2/sizes", json={"size": "X", "price": 1}, headers=admin.headers)
    await refused(one_more, 409, "too_many_sizes")
    assert shelves.everything("backend") == before


async def test_of_two_who_change_a_product_at_once_one_is_told(
    shop: RunningShop, shelves: Tables, admin: Login
) -> None:
    seen = (await ok(shop.backend.get("/api/products/1")))["updatedAt"]
    answers = await asyncio.gather(
        *(
            shop.backend.patch("/api/products/1", json={"name": name, "seenAt": seen}, headers=admin.headers)
            for name in ("a", "b")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [changed] = [answer.json() for answer in answers if answer.is_success]
    [told] = [answer.json() for answer in answers if answer.is_error]
    assert (told["code"], told["updatedAt"]) == ("version_conflict", changed["updatedAt"].replace("Z", "+00:00"))
    path, price = "/api/products/1/sizes/S", {"price": 1, "seenAt": seen}
    await refused(shop.backend.patch(path, json=price, headers=admin.headers), 409, "version_conflict")

    price["seenAt"] = changed["updatedAt"]
    priced = await ok(shop.backend.patch(path, json=price, headers=admin.headers))
    assert priced["sizes"][0]["price"] == 1
    assert priced["updatedAt"] > changed["updatedAt"]


async def test_stock_and_what_changes_nothing_leave_the_version_alone(
    shop: RunningShop, shelves: Tables, admin: Login
) -> None:
    seen = await ok(shop.backend.get("/api/products/1"))
    for path, body in (
        ("", {"name": "Mango", "archived": False, "categoryId": 1}),
        ("/sizes/S", {"price": 229_000}),
        ("/sizes/S/stock", {"delta": -5}),
        ("/sizes/M/stock", {"stock": 5}),
    ):
        await ok(shop.backend.patch(f"/api/products/1{path}", json=body, headers=admin.headers))
    assert (await ok(shop.backend.get("/api/products/1")))["updatedAt"] == seen["updatedAt"]
