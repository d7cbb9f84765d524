"""The life of an order: every step there is, every step there is not, and the stock with it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from shopkit.clock import FixedClock
from tests.integration.order_service.conftest import Counter
from tests.support.apps import Login
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

WAY = ("PENDING", "PROCESSING", "SHIPPED", "DELIVERED")
STEP = {"kind": "MOVED", "reason": None}
NEXT = {
    "PENDING": {"PROCESSING", "CANCELLED"},
    "PROCESSING": {"SHIPPED", "CANCELLED"},
    "SHIPPED": {"DELIVERED"},
    "DELIVERED": set(),
    "CANCELLED": set(),
}


async def order_at(counter: Counter, who: Login, admin: Login, status: str) -> Any:
    """Return an order that has come to a status."""
    order = await counter.placed(who)
    if status == "CANCELLED":
        return await ok(counter.move(admin, order, status))
    for step in WAY[1 : WAY.index(status) + 1]:
        order = await ok(counter.move(admin, order, step))
    return order


@pytest.mark.parametrize("status", NEXT)
@pytest.mark.parametrize("to", NEXT)
async def test_every_step(
    counter: Counter, lan: Login, admin: Login, tables: Tables, clock: FixedClock, status: str, to: str
) -> None:
    order = await counter.read(admin, await order_at(counter, lan, admin, status))
    await counter.settled()
    clock.advance(timedelta(seconds=1))
    if to in NEXT[status]:
        moved = await ok(counter.move(admin, order, to, note="gọi khách"))
        assert (moved["status"], moved["version"]) == (to, order["version"] + 1)
        assert datetime.fromisoformat(moved["updatedAt"]) == clock.now()
        entry = {"at": moved["updatedAt"], "actor": "ADMIN", "actorId": admin.id, "note": "gọi khách", **STEP}
        assert moved["timeline"] == [*order["timeline"], {**entry, "from": status, "to": to}]
    else:
        await counter.settled()
        before = tables.everything("backend", "order_service")
        problem = await refused(counter.move(admin, order, to), 409, "invalid_transition")
        assert (problem["currentStatus"], problem["allowed"]) == (status, sorted(NEXT[status]))
        assert tables.everything("backend", "order_service") == before
    await counter.settled()
    came_to = to if to in NEXT[status] else status
    assert tables.stock(counter.cake) == (50 if came_to == "CANCELLED" else 49)


async def test_the_whole_way_is_in_the_timeline(counter: Counter, lan: Login, admin: Login, clock: FixedClock) -> None:
    order = await counter.placed(lan)
    moments = [clock.now()]
    for step in WAY[1:]:
        clock.advance(timedelta(minutes=7))
        moments.append(clock.now())
        await ok(counter.move(admin, order, step, note=step.lower()))

    staff, buyer = await counter.read(admin, order), await counter.read(lan, order)

    seen = [
        (datetime.fromisoformat(e["at"]), e["actor"], e["actorId"], e["from"], e["to"], e["note"])
        for e in staff["timeline"]
    ]
    assert seen == [
        (moments[0], "CUSTOMER", lan.id, None, "PENDING", ""),
        (moments[1], "ADMIN", admin.id, "PENDING", "PROCESSING", "processing"),
        (moments[2], "ADMIN", admin.id, "PROCESSING", "SHIPPED", "shipped"),
        (moments[3], "ADMIN", admin.id, "SHIPPED", "DELIVERED", "delivered"),
    ]
    assert buyer["timeline"] == [{**entry, "actorId": None} for entry in staff["timeline"]]
    assert (staff["version"], staff["canCancel"]) == (4, False)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "status"),
        ({"status": "LOST"}, "status"),
        ({"status": "PROCESSING", "note": "x" * 501}, "note"),
        ({"status": "PROCESSING", "note": "a\u0000"}, "note"),
        ({"status": "PROCESSING", "version": 0}, "version"),
        ({"status": "PROCESSING", "version": "1"}, "version"),
        ({"status": "PROCESSING", "version": 2**31}, "version"),
        ({"status": "PROCESSING", "by": 1}, "by"),
    ],
)
async def test_bad_steps_change_nothing(
    counter: Counter, lan: Login, admin: Login, tables: Tables, body: Any, field: str
) -> None:
    order = await counter.placed(lan)
    await counter.settled()
    before = tables.everything("backend", "order_service")
    path = f"/api/orders/{order['id']}/status"
    problem = await refused(counter.shop.orders.patch(path, json=body, headers=admin.headers), 422, "validation_error")
    assert problem["errors"][0]["field"] == field
    assert tables.everything("backend", "order_service") == before


async def test_an_unknown_order_cannot_be_moved(counter: Counter, admin: Login) -> None:
    nobodys = {"id": "00000000-0000-7000-8000-000000000000"}
    await refused(counter.move(admin, nobodys, "PROCESSING"), 404, "not_found")
    await refused(counter.cancel(admin, nobodys), 404, "not_found")
    await refused(counter.move(admin, {"id": "1"}, "PROCESSING"), 422, "validation_error")


async def test_two_admins_at_once_make_one_step(counter: Counter, lan: Login, admin: Login, tables: Tables) -> None:
    order = await counter.placed(lan)
    answers = await asyncio.gather(
        *(counter.move(admin, order, "PROCESSING", version=order["version"]) for _ in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    problems = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(p["code"], p["currentStatus"], p["version"]) for p in problems} == {("version_conflict", "PROCESSING", 2)}
    assert tables.one("select count(*) from order_service.timeline") == 2


async def test_a_step_from_a_version_that_has_passed_is_refused(
    counter: Counter, lan: Login, admin: Login, tables: Tables
) -> None:
    order = await order_at(counter, lan, admin, "PROCESSING")
    await counter.settled()
    before = tables.everything("order_service")
    await refused(counter.move(admin, order, "SHIPPED", version=1), 409, "version_conflict")
    assert tables.everything("order_service") == before
    assert (await ok(counter.move(admin, order, "SHIPPED", version=2)))["version"] == 3


async def test_a_buyer_cancels_while_pending(counter: Counter, lan: Login, tables: Tables, clock: FixedClock) -> None:
    order = await counter.placed(lan, counter.order(lan, 3))
    await counter.settled()
    clock.advance(timedelta(minutes=1))

    cancelled = await ok(counter.cancel(lan, order, reason="đổi ý"))

    assert (cancelled["status"], cancelled["canCancel"], cancelled["version"]) == ("CANCELLED", False, 2)
    [_, entry] = cancelled["timeline"]
    said = {"actor": "CUSTOMER", "actorId": None, "from": "PENDING", "to": "CANCELLED", "note": "đổi ý", **STEP}
    assert entry == {"at": cancelled["updatedAt"], **said}
    await counter.settled()
    assert tables.stock(counter.cake) == 50
    assert tables.rows("select state from backend.hold") == [("RELEASED",)]


async def test_cancelling_needs_no_body_and_once_more_changes_nothing(
    counter: Counter, lan: Login, tables: Tables
) -> None:
    order = await counter.placed(lan)
    path = f"/api/orders/{order['id']}/cancel"
    first = await ok(counter.shop.orders.post(path, headers=lan.headers))
    await counter.settled()
    before = tables.everything("backend", "order_service")
    assert await ok(counter.cancel(lan, order, reason="again")) == first
    assert tables.everything("backend", "order_service") == before


async def test_cancelling_many_times_at_once_is_cancelling_once(counter: Counter, lan: Login, tables: Tables) -> None:
    order = await counter.placed(lan, counter.order(lan, 3))
    answers = await asyncio.gather(*(counter.cancel(lan, order) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    await counter.settled()
    assert tables.stock(counter.cake) == 50
    assert tables.one("select count(*) from order_service.timeline") == 2


@pytest.mark.parametrize("status", WAY[1:])
async def test_a_buyer_cannot_cancel_what_is_on_its_way(
    counter: Counter, lan: Login, admin: Login, tables: Tables, status: str
) -> None:
    order = await order_at(counter, lan, admin, status)
    await counter.settled()
    before = tables.everything("backend", "order_service")
    problem = await refused(counter.cancel(lan, order), 409, "invalid_transition")
    assert (problem["currentStatus"], problem["allowed"]) == (status, [])  # the steps that staff may take are theirs
    assert tables.everything("backend", "order_service") == before


@pytest.mark.parametrize(("status", "allowed"), [("PENDING", True), ("PROCESSING", True), ("SHIPPED", False)])
async def test_staff_cancel_before_it_is_shipped(
    counter: Counter, lan: Login, admin: Login, tables: Tables, status: str, allowed: bool
) -> None:
    order = await order_at(counter, lan, admin, status)
    if allowed:
        cancelled = await ok(counter.cancel(admin, order, reason="hết dâu"))
        assert (cancelled["timeline"][-1]["actor"], cancelled["timeline"][-1]["actorId"]) == ("ADMIN", admin.id)
    else:
        await refused(counter.cancel(admin, order), 409, "invalid_transition")
    await counter.settled()
    assert tables.stock(counter.cake) == (50 if allowed else 49)


async def test_a_step_and_a_cancellation_at_once_end_in_one_of_them(
    counter: Counter, lan: Login, admin: Login, tables: Tables
) -> None:
    orders = [await counter.placed(lan) for _ in range(10)]
    calls = [
        call for order in orders for call in (counter.cancel(lan, order), counter.move(admin, order, "PROCESSING"))
    ]
    answers = await asyncio.gather(*calls)
    pairs = {tuple(answer.status_code for answer in answers[n : n + 2]) for n in range(0, 20, 2)}
    assert pairs <= {(200, 409), (409, 200)}
    await counter.settled()
    cancelled = tables.one("select count(*) from order_service.orders where status = 'CANCELLED'")
    assert tables.stock(counter.cake) == 40 + cancelled


async def test_anothers_order_is_not_there(
    counter: Counter, lan: Login, minh: Login, guest: Login, tables: Tables
) -> None:
    order = await counter.placed(lan)
    await counter.settled()
    before = tables.everything("backend", "order_service")
    for who in (minh, guest):
        path = f"/api/orders/{order['id']}"
        await refused(counter.shop.orders.get(path, headers=who.headers), 404, "not_found")
        await refused(counter.cancel(who, order), 404, "not_found")
        await refused(counter.move(who, order, "PROCESSING"), 403, "forbidden")
        await refused(counter.shop.orders.get(f"/api/orders/user/{lan.id}", headers=who.headers), 404, "not_found")
        await refused(counter.shop.orders.get("/api/orders", headers=who.headers), 403, "forbidden")
    await refused(counter.shop.orders.get(f"/api/orders/{order['id']}"), 401, "unauthenticated")
    assert tables.everything("backend", "order_service") == before


async def test_a_tracking_link_opens_one_order_without_a_login(counter: Counter, guest: Login) -> None:
    order, other = await counter.placed(guest), await counter.placed(guest)
    token = order["trackingToken"]
    assert await ok(counter.shop.orders.get(f"/api/orders/track/{token}")) == order
    assert other["trackingToken"] != token
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    await refused(counter.shop.orders.get(f"/api/orders/track/{wrong}"), 404, "not_found")
    await refused(counter.shop.orders.get(f"/api/orders/track/{order['id']}"), 404, "not_found")
    for nonsense in ("x", "a" * 65, "%00" * 20, "a b" * 10):
        assert (await counter.shop.orders.get(f"/api/orders/track/{nonsense}")).status_code == 422
