"""Deliveries that fail, returns, and wrong steps taken back: who may, from where, and what becomes of the stock."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from shopkit.clock import FixedClock
from tests.integration.order_service.conftest import Counter
from tests.integration.order_service.test_life import order_at
from tests.support.apps import Login
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

STATUSES = ("PENDING", "PROCESSING", "SHIPPED", "DELIVERED", "CANCELLED")
STEPS: dict[str, dict[str, Any]] = {
    "fail-delivery": {"reason": "REFUSED"},
    "retry-delivery": {},
    "return": {"stock": "RESTOCKED"},
    "correct": {"note": "bấm nhầm"},
}


async def step(counter: Counter, who: Login, order: Any, name: str, **more: Any) -> httpx.Response:
    body = {"version": order["version"], **STEPS[name], **more}
    return await counter.shop.orders.post(f"/api/orders/{order['id']}/{name}", json=body, headers=who.headers)


async def failed(counter: Counter, lan: Login, admin: Login) -> Any:
    """Return an order whose delivery has failed."""
    order = await order_at(counter, lan, admin, "SHIPPED")
    return await ok(step(counter, admin, order, "fail-delivery", note="Khách hẹn ngày mai"))


async def test_a_failed_delivery_is_told_and_tried_again(
    counter: Counter, lan: Login, admin: Login, tables: Tables, clock: FixedClock
) -> None:
    order = await order_at(counter, lan, admin, "SHIPPED")
    clock.advance(timedelta(minutes=20))
    tried = await ok(step(counter, admin, order, "fail-delivery", note="Khách hẹn ngày mai"))

    assert (tried["status"], tried["version"], tried["canCancel"]) == ("SHIPPED", 4, False)
    assert tried["failedDelivery"] == {"at": tried["updatedAt"], "reason": "REFUSED", "attempts": 1}
    assert datetime.fromisoformat(tried["updatedAt"]) == clock.now()
    entry = {"at": tried["updatedAt"], "actor": "ADMIN", "actorId": admin.id, "from": "SHIPPED", "to": "SHIPPED"}
    told = {"kind": "DELIVERY_FAILED", "reason": "REFUSED", "note": "Khách hẹn ngày mai"}
    assert tried["timeline"][-1] == entry | told
    assert (await counter.read(lan, order))["timeline"][-1] == entry | told | {"actorId": None}

    again = await ok(step(counter, admin, tried, "retry-delivery"))
    assert (again["status"], again["version"], again["failedDelivery"]) == ("SHIPPED", 5, None)
    assert (again["timeline"][-1]["kind"], again["timeline"][-1]["to"]) == ("RETRIED", "SHIPPED")
    twice = await ok(step(counter, admin, again, "fail-delivery", reason="NOT_HOME"))
    assert (twice["failedDelivery"]["reason"], twice["failedDelivery"]["attempts"]) == ("NOT_HOME", 2)
    delivered = await ok(counter.move(admin, twice, "DELIVERED"))
    assert (delivered["status"], delivered["failedDelivery"]) == ("DELIVERED", None)
    await counter.settled()
    assert tables.stock(counter.cake) == 49


@pytest.mark.parametrize(
    ("stock", "left", "hold", "move"),
    [("RESTOCKED", 50, "RELEASED", ("RETURNED", 1, 50)), ("WRITTEN_OFF", 49, "WRITTEN_OFF", ("WRITTEN_OFF", 0, 49))],
)
async def test_a_return_gives_the_stock_back_or_writes_it_off(
    counter: Counter, lan: Login, admin: Login, tables: Tables, stock: str, left: int, hold: str, move: Any
) -> None:
    order = await failed(counter, lan, admin)
    await counter.settled()
    assert tables.sold(counter.cake) == 1
    returned = await ok(step(counter, admin, order, "return", stock=stock))

    assert (returned["status"], returned["returned"], returned["returnedStock"]) == ("CANCELLED", True, stock)
    assert (returned["failedDelivery"], returned["correctableUntil"]) == (None, None)
    assert (returned["timeline"][-1]["kind"], returned["timeline"][-1]["from"]) == ("RETURNED", "SHIPPED")
    theirs = await counter.read(lan, order)
    assert (theirs["returned"], theirs["returnedStock"]) == (True, None)
    await counter.settled()
    assert tables.stock(counter.cake) == left
    assert tables.rows("select state from backend.hold") == [(hold,)]
    assert tables.sold(counter.cake) == 0
    last = "select kind, delta, stock from backend.stock_move where order_id is not null order by id desc limit 1"
    assert tables.rows(last) == [move]

    # What has come back stays so, whoever asks for what.
    await counter.settled()
    before = tables.everything("backend", "order_service")
    for name in ("correct", "retry-delivery", "fail-delivery"):
        await refused(step(counter, admin, returned, name), 409, "invalid_transition")
    await refused(counter.move(admin, returned, "DELIVERED"), 409, "invalid_transition")
    assert tables.everything("backend", "order_service") == before


async def test_a_returned_order_is_no_revenue(counter: Counter, lan: Login, admin: Login, clock: FixedClock) -> None:
    order = await failed(counter, lan, admin)
    clock.advance(timedelta(seconds=1))
    figures = "/api/orders/stats"
    assert (await ok(counter.shop.orders.get(figures, headers=admin.headers)))["today"]["revenue"] == 329_000
    await ok(step(counter, admin, order, "return", stock="WRITTEN_OFF"))
    stats = await ok(counter.shop.orders.get(figures, headers=admin.headers))
    assert (stats["today"]["orders"], stats["today"]["revenue"], stats["bestSellers"]) == (0, 0, [])
    sums = await ok(counter.shop.orders.get(f"/api/orders/customers?userIds={lan.id}", headers=admin.headers))
    assert (sums[0]["orders"], sums[0]["cancelled"], sums[0]["spent"]) == (0, 1, 0)


@pytest.mark.parametrize("name", ["fail-delivery", "retry-delivery", "return"])
@pytest.mark.parametrize("status", STATUSES)
async def test_steps_that_do_not_fit_change_nothing(
    counter: Counter, lan: Login, admin: Login, tables: Tables, name: str, status: str
) -> None:
    order = await counter.read(admin, await order_at(counter, lan, admin, status))
    await counter.settled()
    if (name, status) == ("fail-delivery", "SHIPPED"):
        order = await ok(step(counter, admin, order, name))
    await counter.settled()
    before = tables.everything("backend", "order_service")
    problem = await refused(step(counter, admin, order, name, note="x"), 409, "invalid_transition")
    assert problem["currentStatus"] == status
    assert tables.everything("backend", "order_service") == before


@pytest.mark.parametrize(
    ("status", "back"), [("PROCESSING", "PENDING"), ("SHIPPED", "PROCESSING"), ("DELIVERED", "SHIPPED")]
)
async def test_a_wrong_step_is_taken_back_once(
    counter: Counter, lan: Login, admin: Login, tables: Tables, clock: FixedClock, status: str, back: str
) -> None:
    order = await order_at(counter, lan, admin, status)
    assert datetime.fromisoformat(order["correctableUntil"]) == clock.now() + timedelta(hours=24)
    corrected = await ok(step(counter, admin, order, "correct"))
    assert (corrected["status"], corrected["version"]) == (back, order["version"] + 1)
    entry = corrected["timeline"][-1]
    assert (entry["kind"], entry["from"], entry["to"], entry["note"]) == ("CORRECTED", status, back, "bấm nhầm")
    theirs = await counter.read(lan, order)
    assert (theirs["timeline"][-1]["note"], theirs["correctableUntil"]) == ("", None)  # staff's reason is staff's
    assert corrected["correctableUntil"] is None
    await counter.settled()
    before = tables.everything("backend", "order_service")
    await refused(step(counter, admin, corrected, "correct", note="again"), 409, "invalid_transition")
    assert tables.everything("backend", "order_service") == before
    again = await ok(counter.move(admin, corrected, status))
    assert again["status"] == status
    assert tables.stock(counter.cake) == 49


async def test_a_wrong_failure_is_taken_back(counter: Counter, lan: Login, admin: Login) -> None:
    corrected = await ok(step(counter, admin, await failed(counter, lan, admin), "correct"))
    assert (corrected["status"], corrected["failedDelivery"]) == ("SHIPPED", None)
    once = await ok(step(counter, admin, corrected, "fail-delivery"))
    assert once["failedDelivery"]["attempts"] == 1


async def test_a_step_is_taken_back_within_a_day(
    counter: Counter, lan: Login, admin: Login, tables: Tables, clock: FixedClock
) -> None:
    order = await order_at(counter, lan, admin, "DELIVERED")
    await counter.settled()
    clock.advance(timedelta(hours=24, seconds=1))
    await counter.settled()
    before = tables.everything("backend", "order_service")
    await refused(step(counter, admin, order, "correct"), 409, "too_late_to_correct")
    assert tables.everything("backend", "order_service") == before


@pytest.mark.parametrize("status", ["PENDING", "CANCELLED"])
async def test_nothing_is_taken_back_where_nothing_was_done_or_stock_has_moved(
    counter: Counter, lan: Login, admin: Login, tables: Tables, status: str
) -> None:
    order = await counter.read(admin, await order_at(counter, lan, admin, status))
    assert order["correctableUntil"] is None
    await counter.settled()
    before = tables.everything("backend", "order_service")
    await refused(step(counter, admin, order, "correct"), 409, "invalid_transition")
    assert tables.everything("backend", "order_service") == before


@pytest.mark.parametrize("name", STEPS)
async def test_a_step_sent_again_is_taken_once(
    counter: Counter, lan: Login, admin: Login, tables: Tables, name: str
) -> None:
    order = await (failed if name in {"retry-delivery", "return"} else order_at)(
        counter, lan, admin, *([] if name in {"retry-delivery", "return"} else ["SHIPPED"])
    )
    first = await ok(step(counter, admin, order, name))
    await counter.settled()
    before = tables.everything("backend", "order_service")
    assert await ok(step(counter, admin, order, name)) == first
    assert tables.everything("backend", "order_service") == before


async def test_many_at_once_take_one_step(counter: Counter, lan: Login, admin: Login, tables: Tables) -> None:
    order = await failed(counter, lan, admin)
    steps = ("retry-delivery", "return", "correct")
    answers = await asyncio.gather(*(step(counter, admin, order, name) for name in steps for _ in range(3)))
    taken = {a.json()["timeline"][-1]["kind"] for a in answers if a.status_code == 200}
    assert len(taken) == 1
    assert {a.json()["code"] for a in answers if a.status_code != 200} == {"version_conflict"}
    assert tables.one("select count(*) from order_service.timeline") == 5
    await counter.settled()
    assert tables.stock(counter.cake) == (50 if taken == {"RETURNED"} else 49)


@pytest.mark.parametrize("name", STEPS)
async def test_who_may_not_changes_nothing(
    counter: Counter, lan: Login, admin: Login, tables: Tables, name: str
) -> None:
    order = await failed(counter, lan, admin)
    await counter.settled()
    before = tables.everything("backend", "order_service")
    await refused(step(counter, lan, order, name), 403, "forbidden")
    await refused(step(counter, admin, {**order, "version": 2}, name, note="x"), 409, "version_conflict")
    await refused(step(counter, admin, {**order, "id": "01a202af-4685-7331-9fb0-a930fb55a041"}, name), 404, "not_found")
    for wrong in ({"version": None}, {"reason": "BORED"}, {"stock": "EATEN"}, {"note": "x" * 501}, {"by": 1}):
        await refused(step(counter, admin, order, name, **wrong), 422, "validation_error")
    assert tables.everything("backend", "order_service") == before


async def test_a_correction_needs_a_reason(counter: Counter, lan: Login, admin: Login, tables: Tables) -> None:
    order = await order_at(counter, lan, admin, "SHIPPED")
    await counter.settled()
    before = tables.everything("backend", "order_service")
    await refused(step(counter, admin, order, "correct", note=" \n"), 422, "validation_error")
    assert tables.everything("backend", "order_service") == before


async def test_the_audit_log_tells_each(counter: Counter, lan: Login, admin: Login, tables: Tables) -> None:
    order = await failed(counter, lan, admin)
    again = await ok(step(counter, admin, order, "correct"))
    once_more = await ok(step(counter, admin, again, "fail-delivery"))
    tried = await ok(step(counter, admin, once_more, "retry-delivery"))
    last = await ok(step(counter, admin, tried, "fail-delivery", reason="DAMAGED"))
    await ok(step(counter, admin, last, "return", stock="WRITTEN_OFF", note="Hộp bị móp"))
    told = tables.rows("select action, before, after from order_service.audit_entry order by id")[2:]
    shipped = {"status": "SHIPPED"}
    assert told == [
        ("order.delivery_failed", shipped, {**shipped, "reason": "REFUSED", "note": "Khách hẹn ngày mai"}),
        ("order.corrected", shipped, {**shipped, "note": "bấm nhầm"}),
        ("order.delivery_failed", shipped, {**shipped, "reason": "REFUSED"}),
        ("order.retried", shipped, shipped),
        ("order.delivery_failed", shipped, {**shipped, "reason": "DAMAGED"}),
        ("order.returned", shipped, {"status": "CANCELLED", "stock": "WRITTEN_OFF", "note": "Hộp bị móp"}),
    ]


async def test_a_write_off_waits_for_a_backend_that_is_away(
    counter: Counter, lan: Login, admin: Login, tables: Tables
) -> None:
    order = await failed(counter, lan, admin)
    await counter.settled()
    counter.shop.transports["backend"].down = True
    await ok(step(counter, admin, order, "return", stock="WRITTEN_OFF"))
    assert tables.rows("select state from backend.hold") == [("CONFIRMED",)]
    counter.shop.transports["backend"].down = False
    counter.shop.apps["order_service"].state.outbox.wake()
    await counter.settled()
    assert tables.rows("select state from backend.hold") == [("WRITTEN_OFF",)]
    assert tables.stock(counter.cake) == 49
