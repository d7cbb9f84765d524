"""What follows an order's commit, run from the outbox: at least once, in order per order, every step idempotent."""

from uuid import UUID

from analytics.events import OrderCompleted, OrderedProduct, event
from analytics.orders import moved
from analytics.recorder import Recorder
from order_service.orders import queries, repository
from order_service.orders.repository import Move, Viewer
from shopkit import log
from shopkit.client import ServiceClient
from shopkit.clock import Clock
from shopkit.contracts.cart import BoughtItem, CartRemoval, CartRemovals
from shopkit.contracts.holds import Hold, HoldsConfirmation, HoldsConfirmed
from shopkit.contracts.orders import Actor, OrderStatus
from shopkit.db import Database
from shopkit.outbox import Failures, Handler, Job, each

SOLD_OUT_NOTE = "Sold out before the order could be confirmed."


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
            "order_placed": self.placed,
            "order_cancelled": each(self.cancelled),
            "order_written_off": each(self.written_off),
            "order_moved": each(self.moved),
        }

    async def placed(self, jobs: list[Job]) -> Failures:
        """Make the orders' holds final, empty the carts of what was bought, and record the events.

        When a hold's time ran out first and its stock has gone to others, there is no cake for this order: it is
        cancelled, and its timeline says why. An order cancelled by its buyer meanwhile keeps nothing (its hold is, or
        will be, released), but it was placed, and is counted so.
        """
        by_order = {UUID(job.key): job for job in jobs}
        asked = HoldsConfirmation.model_construct(order_ids=[*by_order])
        answer = await self._backend.call(
            "POST", "/internal/holds/confirm", HoldsConfirmed, json=asked, idempotent=True
        )
        failures: dict[int, Exception] = {}
        confirmed: list[UUID] = []
        for result in answer.results:
            if result.code is None:
                confirmed.append(result.order_id)
            elif result.code == "insufficient_stock":
                await self._cancel_for_want_of_stock(result.order_id)
            else:
                failures[by_order[result.order_id].id] = NotConfirmed(result.code)
        if confirmed:
            failures |= await self._follow_up(confirmed, by_order)
        return failures

    async def _follow_up(self, confirmed: list[UUID], by_order: dict[UUID, Job]) -> dict[int, Exception]:
        async with self._database.pool.connection() as connection:
            rows = await (await connection.execute(queries.FOR_JOBS, (confirmed,))).fetchall()
        removals, completed = [], []
        for order_id, created_at, user_id, total, lines in rows:
            products = [OrderedProduct.model_validate(line) for line in lines]
            bought = [
                BoughtItem.model_construct(product_id=p.product_id, size=p.size, quantity=p.quantity) for p in products
            ]
            removals.append(CartRemoval.model_construct(order_id=order_id, user_id=user_id, items=bought))
            job = by_order[order_id]
            told = event(
                OrderCompleted(order_id=order_id, products=products, total_amount=total, user_id=user_id),
                service="order_service",
                user_id=user_id,
                session_id=job.payload["sessionId"],
                event_id=UUID(job.payload["eventId"]),
                occurred_at=created_at,
            )
            completed.append((job, told))
        wanted = CartRemovals.model_construct(removals=removals)
        await self._backend.call("POST", "/internal/carts/bought-by-many", json=wanted, idempotent=True)
        # An event that cannot be written is tried again, until there is room for it.
        return {job.id: EventNotWritten() for job, told in completed if not await self._recorder.deliver(told)}

    async def cancelled(self, job: Job) -> None:
        """Give the order's stock back."""
        await self._backend.call("POST", f"/internal/holds/{job.key}/release", Hold, idempotent=True)

    async def written_off(self, job: Job) -> None:
        """Leave the stock of an order that came back as it is: its cakes are lost."""
        await self._backend.call("POST", f"/internal/holds/{job.key}/write-off", Hold, idempotent=True)

    async def moved(self, job: Job) -> None:
        """Record an order's move, and its cancellation if it was one."""
        for change in moved(UUID(job.key), job.payload):
            if not await self._recorder.deliver(change):
                raise EventNotWritten

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
