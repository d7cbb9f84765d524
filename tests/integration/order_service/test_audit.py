"""The audit log of orders: what staff did, in the transaction that did it; what buyers and the shop do is not in it."""

import asyncio
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.integration.order_service.conftest import Counter
from tests.support.apps import Login
from tests.support.calls import ok, refused
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio


async def entries(counter: Counter, admin: Login, **query: str) -> list[Any]:
    """Return the audit log as it is read, without what differs from run to run."""
    page = await ok(counter.shop.orders.get("/api/admin/audit", params=query, headers=admin.headers))
    for entry in page["items"]:
        assert UUID(entry.pop("id")).version == 7
        assert entry.pop("at")
        assert entry.pop("requestId")
    return list(page["items"])


def entry(admin: Login, order: Any, action: str, before: Any, after: Any) -> dict[str, Any]:
    subject = {"service": "order_service", "actorId": admin.id, "subject": "order", "subjectId": order["id"]}
    return {**subject, "action": action, "label": order["number"], "before": before, "after": after}


async def test_moves_cancellations_and_notes_are_written_down(counter: Counter, lan: Login, admin: Login) -> None:
    order, other, third = [await counter.placed(lan) for _ in range(3)]
    await ok(counter.move(admin, order, "PROCESSING", note="Trong lò"))
    await ok(counter.move(admin, order, "SHIPPED"))
    await ok(counter.cancel(admin, other, reason="hết dâu"))
    await ok(counter.move(admin, third, "CANCELLED"))
    path = f"/api/orders/{order['id']}/notes"
    await ok(counter.shop.orders.post(path, json={"text": "Gọi trước"}, headers=admin.headers), 201)

    expected = [
        entry(admin, order, "order.noted", None, {"note": "Gọi trước"}),
        entry(admin, third, "order.cancelled", {"status": "PENDING"}, {"status": "CANCELLED"}),
        entry(admin, other, "order.cancelled", {"status": "PENDING"}, {"status": "CANCELLED", "note": "hết dâu"}),
        entry(admin, order, "order.moved", {"status": "PROCESSING"}, {"status": "SHIPPED"}),
        entry(admin, order, "order.moved", {"status": "PENDING"}, {"status": "PROCESSING", "note": "Trong lò"}),
    ]
    assert await entries(counter, admin) == expected
    assert await entries(counter, admin, subjectId=order["id"]) == [expected[0], *expected[3:]]
    assert await entries(counter, admin, q=other["number"]) == [expected[2]]
    assert await entries(counter, admin, action="order.moved") == expected[3:]


async def test_what_buyers_do_is_not_in_it(counter: Counter, lan: Login, admin: Login) -> None:
    order = await counter.placed(lan)
    await ok(counter.cancel(lan, order, reason="đổi ý"))
    await counter.settled()
    assert await entries(counter, admin) == []


async def test_what_was_refused_or_changed_nothing_is_not_in_it(counter: Counter, lan: Login, admin: Login) -> None:
    order = await counter.placed(lan)
    await refused(counter.move(admin, order, "DELIVERED"), 409, "invalid_transition")
    await refused(counter.move(admin, order, "PROCESSING", version=9), 409, "version_conflict")
    assert await entries(counter, admin) == []
    await ok(counter.cancel(admin, order))
    await ok(counter.cancel(admin, order))
    assert len(await entries(counter, admin)) == 1


async def test_of_many_at_once_one_is_written_down(counter: Counter, lan: Login, admin: Login) -> None:
    order = await counter.placed(lan)
    await asyncio.gather(*(counter.move(admin, order, "PROCESSING", version=1) for _ in range(8)))
    assert len(await entries(counter, admin)) == 1


async def test_an_entry_stands_or_falls_with_what_was_done(
    counter: Counter, lan: Login, admin: Login, tables: Tables
) -> None:
    order = await counter.placed(lan)
    await counter.settled()
    before = tables.everything("order_service")
    tables.run("alter table order_service.audit_entry add constraint never check (label = '')")
    try:
        await refused(counter.move(admin, order, "PROCESSING"), 500, "internal_error")
        path = f"/api/orders/{order['id']}/notes"
        await refused(counter.shop.orders.post(path, json={"text": "x"}, headers=admin.headers), 500, "internal_error")
    finally:
        tables.run("alter table order_service.audit_entry drop constraint never")
    assert tables.everything("order_service") == before


async def test_only_staff_read_it_and_nobody_changes_it(
    counter: Counter, lan: Login, guest: Login, admin: Login, tables: Tables
) -> None:
    order = await counter.placed(lan)
    await ok(counter.move(admin, order, "PROCESSING"))
    for who in (lan, guest):
        await refused(counter.shop.orders.get("/api/admin/audit", headers=who.headers), 403, "forbidden")
    await counter.settled()
    before = tables.everything("order_service")
    for statement in ("update {} set label = ''", "delete from {}", "truncate {}"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tables.run(statement.format("order_service.audit_entry"))
    assert tables.everything("order_service") == before
