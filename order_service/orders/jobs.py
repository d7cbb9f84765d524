"""What follows an order's commit, run from the outbox: at least once, in order per order, every step idempotent."""

from uuid import UUID

from analytics.events import OrderCompleted, OrderedProduct, event
from analytics.orders import moved
from analytics.recorder import Recorder
from order_service.orders import queries, repository
from order_service.orders.repository import Move, Viewer
from shopkit import log
from shopkit.client import ServiceClient, ServiceProblem
from shopkit.clock import Clock
from shopkit.contracts.cart import BoughtItem, CartRemoval
from shopkit.contracts.holds import Hold
from shopkit.contracts.orders import Actor, OrderStatus
from shopkit.db import Database
from shopkit.outbox import Handler, Job

SOLD_OUT_NOTE = "Sold out before the order could be confirmed."


class EventNotWritten(Exception):
    """An order's event could not be written: the disk is full."""


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
            "order_cancelled": self.cancelled,
            "order_written_off": self.written_off,
            "order_moved": self.moved,
        }

    async def placed(self, job: Job) -> None:
        """Make the hold final, empty the cart of what was bought, and record the event.

        When the hold's time ran out first and its stock has gone to others, there is no cake for this order: it is
        cancelled, and its timeline says why. An order cancelled by its buyer meanwhile keeps nothing (its hold is, or
        will be, released), but it was placed, and is counted so.
        """
        order_id = UUID(job.key)
        try:
            await self._backend.call("POST", f"/internal/holds/{order_id}/confirm", Hold, idempotent=True)
        except ServiceProblem as problem:
            if problem.code != "insufficient_stock":
                raise
            await self._cancel_for_want_of_stock(order_id)
            return
        async with self._database.pool.connection() as connection:
            row = await (await connection.execute(queries.FOR_JOB, (order_id,))).fetchone()
        assert row is not None  # the job was written with the order
        created_at, user_id, total, lines = row
        products = [OrderedProduct.model_validate(line) for line in lines]
        bought = [
            BoughtItem.model_construct(product_id=p.product_id, size=p.size, quantity=p.quantity) for p in products
        ]
        removal = CartRemoval.model_construct(order_id=order_id, user_id=user_id, items=bought)
        await self._backend.call("POST", "/internal/carts/bought", json=removal, idempotent=True)
        completed = event(
            OrderCompleted(order_id=order_id, products=products, total_amount=total, user_id=user_id),
            service="order_service",
            user_id=user_id,
            session_id=job.payload["sessionId"],
            event_id=UUID(job.payload["eventId"]),
            occurred_at=created_at,
        )
        if not await self._recorder.deliver(completed):
            raise EventNotWritten  # the job is tried again, until there is room for its event

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
