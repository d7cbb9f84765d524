"""Placing an order: priced by the server, never oversold, once a key."""

import asyncio
from datetime import datetime, time
from typing import Any
from uuid import UUID

import pytest

from shopkit.clock import FixedClock
from tests.integration.order_service.conftest import Counter
from tests.support.apps import Login, RunningShop
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio


async def test_the_designs_request_word_for_word(
    counter: Counter, lan: Login, clock: FixedClock, tables: Tables
) -> None:
    assert counter.cake == 1
    body = (
        f'{{"userId":{lan.id},"items":[{{"productId":1,"quantity":2,"size":"M","price":299000}}],'
        '"totalAmount":598000,"shippingAddress":"123 Main St"}'
    )
    headers = {**lan.headers, "Content-Type": "application/json"}
    order = await ok(counter.shop.orders.post("/api/orders", content=body, headers=headers), 201)

    assert UUID(order["id"]).version == 7
    assert len(order["trackingToken"]) == 32
    for moment in (order["createdAt"], order["updatedAt"], order["timeline"][0]["at"]):
        assert datetime.fromisoformat(moment) == clock.now()
    placed = {
        "actor": "CUSTOMER",
        "actorId": None,
        "from": None,
        "to": "PENDING",
        "note": "",
        "kind": "MOVED",
        "reason": None,
    }
    assert order == {
        "id": order["id"],
        "number": "SD-1001",
        "userId": lan.id,
        "status": "PENDING",
        "fulfilment": "DELIVERY",
        "payment": "CASH_ON_DELIVERY",
        "contactName": None,
        "contactPhone": None,
        "contactEmail": None,
        "shippingAddress": "123 Main St",
        "note": "",
        "itemCount": 2,
        "totalAmount": 598_000,
        "deliveryFee": 0,
        "grandTotal": 598_000,
        "createdAt": order["createdAt"],
        "updatedAt": order["updatedAt"],
        "expectedFrom": order["expectedFrom"],
        "expectedUntil": order["expectedUntil"],
        "version": 1,
        "canCancel": True,
        "failedDelivery": None,
        "returned": False,
        "returnedStock": None,
        "correctableUntil": None,
        "trackingToken": order["trackingToken"],
        "items": [
            {
                "productId": 1,
                "slug": "cake",
                "name": "Bánh",
                "nameEn": "Cake",
                "image": None,
                "size": "M",
                "quantity": 2,
                "price": 299_000,
                "lineTotal": 598_000,
            }
        ],
        "timeline": [{"at": order["createdAt"], **placed}],
    }
    assert await counter.read(lan, order) == order
    assert tables.stock(1) == 48


async def test_everything_a_buyer_may_say_is_kept(counter: Counter, guest: Login) -> None:
    said = {
        "fulfilment": "PICKUP",
        "payment": "PAY_AT_PICKUP",
        "contactName": " Nguyễn Thị Lan ",
        "contactPhone": "0901 234 567",
        "contactEmail": "lan@example.com",
        "note": "Ít ngọt.\r\nCảm ơn!",
        "shippingAddress": "",
    }
    order = await counter.placed(guest, counter.order(guest, **said))
    assert {name: order[name] for name in said} == {
        **said,
        "contactName": "Nguyễn Thị Lan",
        "note": "Ít ngọt.\nCảm ơn!",
    }


@pytest.mark.parametrize(
    ("size", "quantity", "fulfilment", "fee"),
    [("S", 4, "DELIVERY", 30_000), ("S", 5, "DELIVERY", 0), ("L", 1, "DELIVERY", 0), ("S", 1, "PICKUP", 0)],
)
async def test_delivery_costs_below_a_sum(
    counter: Counter, lan: Login, size: str, quantity: int, fulfilment: str, fee: int
) -> None:
    price = {"S": 100_000, "L": 500_000}[size]
    items = [{"productId": counter.other, "quantity": quantity, "size": size, "price": price}]
    body = counter.order(lan, items=items, totalAmount=price * quantity, fulfilment=fulfilment)
    order = await counter.placed(lan, body)
    assert (order["deliveryFee"], order["totalAmount"]) == (fee, price * quantity)
    assert order["grandTotal"] == order["totalAmount"] + fee


async def test_the_delivery_terms_are_told(counter: Counter, lan: Login) -> None:
    terms = await ok(counter.shop.orders.get("/api/orders/delivery-terms"))
    order = await counter.placed(lan)
    promised = [datetime.fromisoformat(order[name]) for name in ("expectedFrom", "expectedUntil")]
    assert [datetime.fromisoformat(terms.pop(name)) for name in ("expectedFrom", "expectedUntil")] == promised
    assert terms == {
        "fee": 30_000,
        "freeFrom": 500_000,
        "opensAt": "08:00:00",
        "closesAt": "20:00:00",
        "sameDayUntil": "16:00:00",
        "nextDayBy": "12:00:00",
        "area": "TP. Hồ Chí Minh",
        "areaEn": "Ho Chi Minh City",
    }


async def test_what_the_buyer_was_told_stays_when_the_terms_change(
    counter: Counter, lan: Login, running: RunningShop
) -> None:
    order = await counter.placed(lan)
    settings = running.apps["order_service"].state.service.settings
    closes_at, settings.closes_at = settings.closes_at, time(18)
    settings.next_day_by, next_day_by = time(11), settings.next_day_by
    try:
        later = await counter.placed(lan)
        again = await counter.read(lan, order)
    finally:
        settings.closes_at, settings.next_day_by = closes_at, next_day_by
    assert later["expectedUntil"] != order["expectedUntil"]
    assert (again["expectedFrom"], again["expectedUntil"]) == (order["expectedFrom"], order["expectedUntil"])


async def test_an_address_outside_the_area_is_refused_and_nothing_is_taken(
    counter: Counter, lan: Login, tables: Tables
) -> None:
    far = counter.order(lan, shippingAddress="12 Ngõ Huyện, Hoàn Kiếm, Hà Nội")
    problem = await refused(counter.place(lan, far), 422, "outside_delivery_area")
    assert (problem["place"], problem["area"], problem["areaEn"]) == ("Hà Nội", "TP. Hồ Chí Minh", "Ho Chi Minh City")
    assert (tables.stock(counter.cake), tables.one("select count(*) from order_service.orders")) == (50, 0)
    assert tables.one("select count(*) from order_service.order_request") == 0
    await counter.placed(lan, {**far, "fulfilment": "PICKUP"})


async def test_equal_lines_are_one(counter: Counter, lan: Login, tables: Tables) -> None:
    line = {"productId": counter.cake, "size": "M", "price": 299_000}
    items = [{**line, "quantity": 2}, {**line, "quantity": 3}]
    order = await counter.placed(lan, counter.order(lan, items=items, totalAmount=5 * 299_000))
    assert [(item["quantity"], item["lineTotal"]) for item in order["items"]] == [(5, 1_495_000)]
    assert (order["itemCount"], tables.stock(counter.cake)) == (5, 45)


async def test_lines_stand_in_the_order_of_products(counter: Counter, lan: Login) -> None:
    items = [
        {"productId": counter.other, "size": "S", "price": 100_000, "quantity": 1},
        {"productId": counter.other, "size": "L", "price": 500_000, "quantity": 1},
        {"productId": counter.cake, "size": "M", "price": 299_000, "quantity": 1},
    ]
    order = await counter.placed(lan, counter.order(lan, items=items, totalAmount=899_000))
    assert [(item["productId"], item["size"]) for item in order["items"]] == [
        (counter.cake, "M"),
        (counter.other, "L"),
        (counter.other, "S"),
    ]


async def test_an_orders_copy_outlives_the_catalogue(counter: Counter, lan: Login, tables: Tables) -> None:
    order = await counter.placed(lan)
    tables.run("update backend.product set name = 'Other', archived_at = now()")
    tables.run("update backend.size set price = 1")
    assert (await counter.read(lan, order))["items"] == order["items"]


ITEM = {"productId": 1, "quantity": 1, "size": "M", "price": 299_000}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"userId": 1}, 403, "wrong_user"),
        ({"shippingAddress": ""}, 422, "address_required"),
        ({"shippingAddress": " \n "}, 422, "address_required"),
        ({"payment": "PAY_AT_PICKUP"}, 422, "payment_mismatch"),
        ({"fulfilment": "PICKUP", "payment": "CASH_ON_DELIVERY"}, 422, "payment_mismatch"),
        ({"items": [ITEM, {**ITEM, "price": 1}]}, 422, "duplicate_line"),
        ({"items": [{**ITEM, "productId": 2**31}]}, 422, "unknown_product"),
        ({"items": []}, 422, "validation_error"),
        ({"items": [{**ITEM, "quantity": 0}]}, 422, "validation_error"),
        ({"items": [{**ITEM, "quantity": -1}]}, 422, "validation_error"),
        ({"items": [{**ITEM, "quantity": 1.5}]}, 422, "validation_error"),
        ({"items": [{**ITEM, "quantity": 100}]}, 422, "validation_error"),
        ({"items": [{**ITEM, "price": "299000"}]}, 422, "validation_error"),
        ({"items": [{**ITEM, "colour": "red"}]}, 422, "validation_error"),
        ({"items": [ITEM] * 101}, 422, "validation_error"),
        ({"totalAmount": -1}, 422, "validation_error"),
        ({"totalAmount": 10**15}, 422, "validation_error"),
        ({"shippingAddress": "x" * 501}, 422, "validation_error"),
        ({"shippingAddress": "a\u0000b"}, 422, "validation_error"),
        ({"note": "x" * 1_001}, 422, "validation_error"),
        ({"contactPhone": "call me"}, 422, "validation_error"),
        ({"contactEmail": "nobody"}, 422, "validation_error"),
        ({"contactName": ""}, 422, "validation_error"),
        ({"fulfilment": "DRONE"}, 422, "validation_error"),
        ({"status": "DELIVERED"}, 422, "validation_error"),
    ],
)
async def test_bad_orders_change_nothing(
    counter: Counter, lan: Login, tables: Tables, change: dict[str, Any], status: int, code: str
) -> None:
    await counter.settled()
    before = tables.everything("backend", "order_service")
    await refused(counter.place(lan, counter.order(lan, **change)), status, code)
    assert tables.everything("backend", "order_service") == before


async def test_another_price_is_told_and_nothing_ordered(counter: Counter, lan: Login, tables: Tables) -> None:
    tables.set_price(counter.cake, 310_000)
    await counter.settled()
    before = tables.everything("backend", "order_service")

    problem = await refused(counter.place(lan, counter.order(lan, 2)), 409, "price_changed")

    changed = {"productId": counter.cake, "size": "M", "requestedPrice": 299_000, "price": 310_000}
    assert problem["lines"] == [{**changed, "name": "Bánh", "nameEn": "Cake"}]
    assert problem["totalAmount"] == 620_000
    assert tables.everything("backend", "order_service") == before


async def test_another_sum_is_told_and_nothing_ordered(counter: Counter, lan: Login, tables: Tables) -> None:
    before = tables.everything("backend", "order_service")
    for total in (298_999, 0, 328_999):
        body = counter.order(lan, totalAmount=total)
        problem = await refused(counter.place(lan, body), 409, "price_changed")
        assert (problem["lines"], problem["totalAmount"]) == ([], 299_000)
    assert tables.everything("backend", "order_service") == before


async def test_short_stock_is_told_and_nothing_ordered(counter: Counter, lan: Login, tables: Tables) -> None:
    tables.set_stock(counter.cake, 1)
    await counter.settled()
    before = tables.everything("backend", "order_service")
    short = {"productId": counter.cake, "size": "M", "requested": 2, "available": 1}
    unknown = {"productId": 99, "size": "M", "requested": 1, "available": 0}
    items = [{**ITEM, "quantity": 2}, {**ITEM, "productId": 99}]

    body = counter.order(lan, items=items, totalAmount=897_000)
    problem = await refused(counter.place(lan, body), 409, "insufficient_stock")

    assert problem["lines"] == [
        {**short, "name": "Bánh", "nameEn": "Cake"},
        {**unknown, "name": None, "nameEn": None},
    ]
    assert tables.everything("backend", "order_service") == before


async def test_without_the_backend_nothing_is_ordered(counter: Counter, lan: Login, tables: Tables) -> None:
    counter.shop.transports["backend"].down = True
    problem = await refused(counter.place(lan, key="k"), 503, "unavailable")
    assert problem["title"] == "Service Unavailable"
    assert tables.one("select count(*) from order_service.orders") == 0
    counter.shop.transports["backend"].down = False
    await counter.placed(lan, key="k")
    assert tables.stock(counter.cake) == 49


async def test_a_key_makes_one_order(counter: Counter, lan: Login, tables: Tables) -> None:
    answers = await asyncio.gather(*(counter.place(lan, key="double-click") for _ in range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert tables.one("select count(*) from order_service.orders") == 1
    assert tables.one("select count(*) from order_service.timeline") == 1
    assert tables.stock(counter.cake) == 49
    await counter.settled()
    again = await counter.place(lan, key="double-click")
    assert (again.status_code, again.content) == (201, answers[0].content)


async def test_a_key_at_once_for_the_last_piece_is_one_order(counter: Counter, lan: Login, tables: Tables) -> None:
    tables.set_stock(counter.cake, 1)
    answers = await asyncio.gather(*(counter.place(lan, key="last") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert tables.stock(counter.cake) == 0


async def test_without_a_key_each_call_is_an_order(counter: Counter, lan: Login, tables: Tables) -> None:
    ids = {(await counter.placed(lan))["id"] for _ in range(3)}
    assert len(ids) == 3
    assert tables.stock(counter.cake) == 47


async def test_a_key_with_another_body_is_refused(counter: Counter, lan: Login, tables: Tables) -> None:
    await counter.placed(lan, key="k")
    await counter.settled()
    before = tables.everything("backend", "order_service")
    other = counter.order(lan, shippingAddress="456 Main St")
    await refused(counter.place(lan, other, key="k"), 422, "idempotency_key_reused")
    assert tables.everything("backend", "order_service") == before


async def test_defaults_spelt_out_are_the_same_body(counter: Counter, lan: Login) -> None:
    first = await counter.placed(lan, key="k")
    spelt = counter.order(lan, fulfilment="DELIVERY", note="", contactName=None)
    assert await counter.placed(lan, spelt, key="k") == first


async def test_anothers_key_is_their_own(counter: Counter, lan: Login, minh: Login) -> None:
    mine, theirs = await counter.placed(lan, key="k"), await counter.placed(minh, key="k")
    assert mine["id"] != theirs["id"]
    assert (mine["userId"], theirs["userId"]) == (lan.id, minh.id)


async def test_a_refused_try_may_be_repeated_under_its_key(counter: Counter, lan: Login, tables: Tables) -> None:
    tables.set_stock(counter.cake, 0)
    await refused(counter.place(lan, key="k"), 409, "insufficient_stock")
    tables.set_stock(counter.cake, 5)
    order = await counter.placed(lan, key="k")
    assert tables.stock(counter.cake) == 4
    assert (await counter.placed(lan, key="k"))["id"] == order["id"]


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 101, "k\u00e9"])
async def test_a_key_is_plain(counter: Counter, lan: Login, key: str) -> None:
    headers = {**lan.headers, "Idempotency-Key": key.encode("latin-1").decode("latin-1")}
    call = counter.shop.orders.post(
        "/api/orders", json=counter.order(lan), headers=[(k, v.encode("latin-1")) for k, v in headers.items()]
    )
    await refused(call, 422, "validation_error")
