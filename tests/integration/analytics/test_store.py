"""The live table: each event once, each day in its partition, nothing kept beyond its time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from analytics.events import AddToCart, Event, OrderCompleted, OrderedProduct, Payload, ProductSearch, ProductViewed
from analytics.events import event as enveloped
from analytics.ingest import EventsStored
from analytics.store import EventStore
from shopkit.clock import FixedClock
from shopkit.db import Database
from shopkit.settings import ServiceSettings
from tests.support.apps import RunningShop, running_shop
from tests.support.calls import ok, refused, until
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
"""When 2 March begins in the shop."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
async def store(databases: Databases, clock: FixedClock) -> AsyncIterator[EventStore]:
    database = Database(ServiceSettings(database_url=databases.url("analytics")), "analytics")
    await database.open()
    yield EventStore(database, clock, retention_days=30)
    await database.close()


def viewed(at: datetime, user_id: int | None = 7) -> Event:
    payload = ProductViewed(product_id=1, product_name="Mousse Xoài", price=229_000, category="mousse")
    return made(payload, at, user_id)


def made(payload: Payload, at: datetime, user_id: int | None = 7) -> Event:
    return enveloped(payload, service="backend", user_id=user_id, session_id="visit", occurred_at=at)


def days(tables: Tables) -> dict[str, int]:
    return dict(tables.rows("select tableoid::regclass::text, count(*) from analytics.events group by 1 order by 1"))


async def test_an_event_is_stored_once_however_often_it_is_sent(store: EventStore, tables: Tables) -> None:
    batch = [viewed(NOON + timedelta(seconds=n)) for n in range(20)]
    assert await store.add(batch) == EventsStored(stored=20, duplicates=0, refused=[])
    assert await store.add([*batch[:3], viewed(NOON), batch[0]]) == EventsStored(stored=1, duplicates=4, refused=[])
    results = await asyncio.gather(*(store.add([*batch, viewed(MIDNIGHT)]) for _ in range(8)))
    assert sum(result.stored for result in results) == 8
    assert tables.one("select count(*) from analytics.events") == 29


async def test_a_day_begins_at_midnight_in_the_shop(store: EventStore, tables: Tables) -> None:
    last = MIDNIGHT - timedelta(milliseconds=1)
    await store.add([viewed(last), viewed(MIDNIGHT - timedelta(microseconds=1)), viewed(MIDNIGHT)])
    assert days(tables) == {"analytics.events_20260301": 2, "analytics.events_20260302": 1}
    assert tables.one("select min(shop_day)::text from analytics.events where occurred_at = %s", last) == "2026-03-01"


async def test_every_field_has_its_column(store: EventStore, tables: Tables) -> None:
    order = uuid4()
    lines = [
        OrderedProduct(product_id=1, product_name="Xoài", category="mousse", size="M", quantity=2, price=299_000),
        OrderedProduct(product_id=2, product_name="Kem", category="kem", size="S", quantity=1, price=100_000),
    ]
    await store.add(
        [
            made(OrderCompleted(order_id=order, products=lines, total_amount=698_000, user_id=7), NOON),
            made(AddToCart(product_id=1, product_name="Xoài", quantity=2, size="M", price=299_000), NOON),
            made(ProductSearch(search_query='đậu "đỏ" \\', results_count=0), NOON, None),
        ]
    )
    assert tables.rows(
        "select name, user_id, session_id, product_id, product_name, quantity, price, size, search_query, "
        "results_count, order_id, total_amount from analytics.events order by name"
    ) == [
        ("Add to Cart", 7, "visit", 1, "Xoài", 2, 299_000, "M", None, None, None, None),
        ("Order Completed", 7, "visit", None, None, None, None, None, None, None, str(order), 698_000),
        ("Product Search", None, "visit", None, None, None, None, None, 'đậu "đỏ" \\', 0, None, None),
    ]
    assert tables.rows(
        "select order_id, product_id, product_name, category, size, quantity, price, revenue "
        "from analytics.order_lines order by 2"
    ) == [
        (str(order), 1, "Xoài", "mousse", "M", 2, 299_000, 598_000),
        (str(order), 2, "Kem", "kem", "S", 1, 100_000, 100_000),
    ]


async def test_what_cannot_be_stored_is_refused_and_the_rest_is_stored(store: EventStore, tables: Tables) -> None:
    good = viewed(NOON)
    bad = {
        "Cake Dropped version 1 is not in the registry": good.model_copy(update={"name": "Cake Dropped"}),
        "occurredAt has no time zone": viewed(NOON.replace(tzinfo=None)),
        "occurredAt is outside of what is kept": viewed(NOON - timedelta(days=31)),
        "userId is no id": viewed(NOON, 2**62),
        "a value cannot be stored": made(ProductSearch(search_query="a\0b", results_count=1), NOON),
    }
    bad = {reason: each.model_copy(update={"event_id": uuid4()}) for reason, each in bad.items()}
    result = await store.add([*bad.values(), good, viewed(NOON + timedelta(days=2)).model_copy()])
    assert (result.stored, result.duplicates) == (1, 0)
    assert [(each.event_id, each.reason) for each in result.refused[:-1]] == [
        (str(each.event_id), reason) for reason, each in bad.items()
    ]
    assert result.refused[-1].reason == "occurredAt is outside of what is kept"
    assert tables.rows("select event_id from analytics.events") == [(good.event_id,)]


async def test_days_beyond_the_retention_go_and_coming_ones_are_there(
    store: EventStore, clock: FixedClock, tables: Tables
) -> None:
    await store.add([viewed(NOON), viewed(NOON - timedelta(days=1))])
    clock.advance(timedelta(days=30))
    await store.tend()
    names = {
        name
        for (name,) in tables.rows(
            "select inhrelid::regclass::text from pg_inherits where inhparent = 'analytics.events'::regclass"
        )
    }
    assert names == {f"analytics.events_{day}" for day in (20260301, 20260331, 20260401, 20260402)}
    assert tables.one("select count(*) from analytics.events") == 1
    assert (await store.add([viewed(NOON - timedelta(days=1))])).stored == 0


async def test_a_persons_events_can_be_deleted(store: EventStore, tables: Tables) -> None:
    await store.add([viewed(NOON, 7), viewed(MIDNIGHT, 7), viewed(NOON, 8), viewed(NOON, None)])
    assert await store.forget(7) == 2
    assert tables.rows("select user_id from analytics.events order by 1") == [(8,), (None,)]


async def test_other_services_events_arrive_and_wait_while_the_backend_is_away(
    databases: Databases, tables: Tables
) -> None:
    tables.product("cake", sizes={"M": (100_000, 5)})
    async with running_shop(databases) as shop:
        await shop.register("lan@example.com")
        await until(lambda: names(tables) == {"User Registered": 1}, "the registration is in the table")
        shop.transports["backend"].down = True
        mai = await shop.register("mai@example.com")
        shop.transports["backend"].down = False
        await until(lambda: names(tables) == {"User Registered": 2}, "it arrived later")
        order = await place(shop, mai.id, mai.headers)
        await until(lambda: names(tables).get("Order Completed") == 1, "the order is in the table")
        await ok(shop.orders.post(f"/api/orders/{order}/cancel", json={"reason": ""}, headers=mai.headers))
        await until(lambda: names(tables).get("Order Cancelled") == 1, "the cancellation is in the table")
    assert names(tables) == {
        "User Registered": 2,
        "Order Completed": 1,
        "Order Status Changed": 1,
        "Order Cancelled": 1,
    }
    assert tables.rows(
        "select order_id, from_status, to_status, actor, kind, user_id from analytics.events "
        "where name = 'Order Status Changed'"
    ) == [(order, "PENDING", "CANCELLED", "CUSTOMER", "MOVED", mai.id)]


def names(tables: Tables) -> dict[str, int]:
    return dict(tables.rows("select name, count(*) from analytics.events group by 1"))


async def place(shop: RunningShop, user_id: int, headers: dict[str, str]) -> str:
    body = {
        "userId": user_id,
        "items": [{"productId": 1, "quantity": 1, "size": "M", "price": 100_000}],
        "totalAmount": 100_000,
        "shippingAddress": "1 Main St",
        "contactName": "Mai Thị Bí Mật",
        "contactPhone": "0909 111 222",
    }
    placed = await ok(shop.orders.post("/api/orders", json=body, headers=headers), 201)
    return str(placed["id"])


async def test_no_personal_data_is_in_any_event(
    databases: Databases, tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    tables.product("cake", sizes={"M": (100_000, 5)})
    secrets = ("bi.mat@example.com", "Mai Thị Bí Mật", "0909 111 222", "12 Ngõ Bí Mật")
    async with running_shop(databases) as shop:
        email, name, phone, address = secrets
        person = await shop.register(email, name=name, phone=phone, address=address)
        await ok(shop.backend.get("/api/products/1", headers=person.headers))
        await ok(shop.backend.get("/api/products/search", params={"q": email}, headers=person.headers))
        await ok(shop.backend.get("/api/products/search", params={"q": phone}, headers=person.headers))
        await ok(shop.backend.post("/api/cart", json={"productId": 1, "size": "M"}, headers=person.headers), 201)
        await ok(shop.backend.post("/api/cart/checkout", headers=person.headers))
        await place(shop, person.id, person.headers)
        await until(lambda: sum(names(tables).values()) == 7, "all events are in the table")
        waiting = "select (select count(*) from order_service.outbox) + (select count(*) from user_service.outbox)"
        await until(lambda: tables.one(waiting) == 0, "what is stored first is in the log, too")
    lines = [line for line in capsys.readouterr().out.splitlines() if '"eventId"' in line]
    rows = tables.rows("select t::text from analytics.events t")
    assert len(lines) == len(rows) == 7
    for secret in secrets:
        assert not [line for line in (*lines, *(row for (row,) in rows)) if secret in line]


async def test_without_a_live_table_the_shop_works_and_says_so(databases: Databases, tables: Tables) -> None:
    tables.product("cake")
    async with running_shop(databases, settings={"backend": {"analytics_database_url": ""}}) as shop:
        lan = await shop.register()
        await ok(shop.backend.get("/api/products/1", headers=lan.headers))
        headers = await shop.service_headers("order_service")
        body = {"events": [viewed(NOON).model_dump(mode="json", by_alias=True)]}
        answer = await ok(shop.backend.post("/internal/events", json=body, headers=headers))
        assert answer == {"stored": 0, "duplicates": 0, "refused": [], "enabled": False}
        admin = await shop.admin()
        report = shop.backend.get("/api/admin/reports/purchases", headers=admin.headers)
        await refused(report, 409, "analytics_off")
    assert tables.one("select count(*) from analytics.events") == 0


async def test_bad_batches_are_refused_whole(shop: RunningShop, tables: Tables) -> None:
    headers = await shop.service_headers("order_service")

    def send(body: object) -> "asyncio.Future[httpx.Response]":
        return asyncio.ensure_future(shop.backend.post("/internal/events", json=body, headers=headers))

    one = viewed(datetime.now(UTC)).model_dump(mode="json", by_alias=True)
    for body in ({}, {"events": []}, {"events": [one] * 501}, {"events": [one, {**one, "eventId": "no"}]}):
        await refused(send(body), 422, "validation_error")
    assert tables.one("select count(*) from analytics.events") == 0
