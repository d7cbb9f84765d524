"""The cart of customers and guests, and what it costs the database."""

import asyncio
from typing import Any

import pytest

from tests.support.apps import Login, RunningShop
from tests.support.calls import events, ok, refused, statements
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio


@pytest.fixture
def mango(tables: Tables) -> int:
    return tables.product(
        "mango", name="Mousse Xoài", name_en="Mango Mousse", sizes={"S": (229_000, 5), "M": (329_000, 0)}
    )


async def put(shop: RunningShop, who: Login, product_id: int, size: str = "S", quantity: int = 1) -> Any:
    body = {"productId": product_id, "size": size, "quantity": quantity}
    return await ok(shop.backend.post("/api/cart", json=body, headers=who.headers), 201)


async def test_the_designs_request(shop: RunningShop, lan: Login, mango: int) -> None:
    body = {"userId": lan.id, "productId": mango, "size": "S", "quantity": 2}
    cart = await ok(shop.backend.post("/api/cart", json=body, headers=lan.headers), 201)

    assert cart == {
        "userId": lan.id,
        "items": [
            {
                "id": 1,
                "productId": mango,
                "slug": "mango",
                "name": "Mousse Xoài",
                "nameEn": "Mango Mousse",
                "image": None,
                "size": "S",
                "quantity": 2,
                "price": 229_000,
                "priceWhenAdded": 229_000,
                "stock": 5,
                "available": True,
                "lineTotal": 458_000,
            }
        ],
        "itemCount": 2,
        "totalAmount": 458_000,
        "state": "1:2",
    }
    assert await ok(shop.backend.get(f"/api/cart/{lan.id}", headers=lan.headers)) == cart


async def test_pieces_of_a_size_add_up_and_a_cart_reserves_nothing(
    shop: RunningShop, tables: Tables, lan: Login, guest: Login, mango: int
) -> None:
    await put(shop, lan, mango, quantity=2)
    cart = await put(shop, lan, mango, quantity=3)
    assert [(item["size"], item["quantity"]) for item in cart["items"]] == [("S", 5)]
    assert (cart["itemCount"], cart["totalAmount"]) == (5, 1_145_000)
    await put(shop, guest, mango, quantity=5)
    assert tables.stock(mango, "S") == 5


async def test_no_more_than_there_are(shop: RunningShop, tables: Tables, lan: Login, mango: int) -> None:
    await put(shop, lan, mango, quantity=4)
    before = tables.everything("backend")

    body = {"productId": mango, "size": "S", "quantity": 2}
    problem = await refused(shop.backend.post("/api/cart", json=body, headers=lan.headers), 409, "insufficient_stock")

    assert problem["inCart"] == 4
    assert problem["lines"] == [{"productId": mango, "size": "S", "requested": 6, "available": 5}]
    sold_out = {"productId": mango, "size": "M"}
    problem = await refused(
        shop.backend.post("/api/cart", json=sold_out, headers=lan.headers), 409, "insufficient_stock"
    )
    assert problem["lines"] == [{"productId": mango, "size": "M", "requested": 1, "available": 0}]
    assert tables.everything("backend") == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"productId": 2, "size": "S"}, 404, "not_on_sale"),
        ({"productId": 1, "size": "XL"}, 404, "not_on_sale"),
        ({"productId": 1, "size": "s"}, 404, "not_on_sale"),
        ({"productId": 2**31, "size": "S"}, 404, "not_on_sale"),
        ({"productId": 2**53, "size": "S"}, 422, "validation_error"),
        ({"productId": 1, "size": "S", "quantity": 0}, 422, "validation_error"),
        ({"productId": 1, "size": "S", "quantity": 100}, 422, "validation_error"),
        ({"productId": 1, "size": "S", "quantity": 1.5}, 422, "validation_error"),
        ({"productId": "1", "size": "S"}, 422, "validation_error"),
        ({"productId": True, "size": "S"}, 422, "validation_error"),
        ({"productId": 1, "size": "S\u0000"}, 422, "validation_error"),
        ({"productId": 1, "size": ""}, 422, "validation_error"),
        ({"productId": 1}, 422, "validation_error"),
        ({"productId": 1, "size": "S", "price": 1}, 422, "validation_error"),
        ({"productId": 1, "size": "S", "userId": 1}, 403, "wrong_user"),
        ([], 422, "validation_error"),
    ],
)
async def test_bad_additions_change_nothing(
    shop: RunningShop,
    tables: Tables,
    lan: Login,
    mango: int,
    body: Any,
    status: int,
    code: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = tables.everything("backend")
    await refused(shop.backend.post("/api/cart", json=body, headers=lan.headers), status, code)
    assert tables.everything("backend") == before
    assert events(capsys) == []


async def test_an_archived_product_is_not_on_sale(shop: RunningShop, tables: Tables, lan: Login, mango: int) -> None:
    line = (await put(shop, lan, mango))["items"][0]["id"]
    tables.run("update backend.product set archived_at = now()")

    body = {"productId": mango, "size": "S"}
    await refused(shop.backend.post("/api/cart", json=body, headers=lan.headers), 404, "not_on_sale")
    change = shop.backend.patch(f"/api/cart/{line}", json={"quantity": 2}, headers=lan.headers)
    await refused(change, 404, "not_on_sale")
    [item] = (await ok(shop.backend.get(f"/api/cart/{lan.id}", headers=lan.headers)))["items"]
    assert (item["quantity"], item["stock"], item["available"], item["price"]) == (1, 0, False, 229_000)


async def test_a_line_tells_what_changed_since(shop: RunningShop, tables: Tables, lan: Login, mango: int) -> None:
    line = (await put(shop, lan, mango, quantity=3))["items"][0]["id"]
    tables.set_price(mango, 250_000, "S")
    tables.set_stock(mango, 2, "S")

    cart = await ok(shop.backend.get(f"/api/cart/{lan.id}", headers=lan.headers))

    [item] = cart["items"]
    assert (item["price"], item["priceWhenAdded"], item["lineTotal"]) == (250_000, 229_000, 750_000)
    assert (item["stock"], item["available"], cart["totalAmount"]) == (2, False, 750_000)
    changed = await ok(shop.backend.patch(f"/api/cart/{line}", json={"quantity": 2}, headers=lan.headers))
    assert (changed["items"][0]["priceWhenAdded"], changed["items"][0]["available"]) == (250_000, True)


async def test_a_size_that_was_removed_stays_in_carts_as_gone(
    shop: RunningShop, tables: Tables, lan: Login, mango: int
) -> None:
    await put(shop, lan, mango)
    tables.run("delete from backend.size where code = 'S'")
    [item] = (await ok(shop.backend.get(f"/api/cart/{lan.id}", headers=lan.headers)))["items"]
    assert (item["price"], item["stock"], item["available"]) == (229_000, 0, False)


async def test_change_and_remove(shop: RunningShop, tables: Tables, lan: Login, mango: int) -> None:
    kem = tables.product("kem", sizes={"L": (489_000, 1)})
    first = (await put(shop, lan, mango))["items"][0]["id"]
    second = (await put(shop, lan, kem, "L"))["items"][1]["id"]

    changed = await ok(shop.backend.patch(f"/api/cart/{first}", json={"quantity": 5}, headers=lan.headers))
    assert [(item["id"], item["quantity"]) for item in changed["items"]] == [(first, 5), (second, 1)]
    short = shop.backend.patch(f"/api/cart/{first}", json={"quantity": 6}, headers=lan.headers)
    assert (await refused(short, 409, "insufficient_stock"))["lines"][0]["available"] == 5
    left = await ok(shop.backend.delete(f"/api/cart/{first}", headers=lan.headers))
    assert ([item["id"] for item in left["items"]], left["totalAmount"]) == ([second], 489_000)
    await refused(shop.backend.delete(f"/api/cart/{first}", headers=lan.headers), 404, "not_found")
    gone = shop.backend.patch(f"/api/cart/{first}", json={"quantity": 1}, headers=lan.headers)
    await refused(gone, 404, "not_found")


@pytest.mark.parametrize("body", [{"quantity": 0}, {"quantity": -1}, {"quantity": 100}, {"quantity": None}, {}])
async def test_bad_changes_change_nothing(shop: RunningShop, tables: Tables, lan: Login, mango: int, body: Any) -> None:
    line = (await put(shop, lan, mango))["items"][0]["id"]
    before = tables.everything("backend")
    change = shop.backend.patch(f"/api/cart/{line}", json=body, headers=lan.headers)
    await refused(change, 422, "validation_error")
    assert tables.everything("backend") == before


async def test_anothers_cart_is_not_there(
    shop: RunningShop, tables: Tables, lan: Login, guest: Login, admin: Login, mango: int
) -> None:
    line = (await put(shop, lan, mango))["items"][0]["id"]
    before = tables.everything("backend")

    await refused(shop.backend.get(f"/api/cart/{lan.id}", headers=guest.headers), 404, "not_found")
    for who in (guest, admin):
        change = shop.backend.patch(f"/api/cart/{line}", json={"quantity": 2}, headers=who.headers)
        await refused(change, 404, "not_found")
        await refused(shop.backend.delete(f"/api/cart/{line}", headers=who.headers), 404, "not_found")
    await refused(shop.backend.get(f"/api/cart/{lan.id}"), 401, "unauthenticated")
    assert tables.everything("backend") == before
    seen = await ok(shop.backend.get(f"/api/cart/{lan.id}", headers=admin.headers))
    assert (seen["userId"], seen["itemCount"]) == (lan.id, 1)
    assert await ok(shop.backend.get(f"/api/cart/{guest.id}", headers=guest.headers)) == {
        "userId": guest.id,
        "items": [],
        "itemCount": 0,
        "totalAmount": 0,
        "state": "",
    }


async def test_a_cart_has_bounds(shop: RunningShop, tables: Tables, lan: Login) -> None:
    cakes = [tables.product(f"cake-{n}", sizes={"M": (1_000, 200)}) for n in range(51)]
    for cake in cakes[:50]:
        await put(shop, lan, cake, "M")
    await put(shop, lan, cakes[0], "M", 98)
    before = tables.everything("backend")

    for cake, quantity in ((cakes[50], 1), (cakes[0], 1)):
        body = {"productId": cake, "size": "M", "quantity": quantity}
        await refused(shop.backend.post("/api/cart", json=body, headers=lan.headers), 409, "cart_full")
    assert tables.everything("backend") == before


async def test_two_tabs_at_once_lose_nothing(shop: RunningShop, tables: Tables, lan: Login) -> None:
    cake = tables.product("cake", sizes={"M": (1_000, 12)})
    body = {"productId": cake, "size": "M", "quantity": 1}
    answers = await asyncio.gather(*(shop.backend.post("/api/cart", json=body, headers=lan.headers) for _ in range(16)))
    assert sorted(answer.status_code for answer in answers) == [201] * 12 + [409] * 4
    assert tables.rows("select quantity from backend.cart_line") == [(12,)]


async def test_additions_and_the_checkout_are_events(
    shop: RunningShop, lan: Login, mango: int, capsys: pytest.CaptureFixture[str]
) -> None:
    await refused(shop.backend.post("/api/cart/checkout", headers=lan.headers), 409, "cart_empty")
    cart = await put(shop, lan, mango, quantity=2)
    assert await ok(shop.backend.post("/api/cart/checkout", headers=lan.headers)) == cart

    seen = events(capsys)
    session = lan.session["sessionId"]
    line = {"productId": mango, "quantity": 2, "size": "S", "price": 229_000}
    assert [e["service"] for e in seen] == ["backend", "storefront"]
    assert [(e["name"], e["userId"], e["sessionId"], e["payload"]) for e in seen] == [
        ("Add to Cart", lan.id, session, {**line, "productName": "Mousse Xoài"}),
        ("Checkout Started", lan.id, session, {"cartTotal": 458_000, "itemCount": 2}),
    ]


async def test_pieces_taken_out_and_pieces_not_there_are_events(
    shop: RunningShop, lan: Login, mango: int, capsys: pytest.CaptureFixture[str]
) -> None:
    cart = await put(shop, lan, mango, quantity=3)
    line = f"/api/cart/{cart['items'][0]['id']}"
    events(capsys)
    await ok(shop.backend.patch(line, json={"quantity": 1}, headers=lan.headers))
    await ok(shop.backend.patch(line, json={"quantity": 1}, headers=lan.headers))
    await ok(shop.backend.patch(line, json={"quantity": 2}, headers=lan.headers))
    await refused(shop.backend.patch(line, json={"quantity": 99}, headers=lan.headers), 409, "insufficient_stock")
    await ok(shop.backend.delete(line, headers=lan.headers))
    await refused(shop.backend.delete(line, headers=lan.headers), 404, "not_found")

    of = {"productId": mango, "size": "S"}
    named = {**of, "price": 229_000, "productName": "Mousse Xoài"}
    assert [(e["name"], e["payload"]) for e in events(capsys)] == [
        ("Removed from Cart", {**named, "quantity": 2}),
        ("Add to Cart", {**named, "quantity": 1}),
        ("Product Unavailable", {**of, "requested": 99, "available": 5}),
        ("Removed from Cart", {**of, "price": 229_000, "quantity": 2}),
    ]


async def test_who_asks_not_to_be_recorded_is_not_and_staff_are_no_customers(
    shop: RunningShop, lan: Login, mango: int, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = await shop.admin()
    events(capsys)
    for headers in ({**lan.headers, "DNT": "1"}, {**lan.headers, "Sec-GPC": "1"}, admin.headers):
        await ok(shop.backend.get(f"/api/products/{mango}", headers={**headers, "X-Session-Id": "visit"}))
        await ok(shop.backend.get("/api/products/search?q=xoai", headers={**headers, "X-Session-Id": "visit"}))
        body = {"productId": mango, "size": "S"}
        await ok(shop.backend.post("/api/cart", json=body, headers=headers), 201)
        await ok(shop.backend.post("/api/cart/checkout", headers=headers))
    await ok(shop.backend.get(f"/api/products/{mango}", headers={"X-Session-Id": "visit", "DNT": "1"}))
    assert events(capsys) == []


async def test_statements_do_not_grow_with_the_cart(
    shop: RunningShop, tables: Tables, lan: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    cakes = [tables.product(f"cake-{n}") for n in range(20)]
    counts = []
    for cake in cakes:
        async with statements(monkeypatch) as seen:
            await put(shop, lan, cake, "M")
            await ok(shop.backend.get(f"/api/cart/{lan.id}", headers=lan.headers))
        counts.append(len(seen))
    assert set(counts) == {6}
