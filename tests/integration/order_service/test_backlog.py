"""Many orders at once wait for what follows them: how they are worked off, and when no more are taken."""

from typing import Any

import httpx
import pytest

from order_service.orders.jobs import OrderJobs
from shopkit import outbox_backlog
from shopkit.clock import FixedClock
from tests.integration.order_service.conftest import Counter
from tests.support.apps import Login
from tests.support.calls import events, ok, until
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

COMPLETED = "Order Completed"
AGE = """
update order_service.outbox set created_at = created_at - %s::interval, deadline = deadline - %s::interval
"""


async def test_a_shop_that_cannot_keep_up_takes_no_more_orders(
    counter: Counter, lan: Login, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await counter.placed(lan, counter.order(lan, 1), key="first")
    await counter.settled()
    before = tables.everything("backend")
    with monkeypatch.context() as patched:
        patched.setattr(counter.shop.apps["order_service"].state.outbox.backlog, "time_used", lambda: 0.67)
        refused = await counter.place(lan, counter.order(lan, 3), key="k")
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert int(refused.headers["Retry-After"]) > 0
        assert (await counter.placed(lan, counter.order(lan, 1), key="first"))["id"] == first["id"]
    assert tables.everything("backend") == before
    assert tables.one("select count(*) from order_service.orders") == 1
    await counter.placed(lan, counter.order(lan, 3), key="k")
    assert tables.one("select count(*) from order_service.orders") == 2


async def test_a_backlog_whose_holds_run_out_closes_the_shop_until_it_is_confirmed(
    counter: Counter, lan: Login, tables: Tables, paused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long orders may wait follows from their holds: fifteen minutes here, of which ten may pass."""
    monkeypatch.setattr(outbox_backlog, "MEASURE_S", 0.02)
    monkeypatch.setattr(outbox_backlog, "STUCK", 1)
    backlog = counter.shop.apps["order_service"].state.outbox.backlog
    jobs = counter.shop.apps["order_service"].state.jobs
    for _ in range(2):
        await counter.placed(lan)
    left = "select max(extract(epoch from deadline - created_at))::int from order_service.outbox"
    assert tables.one(left) == pytest.approx(900, abs=60)
    await until(lambda: 0 < backlog.time_used() < 0.1, "measured")
    tables.run(AGE, "11 min", "11 min")
    await until(lambda: backlog.time_used() > 2 / 3, "late")
    assert (await counter.place(lan)).json()["code"] == "busy"
    assert tables.rows("select state, count(*) from backend.hold group by 1") == [("HELD", 2)]

    await OrderJobs.confirm_ahead(jobs)

    assert tables.rows("select state, count(*) from backend.hold group by 1") == [("CONFIRMED", 2)]
    assert tables.one("select count(*) from order_service.outbox where topic = 'order_placed'") == 2
    await until(lambda: backlog.time_used() == 0, "nothing is late any more")
    await counter.placed(lan)
    await paused()


async def test_only_orders_that_have_waited_long_are_confirmed_ahead(
    counter: Counter, lan: Login, tables: Tables, clock: FixedClock, paused: Any
) -> None:
    jobs = counter.shop.apps["order_service"].state.jobs
    waits, gone, cancelled = [await counter.placed(lan, counter.order(lan, n)) for n in (1, 2, 4)]
    tables.run(f"{AGE} where key <> %s", "6 min", "6 min", waits["id"])
    await ok(counter.cancel(lan, cancelled))
    tables.run("update backend.hold set expires_at = now() - interval '1 day' where order_id = %s", gone["id"])
    assert await counter.shop.apps["backend"].state.holds.sweep() == 1
    tables.set_stock(counter.cake, 0)

    await OrderJobs.confirm_ahead(jobs)

    states = "select state from backend.hold where order_id = %s"
    found = [tables.one(states, order["id"]) for order in (waits, gone, cancelled)]
    assert found == ["HELD", "EXPIRED", "CONFIRMED"]
    hurry = "select key from order_service.outbox where deadline is not null order by id"
    assert tables.rows(hurry) == [(waits["id"],), (gone["id"],)]
    await paused()
    found = [tables.one(states, order["id"]) for order in (waits, gone, cancelled)]
    assert found == ["CONFIRMED", "RELEASED", "RELEASED"]
    assert (await counter.read(lan, gone))["status"] == "CANCELLED"
    assert tables.stock(counter.cake) == 4


async def test_an_order_of_which_the_backend_tells_nothing_is_tried_again(
    counter: Counter, lan: Login, tables: Tables, paused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backend that answers half."""
    orders = [await counter.placed(lan) for _ in range(2)]
    backend = counter.shop.transports["backend"]
    handle = backend.handle_async_request

    async def half(request: httpx.Request) -> httpx.Response:
        answer = await handle(request)
        await answer.aread()
        if request.url.path == "/internal/holds/confirm":
            results = [one for one in answer.json()["results"] if one["orderId"] != orders[1]["id"]]
            return httpx.Response(200, json={"results": results})
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(backend, "handle_async_request", half)
        with pytest.raises(AssertionError):
            await paused()
    told = "the handler told nothing of this row"
    assert tables.rows("select key, attempts, last_error from order_service.outbox") == [(orders[1]["id"], 1, told)]
    tables.run("update order_service.outbox set next_attempt_at = now()")
    await paused()


async def test_events_of_many_orders_go_in_one_call(
    counter: Counter, lan: Login, paused: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = await counter.into_cart(lan, 9)
    for _ in range(3):
        await counter.placed(lan, counter.order(lan, 1, cartState=state))
    backend = counter.shop.transports["backend"]
    handle = backend.handle_async_request
    asked: list[str] = []

    async def listen(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return await handle(request)

    monkeypatch.setattr(backend, "handle_async_request", listen)
    await paused()
    assert [path for path in asked if path.startswith("/internal/")] == [
        "/internal/holds/confirm",
        "/internal/carts/bought-by-many",
        "/internal/events",
    ]
    assert len(events(capsys, COMPLETED)) == 3
