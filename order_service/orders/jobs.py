"""What follows an order's commit, run from the outbox: at least once, in order per order, every step idempotent."""

from collections.abc import Mapping
from uuid import UUID

from analytics.events import OrderCompleted, OrderedProduct, event
from analytics.orders import moved
from analytics.recorder import Recorder
from order_service.orders import queries, repository
from order_service.orders.repository import Move, Viewer
from shopkit import log, tasks
from shopkit.client import ServiceClient
from shopkit.clock import Clock
from shopkit.contracts.cart import BoughtItem, CartPurchase, CartPurchases
from shopkit.contracts.holds import LATER, Hold, HoldConfirmation, HoldsConfirmation, HoldsConfirmed
from shopkit.contracts.orders import Actor, OrderStatus
from shopkit.db import Database
from shopkit.outbox import Handler, Job, NotBegun, Outcomes, each

SOLD_OUT_NOTE = "Sold out before the order could be confirmed."
AHEAD_AT_ONCE = 500
AHEAD_EVERY_S = 5.0


class EventNotWritten(Exception):
    """An order's event could not be written: the disk is full."""


class NotConfirmed(Exception):
    """The backend could not confirm an order's hold; its argument is the problem's code."""


class OrderJobs:
    """The handlers of the order service's outbox."""

    def __init__(self, database: Database, clock: Clock, backend: ServiceClient, recorder: Recorder) -> None:
        self._database = database
        self._clock = clock
        self._backend = backend
        self._recorder = recorder

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers by topic."""
        return {
            "order_placed": Handler(self.placed),
            "order_cancelled": each(self.cancelled),
            "order_written_off": each(self.written_off),
            "order_moved": Handler(self.moved),
        }

    async def placed(self, jobs: list[Job]) -> Outcomes:
        """Make the orders' holds final, take out of carts what was bought from them, and record the events.

        When a hold's time ran out first and its stock has gone to others, there is no cake for this order: it is
        cancelled, and its timeline says why. An order cancelled by its buyer meanwhile keeps nothing (its hold is, or
        will be, released), but it was placed, and is counted so.
        """
        by_order = {UUID(job.key): job for job in jobs}
        outcomes: dict[int, Exception | None] = {}
        confirmed: list[UUID] = []
        for result in await self._confirm([*by_order]):
            job = by_order[result.order_id]
            if result.code is None:
                confirmed.append(result.order_id)
            elif result.code == "insufficient_stock":
                await self._cancel_for_want_of_stock(result.order_id)
                outcomes[job.id] = None
            else:
                outcomes[job.id] = NotBegun() if result.code == LATER else NotConfirmed(result.code)
        if confirmed:
            outcomes |= await self._follow_up(confirmed, by_order)
        return outcomes

    async def confirm_ahead(self) -> None:
        """Make holds final whose orders have waited long in the outbox, so that they do not run out meanwhile.

        That is one call for hundreds of orders, and all that cannot wait. The rest of their work waits for its turn.
        """
        while True:
            async with self._database.pool.connection() as connection:
                rows = await (await connection.execute(queries.WAITING_LONG, (AHEAD_AT_ONCE,))).fetchall()
            by_order = {UUID(key): job_id for job_id, key in rows}
            if not by_order:
                return
            final = [by_order[result.order_id] for result in await self._confirm([*by_order]) if result.code is None]
            async with self._database.pool.connection() as connection:
                await connection.execute(queries.NEED_NOT_HURRY, (final,))
            tasks.beat()
            if len(final) < AHEAD_AT_ONCE:
                return

    async def confirm_ahead_for_ever(self) -> None:
        """Do so every few seconds, until cancelled."""
        while True:
            try:
                await self.confirm_ahead()
            except Exception:
                log.get().exception("confirm_ahead_failed")
                await tasks.back_off(AHEAD_EVERY_S)
            else:
                await tasks.pause(AHEAD_EVERY_S)

    async def _confirm(self, order_ids: list[UUID]) -> list[HoldConfirmation]:
        asked = HoldsConfirmation.model_construct(order_ids=order_ids)
        answer = await self._backend.call(
            "POST", "/internal/holds/confirm", HoldsConfirmed, json=asked, idempotent=True
        )
        return answer.results

    async def _follow_up(self, confirmed: list[UUID], by_order: Mapping[UUID, Job]) -> Outcomes:
        async with self._database.pool.connection() as connection:
            rows = await (await connection.execute(queries.FOR_JOBS, (confirmed,))).fetchall()
        purchases, followed, completed = [], [], []
        for order_id, created_at, user_id, total, lines in rows:
            job = by_order[order_id]
            followed.append(job.id)
            products = [OrderedProduct.model_validate(line) for line in lines]
            if cart_state := job.payload.get("cartState"):
                items = [
                    BoughtItem.model_construct(product_id=p.product_id, size=p.size, quantity=p.quantity)
                    for p in products
                ]
                purchases.append(
                    CartPurchase.model_construct(order_id=order_id, user_id=user_id, cart_state=cart_state, items=items)
                )
            completed.append(
                event(
                    OrderCompleted(order_id=order_id, products=products, total_amount=total, user_id=user_id),
                    service="order_service",
                    user_id=user_id,
                    session_id=job.payload["sessionId"],
                    event_id=UUID(job.payload["eventId"]),
                    occurred_at=created_at,
                )
            )
        if purchases:
            bought = CartPurchases.model_construct(purchases=purchases)
            await self._backend.call("POST", "/internal/carts/bought-by-many", json=bought, idempotent=True)
        told = await self._recorder.deliver(completed)
        return {job_id: _written(is_told) for job_id, is_told in zip(followed, told, strict=True)}

    async def cancelled(self, job: Job) -> None:
        """Give the order's stock back."""
        await self._backend.call("POST", f"/internal/holds/{job.key}/release", Hold, idempotent=True)

    async def written_off(self, job: Job) -> None:
        """Leave the stock of an order that came back as it is: its cakes are lost."""
        await self._backend.call("POST", f"/internal/holds/{job.key}/write-off", Hold, idempotent=True)

    async def moved(self, jobs: list[Job]) -> Outcomes:
        """Record orders' moves, and their cancellations where they were some."""
        changes = [(job.id, change) for job in jobs for change in moved(UUID(job.key), job.payload)]
        told = await self._recorder.deliver([change for _, change in changes])
        outcomes: dict[int, Exception | None] = {job.id: None for job in jobs}
        for (job_id, _), is_told in zip(changes, told, strict=True):
            outcomes[job_id] = outcomes[job_id] or _written(is_told)
        return outcomes

    async def _cancel_for_want_of_stock(self, order_id: UUID) -> None:
        move = Move(
            order_id,
            OrderStatus.CANCELLED,
            [OrderStatus.PENDING, OrderStatus.PROCESSING],
            Actor.SYSTEM,
            Viewer(None, staff=True),
            self._clock.now(),
            SOLD_OUT_NOTE,
        )
        async with self._database.pool.connection() as connection:
            moved = await repository.move(connection, move)
        log.get().warning("order_cancelled_sold_out", order_id=str(order_id), moved=moved)


def _written(is_told: bool) -> Exception | None:
    """Return the outcome of a job's event: the job is tried again, until there is room for it."""
    return None if is_told else EventNotWritten()
