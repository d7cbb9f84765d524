"""What follows an order's commit: the hold confirmed, the cart emptied, the event told, whatever goes wrong between."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shopkit.clock import FixedClock
from shopkit.outbox import Handler
from tests.integration.order_service.conftest import Counter
from tests.support.apps import Login
from tests.support.calls import events, ok, until
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

COMPLETED = "Order Completed"


async def test_the_hold_is_confirmed_the_cart_emptied_the_event_told(
    counter: Counter, lan: Login, tables: Tables, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    state = await counter.into_cart(lan, 5)
    order = await counter.placed(lan, counter.order(lan, 3, cartState=state))
    await counter.settled()

    assert tables.rows("select order_id::text, state from backend.hold") == [(order["id"], "CONFIRMED")]
    assert tables.rows("select user_id, quantity from backend.cart_line") == [(lan.id, 2)]
    assert (tables.stock(counter.cake), tables.sold(counter.cake)) == (47, 3)
    [completed] = events(capsys, COMPLETED)
    assert UUID(completed.pop("eventId")).version == 7
    assert datetime.fromisoformat(completed.pop("occurredAt")) == clock.now()
    line = {"productId": counter.cake, "productName": "Bánh", "category": "mousse", "size": "M"}
    assert completed == {
        "name": COMPLETED,
        "version": 1,
        "userId": lan.id,
        "sessionId": lan.session["sessionId"],
        "service": "order_service",
        "payload": {
            "orderId": order["id"],
            "products": [{**line, "quantity": 3, "price": 299_000}],
            "totalAmount": 897_000,
            "userId": lan.id,
        },
    }


async def test_work_done_twice_is_done_once(
    counter: Counter, lan: Login, tables: Tables, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after the work and before the row is deleted: the row runs again, as the same event."""
    handlers: Any = counter.shop.apps["order_service"].state.outbox.handlers
    handle = handlers["order_placed"].run
    deaths = [RuntimeError("killed"), RuntimeError("killed")]

    async def dying(jobs: Any) -> Any:
        failures = await handle(jobs)
        if deaths:
            raise deaths.pop()
        return failures

    monkeypatch.setitem(handlers, "order_placed", Handler(dying))
    state = await counter.into_cart(lan, 5)
    await counter.placed(lan, counter.order(lan, 2, cartState=state))
    await counter.settled()

    assert not deaths
    assert tables.one("select quantity from backend.cart_line") == 3
    assert (tables.stock(counter.cake), tables.sold(counter.cake)) == (48, 2)
    told = events(capsys, COMPLETED)
    assert len(told) == 3
    assert len({event["eventId"] for event in told}) == 1
    assert len({str(event) for event in told}) == 1


@pytest.mark.parametrize("service", ["order_service", "user_service"])
async def test_metrics_tell_how_many_rows_wait_and_how_long(counter: Counter, tables: Tables, service: str) -> None:
    client = counter.shop.clients[service]
    tables.run(
        f"insert into {service}.outbox (key, topic, payload, created_at, next_attempt_at) "
        "values ('k', 'later', '{}', now() - interval '90 s', 'infinity')"
    )
    depth = age = 0.0
    try:
        async with asyncio.timeout(20):
            while age < 90:
                await asyncio.sleep(0.05)
                told = (await client.get("/metrics")).text
                depth, age = map(float, re.findall(r"^outbox_(?:depth|oldest_seconds) (.+)$", told, re.MULTILINE))
    finally:
        tables.run(f"delete from {service}.outbox")
    assert (depth, age) == (1, pytest.approx(90, abs=25))


async def test_a_backend_that_comes_back_gets_it_all(
    counter: Counter, lan: Login, tables: Tables, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies right after it gave the hold."""
    backend = counter.shop.transports["backend"]
    handle = backend.handle_async_request

    async def hold_and_die(request: httpx.Request) -> httpx.Response:
        answer = await handle(request)
        if request.url.path == "/internal/holds":
            backend.down = True
        return answer

    monkeypatch.setattr(backend, "handle_async_request", hold_and_die)
    order = await counter.placed(lan)
    attempts = "select coalesce(max(attempts), 0) from order_service.outbox"
    await until(lambda: tables.one(attempts) >= 2, "tried twice")

    assert tables.one("select state from backend.hold") == "HELD"
    assert tables.one("select last_error from order_service.outbox") == (
        "The shop is briefly unavailable. Please try again in a moment."
    )
    assert (await counter.read(lan, order))["status"] == "PENDING"
    assert events(capsys, COMPLETED) == []
    backend.down = False
    tables.run("update order_service.outbox set next_attempt_at = now()")
    await counter.settled()
    assert tables.one("select state from backend.hold") == "CONFIRMED"
    assert len(events(capsys, COMPLETED)) == 1


async def expire(counter: Counter, clock: FixedClock) -> None:
    clock.advance(timedelta(minutes=15))
    assert await counter.shop.apps["backend"].state.holds.sweep() == 1


async def test_a_hold_that_expired_is_taken_anew(
    counter: Counter, lan: Login, tables: Tables, clock: FixedClock, paused: Any
) -> None:
    order = await counter.placed(lan, counter.order(lan, 3))
    await expire(counter, clock)
    assert tables.stock(counter.cake) == 50
    await paused()
    assert (await counter.read(lan, order))["status"] == "PENDING"
    assert (tables.stock(counter.cake), tables.one("select state from backend.hold")) == (47, "CONFIRMED")


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING"])
async def test_a_hold_that_expired_and_is_sold_out_cancels_its_order(
    counter: Counter,
    lan: Login,
    admin: Login,
    tables: Tables,
    clock: FixedClock,
    paused: Any,
    capsys: pytest.CaptureFixture[str],
    status: str,
) -> None:
    order = await counter.placed(lan, counter.order(lan, 3))
    if status == "PROCESSING":
        await ok(counter.move(admin, order, "PROCESSING"))
    await expire(counter, clock)
    tables.set_stock(counter.cake, 2)

    await paused()

    cancelled = await counter.read(admin, order)
    assert cancelled["timeline"][-1] == {
        "at": cancelled["updatedAt"],
        "actor": "SYSTEM",
        "actorId": None,
        "from": status,
        "to": "CANCELLED",
        "note": "Sold out before the order could be confirmed.",
        "kind": "MOVED",
        "reason": None,
    }
    assert (tables.stock(counter.cake), tables.one("select state from backend.hold")) == (2, "RELEASED")
    assert events(capsys, COMPLETED) == []


async def test_an_order_cancelled_before_its_confirmation_gives_all_back(
    counter: Counter, lan: Login, tables: Tables, paused: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    order = await counter.placed(lan, counter.order(lan, 3))
    await ok(counter.cancel(lan, order))
    topics = "select topic from order_service.outbox order by id"
    assert tables.rows(topics) == [("order_placed",), ("order_cancelled",), ("order_moved",)]
    await paused()
    assert (tables.stock(counter.cake), tables.one("select state from backend.hold")) == (50, "RELEASED")
    assert tables.sold(counter.cake) == 0
    assert len(events(capsys, COMPLETED)) == 1


async def test_an_order_cancelled_after_its_hold_expired_gives_nothing_twice(
    counter: Counter, lan: Login, tables: Tables, clock: FixedClock, paused: Any
) -> None:
    order = await counter.placed(lan, counter.order(lan, 3))
    await ok(counter.cancel(lan, order))
    await expire(counter, clock)
    tables.set_stock(counter.cake, 1)
    await paused()
    assert (tables.stock(counter.cake), tables.one("select state from backend.hold")) == (1, "RELEASED")
    assert [entry["to"] for entry in (await counter.read(lan, order))["timeline"]] == ["PENDING", "CANCELLED"]


async def test_an_order_of_hundreds_of_one_size_is_worked_off(
    counter: Counter, lan: Login, tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    tables.set_stock(counter.cake, 200)
    line = {"productId": counter.cake, "size": "M", "price": 299_000, "quantity": 99}
    body = counter.order(lan, items=[line, line], totalAmount=198 * 299_000)
    await counter.placed(lan, body)
    await counter.settled()
    assert (tables.stock(counter.cake), tables.one("select state from backend.hold")) == (2, "CONFIRMED")
    [completed] = events(capsys, COMPLETED)
    assert completed["payload"]["products"][0]["quantity"] == 198


async def test_an_order_without_the_stock_it_asked_for_leaves_no_trace_when_it_is_never_repeated(
    counter: Counter, lan: Login, tables: Tables, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between the hold and the order: the hold's limit gives the stock back."""
    orders = counter.shop.apps["order_service"].state.orders

    def die(*_: Any) -> Any:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(orders, "_row", die)
        assert (await counter.place(lan, counter.order(lan, 3), key="k")).status_code == 500
    assert (tables.stock(counter.cake), tables.one("select count(*) from order_service.orders")) == (47, 0)
    await expire(counter, clock)
    assert tables.stock(counter.cake) == 50

    await counter.placed(lan, counter.order(lan, 3), key="k")  # a repetition, after all
    await counter.settled()
    assert (tables.stock(counter.cake), tables.one("select state from backend.hold")) == (47, "CONFIRMED")
