"""The hold of an order goes some weeks after the order is over, and never while a step or a message may need it."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest

from order_service import housekeeping
from shopkit.clock import FixedClock
from shopkit.errors import Unavailable
from tests.integration.order_service.conftest import Counter
from tests.support.apps import Login
from tests.support.calls import ok
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

HOLDS = "select order_id::text from backend.hold order by order_id"


async def forget_holds(counter: Counter, clock: FixedClock, after: timedelta) -> int:
    """Forget the holds of orders as if so much time had passed."""
    app = counter.shop.apps["order_service"]
    # The backend's clock for holds is the database's, so the moment asked about moves instead.
    backend = app.state.orders._backend
    return await housekeeping.forget_holds(app.state.service.database, backend, clock.now() + after)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small steps, without a pause between them."""
    monkeypatch.setattr(housekeeping, "HOLDS_AT_ONCE", 2)
    monkeypatch.setattr(housekeeping, "BETWEEN_STEPS_S", 0)


async def test_holds_of_orders_that_are_over_go_and_others_stay(
    counter: Counter, lan: Login, admin: Login, tables: Tables, clock: FixedClock
) -> None:
    pending, processing, shipped, delivered, cancelled, more = [await counter.placed(lan) for _ in range(6)]
    await counter.settled()
    for steps, order in enumerate((processing, shipped, delivered), 1):
        for to in ("PROCESSING", "SHIPPED", "DELIVERED")[:steps]:
            await ok(counter.move(admin, order, to))
    for order in (cancelled, more):
        await ok(counter.cancel(lan, order))
    await counter.settled()
    tables.run("insert into backend.cart_removal (order_id) select order_id from backend.hold")
    await counter.settled()
    before = tables.everything("order_service")
    stock = tables.stock(counter.cake)

    assert await forget_holds(counter, clock, -timedelta(minutes=1)) == 0
    assert await forget_holds(counter, clock, timedelta(minutes=1)) == 3

    assert tables.rows(HOLDS) == [(order["id"],) for order in (pending, processing, shipped)]
    assert tables.one("select count(*) from backend.hold_line") == 3
    assert tables.one("select count(*) from backend.cart_removal") == 3
    assert tables.everything("order_service") == before
    assert await forget_holds(counter, clock, timedelta(minutes=1)) == 0
    # What is still open goes on as ever, and gives its stock back.
    await ok(counter.cancel(lan, pending))
    await counter.settled()
    assert tables.stock(counter.cake) == stock + 1


async def test_a_hold_stays_while_a_message_about_its_order_may_be_sent_again(
    counter: Counter, lan: Login, tables: Tables, clock: FixedClock
) -> None:
    order = await counter.placed(lan)
    await counter.settled()
    await ok(counter.cancel(lan, order))
    await counter.settled()
    message = "insert into order_service.outbox (key, topic, payload, next_attempt_at) values (%s, %s, '{}', %s)"
    tables.run(message, order["id"], "order_cancelled", clock.now() + timedelta(hours=1))
    assert await forget_holds(counter, clock, timedelta(minutes=1)) == 0
    assert tables.rows(HOLDS) == [(order["id"],)]

    tables.run("update order_service.outbox set next_attempt_at = now()")
    counter.shop.apps["order_service"].state.outbox.wake()
    await counter.settled()
    assert tables.stock(counter.cake) == 50
    assert await forget_holds(counter, clock, timedelta(minutes=1)) == 1


async def test_holds_go_while_orders_are_placed_and_cancelled(
    counter: Counter, lan: Login, tables: Tables, clock: FixedClock
) -> None:
    async def order(number: int) -> None:
        placed = await counter.placed(lan)
        if number % 2:
            await ok(counter.cancel(lan, placed))

    async def forget() -> None:
        while not settled:
            with suppress(Unavailable):  # a machine that is busy with the orders
                await forget_holds(counter, clock, timedelta(minutes=1))
            await asyncio.sleep(0.02)

    settled = False
    forgetting = asyncio.create_task(forget())
    async with asyncio.timeout(60):
        for first in range(0, 20, 5):
            await asyncio.gather(*(order(first + number) for number in range(5)))
        await counter.settled()
        settled = True
        await forgetting
    await forget_holds(counter, clock, timedelta(minutes=1))

    open_orders = "select id from order_service.orders where status = 'PENDING' order by id"
    assert tables.rows("select order_id from backend.hold order by order_id") == tables.rows(open_orders)
    assert tables.rows("select state, count(*) from backend.hold group by 1") == [("CONFIRMED", 10)]
    assert tables.stock(counter.cake) == 40
    assert tables.one("select deadlocks from pg_stat_database where datname = current_database()") == 0


async def test_a_hold_whose_order_was_never_placed_goes_too(
    counter: Counter, tables: Tables, clock: FixedClock
) -> None:
    order_id = "01890000-0000-7000-8000-000000000000"
    service = await counter.shop.service_headers("order_service")
    await ok(counter.shop.backend.post(f"/internal/holds/{order_id}/release", headers=service))
    assert tables.rows(HOLDS) == [(order_id,)]
    assert await forget_holds(counter, clock, timedelta(minutes=1)) == 1
    assert tables.rows(HOLDS) == []


async def test_without_the_backend_nothing_goes_and_the_other_chores_are_done(
    counter: Counter, lan: Login, tables: Tables
) -> None:
    order = await counter.placed(lan, key=str(uuid4()))
    await counter.settled()
    tables.run("update order_service.order_request set created_at = created_at - interval '8 days'")
    counter.shop.transports["backend"].down = True
    keeping = counter.shop.apps["order_service"].state.housekeeping
    assert await keeping.tidy() == {"order_requests": 1, "attempts": 0}
    assert tables.rows(HOLDS) == [(order["id"],)]
    counter.shop.transports["backend"].down = False
    assert await keeping.tidy() == {"order_requests": 0, "attempts": 0, "holds": 0}  # it is not old yet
