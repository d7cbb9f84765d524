"""What orders come to: a day beside the same weekday of the week before, best sellers, people's sums."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopkit.clock import FixedClock
from tests.integration.order_service.conftest import Counter
from tests.integration.order_service.test_lists import write
from tests.support.apps import Login
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

DAY = datetime(2025, 3, 9, 17, tzinfo=UTC)
"""Monday, 10 March 2025 begins in the shop."""
WEEK = timedelta(days=7)


@pytest.fixture
async def at_a_quarter_to_eleven(counter: Counter) -> AsyncIterator[FixedClock]:
    """The shop's time: 10:45 on that Monday."""
    service = counter.shop.apps["order_service"].state.service
    usual, service.clock = service.clock, FixedClock(DAY + timedelta(hours=10, minutes=45))
    yield service.clock
    service.clock = usual


async def stats(counter: Counter, admin: Login, **query: str) -> Any:
    return await ok(counter.shop.orders.get("/api/orders/stats", params=query, headers=admin.headers))


def at(hours: float, days: int = 0) -> datetime:
    """Return a moment by its shop time, on that Monday or `days` before it."""
    return DAY - timedelta(days=days) + timedelta(hours=hours)


def figures(orders: int, revenue: int, hours: dict[int, tuple[int, int]], begun: int) -> dict[str, Any]:
    """Return a day's figures as they are told, without the day."""
    told = [{"hour": n, "orders": hours.get(n, (0, 0))[0], "revenue": hours.get(n, (0, 0))[1]} for n in range(begun)]
    return {
        "orders": orders,
        "revenue": revenue,
        "averageBasket": round(revenue / orders) if orders else 0,
        "hours": told,
    }


def without_day(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in {"day", "until"}}


@pytest.mark.usefixtures("at_a_quarter_to_eleven")
async def test_a_day_that_is_not_over_beside_the_same_weekday_so_far(
    counter: Counter, admin: Login, tables: Tables
) -> None:
    write(tables, 7, created_at=at(0), total_amount=100, delivery_fee=30)
    write(tables, 7, created_at=at(10.5), total_amount=201, status="DELIVERED")
    write(tables, 7, created_at=at(10.7), total_amount=1000, status="CANCELLED")
    write(tables, 7, created_at=at(-0.001), total_amount=40)  # Sunday
    write(tables, 7, created_at=at(10.74, days=7), total_amount=10)
    write(tables, 7, created_at=at(10.76, days=7), total_amount=20)
    write(tables, 7, created_at=at(3, days=7), total_amount=5000, status="CANCELLED")
    write(tables, 7, created_at=at(0, days=13), total_amount=7)
    write(tables, 7, created_at=at(-0.001, days=13), total_amount=9)  # a day too early for the row of days

    told = await stats(counter, admin)

    assert (told["today"]["day"], told["today"]["until"]) == ("2025-03-10", "2025-03-10T03:45:00Z")
    assert without_day(told["today"]) == figures(2, 331, {0: (1, 130), 10: (1, 201)}, begun=11)
    assert (told["weekBefore"]["day"], told["weekBefore"]["until"]) == ("2025-03-03", "2025-03-03T03:45:00Z")
    assert without_day(told["weekBefore"]) == figures(1, 10, {10: (1, 10)}, begun=11)
    assert [day["day"] for day in told["days"]] == [f"2025-{d}" for d in ("02-25", "02-26", "02-27", "02-28")] + [
        f"2025-03-{n:02}" for n in range(1, 11)
    ]
    sums = {day["day"]: (day["orders"], day["revenue"], day["averageBasket"]) for day in told["days"] if day["orders"]}
    assert sums == {
        "2025-02-25": (1, 7, 7),
        "2025-03-03": (2, 30, 15),
        "2025-03-09": (1, 40, 40),
        "2025-03-10": (2, 331, 166),
    }
    assert {day["until"] for day in told["days"][-2:]} == {"2025-03-09T17:00:00Z", "2025-03-10T03:45:00Z"}
    assert all(day["hours"] == [] for day in told["days"])


@pytest.mark.usefixtures("at_a_quarter_to_eleven")
async def test_a_day_that_is_over_is_whole(counter: Counter, admin: Login, tables: Tables) -> None:
    write(tables, 7, created_at=at(23.9, days=1), total_amount=1)
    write(tables, 7, created_at=at(23.9, days=8), total_amount=2)
    told = await stats(counter, admin, day="2025-03-09")
    assert without_day(told["today"]) == figures(1, 1, {23: (1, 1)}, begun=24)
    assert without_day(told["weekBefore"]) == figures(1, 2, {23: (1, 2)}, begun=24)
    assert told["today"]["until"] == "2025-03-09T17:00:00Z"
    assert told["days"][-1]["day"] == "2025-03-09"


@pytest.mark.usefixtures("at_a_quarter_to_eleven")
async def test_a_day_to_come_and_an_empty_shop_are_nothing(counter: Counter, admin: Login) -> None:
    told = await stats(counter, admin, day="2025-03-11")
    assert without_day(told["today"]) == without_day(told["weekBefore"]) == figures(0, 0, {}, begun=0)
    told = await stats(counter, admin)
    assert without_day(told["today"]) == figures(0, 0, {}, begun=11)
    assert (told["bestSellers"], told["waiting"]) == ([], {"PENDING": 0, "PROCESSING": 0, "SHIPPED": 0})
    assert len(told["days"]) == 14


@pytest.mark.usefixtures("at_a_quarter_to_eleven")
async def test_orders_wait_by_status_whenever_they_were_placed(counter: Counter, admin: Login, tables: Tables) -> None:
    for status, count in {"PENDING": 3, "PROCESSING": 2, "SHIPPED": 1, "DELIVERED": 4, "CANCELLED": 5}.items():
        for n in range(count):
            write(tables, 7, status=status, created_at=at(0, days=30 * n))
    assert (await stats(counter, admin))["waiting"] == {"PENDING": 3, "PROCESSING": 2, "SHIPPED": 1}


@pytest.mark.usefixtures("at_a_quarter_to_eleven")
async def test_best_sellers_of_the_day(counter: Counter, admin: Login, tables: Tables) -> None:
    def sell(product: int, quantity: int, name: str, **fields: Any) -> None:
        number = write(tables, 7, **{"created_at": at(9), **fields})
        tables.run(
            "update order_service.order_line set product_id = %s, quantity = %s, price = 1000, name = %s, slug = %s "
            "where order_id = (select id from order_service.orders where 'SD-' || number = %s)",
            *(product, quantity, name, name.lower(), number),
        )

    sell(1, 2, "Old")
    sell(1, 3, "New")
    sell(2, 9, "Nine")
    sell(3, 99, "Cancelled", status="CANCELLED")
    sell(4, 99, "Yesterday", created_at=at(9, days=1))
    for product in range(10, 22):
        sell(product, 1, f"P{product}")

    best = (await stats(counter, admin))["bestSellers"]

    assert [(each["productId"], each["quantity"], each["revenue"]) for each in best[:3]] == [
        (2, 9, 9_000),
        (1, 5, 5_000),
        (10, 1, 1_000),
    ]
    assert best[1] == {
        "productId": 1,
        "slug": "new",
        "name": "New",
        "nameEn": "Cake",
        "image": None,
        "quantity": 5,
        "revenue": 5_000,
    }
    assert len(best) == 10


async def test_what_people_ordered(counter: Counter, admin: Login, tables: Tables) -> None:
    write(tables, 7, created_at=at(9), total_amount=100, delivery_fee=30)
    write(tables, 7, created_at=at(11), total_amount=1, status="DELIVERED")
    write(tables, 7, created_at=at(10), total_amount=5000)
    write(tables, 7, created_at=at(12), total_amount=9, status="CANCELLED")
    write(tables, 8, created_at=at(8), status="CANCELLED")
    write(tables, 9)

    query = "userIds=8&userIds=7&userIds=99&userIds=7"
    told = await ok(counter.shop.orders.get(f"/api/orders/customers?{query}", headers=admin.headers))

    for each in told[:2]:
        each["lastOrderAt"] = datetime.fromisoformat(each["lastOrderAt"])
    assert told == [
        {"userId": 8, "orders": 0, "cancelled": 1, "spent": 0, "lastOrderAt": at(8)},
        {"userId": 7, "orders": 3, "cancelled": 1, "spent": 5131, "lastOrderAt": at(12)},
        {"userId": 99, "orders": 0, "cancelled": 0, "spent": 0, "lastOrderAt": None},
    ]
    assert await ok(counter.shop.orders.get("/api/orders/customers", headers=admin.headers)) == []


@pytest.mark.parametrize("path", ["/api/orders/stats", "/api/orders/customers?userIds=1"])
async def test_figures_are_for_staff(counter: Counter, lan: Login, path: str) -> None:
    await refused(counter.shop.orders.get(path), 401, "unauthenticated")
    await refused(counter.shop.orders.get(path, headers=lan.headers), 403, "forbidden")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("stats?day=monday", "day"),
        ("stats?day=1999-12-31", "day"),
        ("customers?userIds=0", "userIds.0"),
        ("customers?userIds=" + "&userIds=".join(["1"] * 101), "userIds"),
    ],
)
async def test_bad_questions_are_named(counter: Counter, admin: Login, query: str, field: str) -> None:
    call = counter.shop.orders.get(f"/api/orders/{query}", headers=admin.headers)
    assert (await refused(call, 422, "validation_error"))["errors"][0]["field"] == field
