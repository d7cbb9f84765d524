"""Lists of orders: filters, the shop's days, search, pages."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from tests.integration.order_service.conftest import Counter
from tests.support.apps import Login
from tests.support.calls import ok, refused, statements
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio


def write(tables: Tables, user_id: int, **fields: Any) -> str:
    """Write an order with one line past the API, and return what people call it."""
    row = {
        "id": uuid7(),
        "user_id": user_id,
        "status": "PENDING",
        "fulfilment": "DELIVERY",
        "payment": "CASH_ON_DELIVERY",
        "contact_name": None,
        "contact_phone": None,
        "shipping_address": "",
        "note": "",
        "item_count": 1,
        "total_amount": 1,
        "delivery_fee": 0,
        "tracking_token": uuid4().hex,
        "created_at": datetime(2025, 1, 1, tzinfo=UTC),
        "updated_at": datetime(2025, 1, 1, tzinfo=UTC),
        **fields,
    }
    columns, places = ", ".join(row), ", ".join(["%s"] * len(row))
    tables.run(f"insert into order_service.orders ({columns}) values ({places})", *row.values())
    tables.run(
        "insert into order_service.order_line (order_id, line, product_id, slug, name, name_en, category, size, "
        "quantity, price) values (%s, 1, 1, 'cake', 'Bánh', 'Cake', 'mousse', 'M', 1, 1)",
        row["id"],
    )
    return str(tables.one("select 'SD-' || number from order_service.orders where id = %s", row["id"]))


async def listed(counter: Counter, admin: Login, **filters: Any) -> list[str]:
    page = await ok(counter.shop.orders.get("/api/orders", params=filters, headers=admin.headers))
    assert page["total"] == len(page["items"])
    return [order["number"] for order in page["items"]]


async def test_the_list_shows_what_was_placed_newest_first(
    counter: Counter, lan: Login, minh: Login, admin: Login
) -> None:
    orders = [await counter.placed(who) for who in (lan, minh, lan)]
    page = await ok(counter.shop.orders.get("/api/orders", headers=admin.headers))

    whole = {"contactEmail", "trackingToken", "canCancel", "returnedStock", "timeline"}
    summaries = [{name: value for name, value in order.items() if name not in whole} for order in orders]
    assert page == {"items": summaries[::-1], "page": 1, "limit": 20, "total": 3, "pages": 1, "next": None}
    own = await ok(counter.shop.orders.get(f"/api/orders/user/{lan.id}", headers=lan.headers))
    assert own["items"] == [summaries[2], summaries[0]]
    seen = await ok(counter.shop.orders.get(f"/api/orders/user/{lan.id}", headers=admin.headers))
    assert seen == own


async def test_filters(counter: Counter, admin: Login, tables: Tables) -> None:
    a = write(tables, 7, status="PENDING")
    b = write(tables, 7, status="SHIPPED", fulfilment="PICKUP")
    c = write(tables, 8, status="CANCELLED", fulfilment="PICKUP")

    assert await listed(counter, admin) == [c, b, a]
    assert await listed(counter, admin, status="SHIPPED") == [b]
    assert await listed(counter, admin, status=["CANCELLED", "PENDING"]) == [c, a]
    assert await listed(counter, admin, fulfilment="PICKUP") == [c, b]
    assert await listed(counter, admin, userId=7) == [b, a]
    assert await listed(counter, admin, userId=7, fulfilment="DELIVERY", status="SHIPPED") == []


async def test_a_day_is_the_shops_day(counter: Counter, admin: Login, tables: Tables) -> None:
    """Midnight in Vietnam is 17:00 UTC."""
    before = write(tables, 7, created_at=datetime(2025, 3, 9, 16, 59, 59, 999_999, tzinfo=UTC))
    first = write(tables, 7, created_at=datetime(2025, 3, 9, 17, 0, tzinfo=UTC))
    last = write(tables, 7, created_at=datetime(2025, 3, 10, 16, 59, 59, 999_999, tzinfo=UTC))
    after = write(tables, 7, created_at=datetime(2025, 3, 10, 17, 0, tzinfo=UTC))

    assert await listed(counter, admin, dateFrom="2025-03-10", dateTo="2025-03-10") == [last, first]
    assert await listed(counter, admin, dateFrom="2025-03-11") == [after]
    assert await listed(counter, admin, dateTo="2025-03-09") == [before]
    assert await listed(counter, admin, dateFrom="2025-03-09", dateTo="2025-03-11") == [after, last, first, before]
    assert await listed(counter, admin, dateFrom="2025-03-11", dateTo="2025-03-09") == []


async def test_what_changed_on_a_day_or_since(counter: Counter, admin: Login, tables: Tables) -> None:
    placed = datetime(2025, 2, 1, tzinfo=UTC)
    yesterday = write(
        tables, 7, status="DELIVERED", created_at=placed, updated_at=datetime(2025, 3, 9, 16, 59, tzinfo=UTC)
    )
    today = write(tables, 7, status="DELIVERED", created_at=placed, updated_at=datetime(2025, 3, 9, 17, 0, tzinfo=UTC))

    assert await listed(counter, admin, changedFrom="2025-03-10") == [today]
    assert await listed(counter, admin, changedFrom="2025-03-09", status="DELIVERED") == [today, yesterday]
    assert await listed(counter, admin, changedFrom="2025-03-10", dateFrom="2025-02-02") == []


async def test_search_by_number_phone_and_name(counter: Counter, admin: Login, tables: Tables) -> None:
    lan = write(tables, 7, contact_name="Nguyễn Thị Lan", contact_phone="0901 234 567")
    duc = write(tables, 7, contact_name="Đặng Đức", contact_phone="+84.902-345-678")
    odd = write(tables, 7, contact_name="100%_sure\\", contact_phone="")
    number = lan.removeprefix("SD-")

    for q in (lan, lan.lower(), number, f" {number} ", "nguyen thi", "NGUYỄN", "thị lan", "0901234567", "901 234"):
        assert await listed(counter, admin, q=q) == [lan], q
    for q in (f"#{lan}", f"sd {number}", "thị  lan", "(090) 1234567", "+84901234567", "84 901 234 567"):
        assert await listed(counter, admin, q=q) == [lan], q
    for q in ("dang duc", "Đặng", "đức", "+84902345678", "902.345", "+84 902", "0902 345 678"):
        assert await listed(counter, admin, q=q) == [duc], q
    for q in ("100%_sure", "%", "_", "\\"):
        assert await listed(counter, admin, q=q) == [odd], q
    for q in ("SD-999999", "lan nguyen", "'; drop table orders; --", "9" * 40):
        assert await listed(counter, admin, q=q) == [], q


async def test_spacing_alone_is_searched_for_as_it_stands(counter: Counter, admin: Login, tables: Tables) -> None:
    for name in ("Lan", "Minh", None):
        write(tables, 7, contact_name=name, contact_phone="0901-234.567")
    hyphen, dot = write(tables, 7, contact_name="Anne-Marie"), write(tables, 7, contact_name="J. Doe")
    assert await listed(counter, admin, q="-") == [hyphen]
    assert await listed(counter, admin, q=".") == [dot]
    assert await listed(counter, admin, q="- . -") == []


async def test_from_the_oldest(counter: Counter, admin: Login, tables: Tables) -> None:
    numbers = [write(tables, 7, status=("PENDING", "DELIVERED")[n % 2]) for n in range(11)]
    query = {"sort": "oldest", "status": "PENDING", "limit": 2}
    seen, after = list[str](), None
    while True:
        params = query | ({"after": after} if after else {})
        page = await ok(counter.shop.orders.get("/api/orders", params=params, headers=admin.headers))
        assert page["total"] == 6
        seen += [order["number"] for order in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == numbers[::2]
    assert await listed(counter, admin, sort="oldest") == numbers
    assert await listed(counter, admin, sort="newest") == numbers[::-1]
    second = await ok(counter.shop.orders.get("/api/orders", params={**query, "page": 2}, headers=admin.headers))
    assert [order["number"] for order in second["items"]] == numbers[4:7:2]


async def test_pages_by_number_and_by_what_follows(counter: Counter, admin: Login, tables: Tables) -> None:
    numbers = [write(tables, 7 + n % 2) for n in range(23)][::-1]

    async def page(path: str, **more: Any) -> Any:
        return await ok(counter.shop.orders.get(path, params={"limit": 5, **more}, headers=admin.headers))

    for path, expected in (("/api/orders", numbers), ("/api/orders/user/8", numbers[1::2])):
        pages = -(-len(expected) // 5)
        by_number = [o["number"] for n in range(1, pages + 1) for o in (await page(path, page=n))["items"]]
        following, answer = [], await page(path)
        while True:
            assert (answer["total"], answer["pages"]) == (len(expected), pages)
            following += [order["number"] for order in answer["items"]]
            if answer["next"] is None:
                break
            UUID(answer["next"])
            answer = await page(path, after=answer["next"])
        assert by_number == following == expected
        assert (await page(path, page=pages + 1))["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("limit=101", "limit"),
        ("status=LOST", "status.0"),
        ("status=" + "&status=".join(["PENDING"] * 6), "status"),
        ("fulfilment=DRONE", "fulfilment"),
        ("userId=0", "userId"),
        ("userId=9007199254740992", "userId"),
        ("dateFrom=yesterday", "dateFrom"),
        ("changedFrom=1999-12-31", "changedFrom"),
        ("dateFrom=2025-02-30", "dateFrom"),
        ("dateTo=1999-12-31", "dateTo"),
        ("q=a%00b", "q"),
        ("after=1", "after"),
        ("sort=largest", "sort"),
        ("colour=red", "colour"),
    ],
)
async def test_bad_filters_are_named(counter: Counter, admin: Login, query: str, field: str) -> None:
    problem = await refused(
        counter.shop.orders.get(f"/api/orders?{query}", headers=admin.headers), 422, "validation_error"
    )
    assert problem["errors"][0]["field"] == field


async def test_a_list_goes_ten_thousand_orders_deep_by_page(counter: Counter, lan: Login, admin: Login) -> None:
    for path, who in (("/api/orders", admin), (f"/api/orders/user/{lan.id}", lan)):
        await ok(counter.shop.orders.get(f"{path}?page=101&limit=100", headers=who.headers))
        call = counter.shop.orders.get(f"{path}?page=102&limit=100", headers=who.headers)
        await refused(call, 422, "page_too_deep")


async def test_statements_do_not_grow_with_the_list(
    counter: Counter, admin: Login, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(30):
        write(tables, 7)
    for limit in (1, 30):
        async with statements(monkeypatch) as seen:
            await ok(counter.shop.orders.get(f"/api/orders?limit={limit}", headers=admin.headers))
        assert len([statement for statement in seen if "from orders" in statement]) == 2
