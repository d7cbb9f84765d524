"""A guest's cart follows them into their account: at once if the backend answers, else through the outbox."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shopkit import log
from shopkit.client import ServiceClient, ServiceProblem, ServiceUnavailable
from shopkit.contracts.cart import CartMerge
from shopkit.db import Database
from shopkit.outbox import Job

TOPIC = "cart.merge"
MARGIN_S = 2.0

# The row becomes due only after the login's own try is over, so that the worker does not do it at the same time.
ADD = text("""
insert into outbox (key, topic, payload, next_attempt_at)
values (:key, :topic, jsonb_build_object('fromUserId', cast(:guest as bigint), 'toUserId', cast(:account as bigint)),
        now() + make_interval(secs => :lease))
returning id
""")


@dataclass(frozen=True)
class PendingMerge:
    """A merge that is written down in the outbox as row `id`."""

    id: int
    carts: CartMerge


class CartMerger:
    """Merges carts through the backend, which makes a repeated merge harmless."""

    def __init__(self, database: Database, backend: ServiceClient, timeout_s: float) -> None:
        self._database = database
        self._backend = backend
        self._timeout_s = timeout_s

    async def write_down(self, db: AsyncSession, guest_id: int, account_id: int) -> PendingMerge:
        """Write the merge into the outbox, in the transaction of the login."""
        values = {"key": f"guest:{guest_id}", "topic": TOPIC, "guest": guest_id, "account": account_id}
        bound = ADD.bindparams(**values, lease=self._timeout_s + MARGIN_S)
        job_id = (await db.exec(bound)).scalar_one()  # type: ignore[call-overload]
        return PendingMerge(job_id, CartMerge(from_user_id=guest_id, to_user_id=account_id))

    async def try_now(self, pending: PendingMerge) -> None:
        """Merge at once, after the commit; where that fails in time the outbox's worker does it soon."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._merge(pending.carts)
        except (ServiceProblem, ServiceUnavailable, TimeoutError) as error:
            log.get().warning("cart_merge_left_to_outbox", job=pending.id, error=str(error))
            return
        async with self._database.pool.connection() as connection:
            await connection.execute("delete from outbox where id = %s", (pending.id,))

    async def handle(self, job: Job) -> None:
        """Merge for the outbox's worker."""
        await self._merge(CartMerge.model_validate(job.payload))

    async def _merge(self, carts: CartMerge) -> None:
        await self._backend.call("POST", "/internal/carts/merge", json=carts, idempotent=True)
