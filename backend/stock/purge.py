"""Old holds: which there are, and their removal once the order service has no more use for them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shopkit.db import Database

# Order ids are UUIDv7, so the bound ends the walk along the primary key where recent holds begin.
OLD = """
select order_id from hold
where order_id > %(after)s and order_id < %(bound)s and created_at < %(before)s and state <> 'HELD'
order by order_id limit %(limit)s
"""

FORGET = """
with gone as (
    select order_id from hold where order_id = any(%s) and state <> 'HELD' order by order_id for update skip locked
), lines as (
    delete from hold_line l using gone where l.order_id = gone.order_id
), removals as (
    delete from cart_removal r using gone where r.order_id = gone.order_id
)
delete from hold h using gone where h.order_id = gone.order_id
"""

FIRST = UUID(int=0)


async def old(database: Database, before: datetime, after: UUID | None, limit: int) -> list[UUID]:
    """Return the next orders by id, after `after`, whose holds were made before then and wait for nothing."""
    bound = UUID(int=max(0, int(before.timestamp() * 1_000)) << 80)  # ids begin with 1970
    values = {"before": before, "bound": bound, "after": after or FIRST, "limit": limit}
    async with database.pool.connection() as connection:
        return [order_id for (order_id,) in await (await connection.execute(OLD, values)).fetchall()]


async def forget(database: Database, order_ids: Sequence[UUID]) -> int:
    """Remove what was kept for orders: the holds with their lines, and the notes that their carts were seen to.

    A hold that still waits, or that somebody works on just now, stays. Return how many went.
    """
    async with database.pool.connection() as connection:
        return (await connection.execute(FORGET, (list(order_ids),))).rowcount
