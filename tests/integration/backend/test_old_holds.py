"""Old holds: listed for the order service, and removed when it says so."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from uuid_utils.compat import uuid7

from tests.support.apps import RunningShop
from tests.support.calls import ok, refused
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

LATER = timedelta(minutes=1)


class Holds:
    """The routes, called as the order service."""

    def __init__(self, shop: RunningShop, headers: dict[str, str], cake: int) -> None:
        self._shop, self._headers, self._cake = shop, headers, cake

    async def hold(self, *moves: str) -> UUID:
        order_id: UUID = uuid7()
        item = {"productId": self._cake, "size": "M", "quantity": 1, "price": 100}
        body = {"orderId": str(order_id), "totalAmount": 100, "items": [item]}
        await ok(self._shop.backend.post("/internal/holds", json=body, headers=self._headers))
        for move in moves:
            await ok(self._shop.backend.post(f"/internal/holds/{order_id}/{move}", headers=self._headers))
        return order_id

    async def old(self, before: datetime, **page: Any) -> list[UUID]:
        params = {"before": before.isoformat(), **page}
        answer = await ok(self._shop.backend.get("/internal/holds/old", params=params, headers=self._headers))
        return [UUID(order_id) for order_id in answer["orderIds"]]

    async def forget(self, *order_ids: UUID) -> int:
        answer = await ok(self.ask_to_forget(*order_ids))
        return int(answer["count"])

    async def ask_to_forget(self, *order_ids: UUID) -> httpx.Response:
        body = {"orderIds": [str(order_id) for order_id in order_ids]}
        return await self._shop.backend.post("/internal/holds/forget", json=body, headers=self._headers)


@pytest.fixture
def holds(shop: RunningShop, order_service: dict[str, str], tables: Tables) -> Holds:
    return Holds(shop, order_service, tables.product("cake", sizes={"M": (100, 50)}))


async def test_old_holds_are_listed_by_id_a_page_at_a_time_but_none_that_waits(holds: Holds) -> None:
    ended = [await holds.hold("confirm"), await holds.hold("confirm", "write-off"), await holds.hold("release")]
    await holds.hold()
    now = datetime.now(UTC)
    assert await holds.old(now + LATER) == ended
    assert await holds.old(now + LATER, limit=2) == ended[:2]
    assert await holds.old(now + LATER, limit=2, after=str(ended[1])) == ended[2:]
    assert await holds.old(now - LATER) == []
    assert await holds.old(datetime(1969, 12, 31, tzinfo=UTC)) == []
    assert await holds.old(datetime(9999, 12, 31, tzinfo=UTC)) == ended


async def test_what_was_kept_for_an_order_goes_and_nothing_else(
    holds: Holds, tables: Tables, shop: RunningShop, order_service: dict[str, str]
) -> None:
    gone, stays, waits = await holds.hold("confirm"), await holds.hold("confirm"), await holds.hold()
    for order_id in (gone, stays):
        item = {"productId": 1, "size": "M", "quantity": 1}
        bought = {"orderId": str(order_id), "userId": 1, "items": [item]}
        await ok(shop.backend.post("/internal/carts/bought", json=bought, headers=order_service), 204)
    before = tables.everything("backend")

    assert await holds.forget(gone, waits, uuid4()) == 1

    after = tables.everything("backend")
    changed = ("backend.hold", "backend.hold_line", "backend.cart_removal")
    for table in changed:
        assert after[table] == [row for row in before[table] if str(gone) not in row]
        assert len(after[table]) == len(before[table]) - 1
    assert {name: rows for name, rows in after.items() if name not in changed} == {
        name: rows for name, rows in before.items() if name not in changed
    }
    assert await holds.forget(gone, waits) == 0
    assert tables.everything("backend") == after


async def test_a_hold_that_somebody_works_on_stays_for_the_next_time(
    holds: Holds, tables: Tables, databases: Databases
) -> None:
    busy, free = await holds.hold("confirm"), await holds.hold("confirm")
    with psycopg.connect(databases.superuser) as other:
        other.execute("select from backend.hold where order_id = %s for update", (busy,))
        assert await holds.forget(busy, free) == 1
        assert tables.rows("select order_id from backend.hold") == [(busy,)]
        assert tables.rows("select order_id from backend.hold_line") == [(busy,)]
    assert await holds.forget(busy, free) == 1


async def test_bad_questions_are_refused(
    holds: Holds, shop: RunningShop, order_service: dict[str, str], tables: Tables
) -> None:
    await holds.hold("confirm")
    before = tables.everything("backend")
    day = "2026-01-01T00:00:00"
    for params in ({}, {"before": "yesterday"}, {"before": day}, {"before": f"{day}Z", "limit": 0}):
        call = shop.backend.get("/internal/holds/old", params=params, headers=order_service)
        await refused(call, 422, "validation_error")
    await refused(holds.ask_to_forget(), 422, "validation_error")
    await refused(holds.ask_to_forget(*(uuid4() for _ in range(1_001))), 422, "validation_error")
    assert tables.everything("backend") == before
