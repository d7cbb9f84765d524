"""Removes what nobody will ask for again: noted requests for orders, old windows of attempts, holds of finished orders.

The holds are the backend's, but only the order service knows when no step of an order can need its hold any more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from order_service.locks import HOUSEKEEPING
from order_service.settings import OrderSettings
from shopkit import limits, tasks
from shopkit.client import ServiceClient
from shopkit.clock import Clock
from shopkit.contracts.holds import HoldsForgotten, HoldsToForget, OldHolds
from shopkit.db import Database
from shopkit.housekeeping import BETWEEN_STEPS_S, Chore, deleting, in_steps

HOLDS_AT_ONCE = 500

OLD_REQUESTS = """
delete from order_request r using (
    select user_id, key from order_request
    where created_at < now() - make_interval(days => %(days)s) limit %(batch)s for update skip locked
) old where r.user_id = old.user_id and r.key = old.key
"""

# A hold is needed while its order can still be cancelled, returned or corrected, and while a message about it may still
# be sent again. An order that was never placed has nothing but the message that gives its stock back.
NOT_NEEDED = """
select array_agg(h.id order by h.id) from unnest(%(ids)s::uuid[]) as h(id) left join orders o on o.id = h.id
where (o.id is null or (o.status in ('DELIVERED', 'CANCELLED') and o.updated_at < %(before)s))
    and not exists (select from outbox m where m.key = h.id::text)
"""


def chores(database: Database, settings: OrderSettings, clock: Clock, backend: ServiceClient) -> Mapping[str, Chore]:
    """Return the order service's chores by name."""
    keep_holds = timedelta(days=settings.keep_hold_days)
    return {
        "order_requests": lambda: in_steps(
            database, HOUSEKEEPING, deleting(OLD_REQUESTS, days=settings.keep_request_days)
        ),
        "attempts": lambda: in_steps(database, HOUSEKEEPING, limits.forget_old),
        "holds": lambda: forget_holds(database, backend, clock.now() - keep_holds),
    }


async def forget_holds(database: Database, backend: ServiceClient, before: datetime) -> int:
    """Have the backend remove the holds of orders that were over before then, in small steps; return how many went."""
    forgotten = 0
    after: UUID | None = None
    while True:
        page = {"before": before.isoformat(), "after": after, "limit": HOLDS_AT_ONCE}
        old = await backend.call("GET", "/internal/holds/old", OldHolds, params=page)
        if old.order_ids:
            async with database.pool.connection() as connection:
                found = await connection.execute(NOT_NEEDED, {"ids": old.order_ids, "before": before})
                row = await found.fetchone()
            if row and row[0]:
                wanted = HoldsToForget(order_ids=row[0])
                answer = await backend.call(
                    "POST", "/internal/holds/forget", HoldsForgotten, json=wanted, idempotent=True
                )
                forgotten += answer.count
        tasks.beat()
        if len(old.order_ids) < HOLDS_AT_ONCE:
            return forgotten
        after = old.order_ids[-1]
        await tasks.pause(BETWEEN_STEPS_S)
