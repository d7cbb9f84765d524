"""What staff do beside an order's way.

    SHIPPED --fail--> SHIPPED, failed --retry--> SHIPPED        --return--> CANCELLED, its stock back or written off
    the last step --correct--> where the order stood before it

A return is the way out of SHIPPED; nothing leads out of CANCELLED, where stock has moved.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from order_service.delivery import queries
from order_service.orders import repository
from order_service.orders.repository import Connection, Move, Viewer
from order_service.orders.service import version_conflict
from shopkit.auth import Person
from shopkit.clock import Clock
from shopkit.contracts.delivery import (
    CORRECTABLE_FOR,
    Correction,
    DeliveryFailure,
    DeliveryRetry,
    OrderReturn,
    StaffStep,
    TimelineKind,
)
from shopkit.contracts.orders import Actor, OrderStatus
from shopkit.db import Database
from shopkit.errors import Conflict, NotFound
from shopkit.outbox_worker import Outbox

BEFORE = {
    OrderStatus.PROCESSING: OrderStatus.PENDING,
    OrderStatus.SHIPPED: OrderStatus.PROCESSING,
    OrderStatus.DELIVERED: OrderStatus.SHIPPED,
}
"""Where an order stood before the step to each status. Out of CANCELLED there is no way back: its stock has moved."""


@dataclass(frozen=True)
class Standing:
    """Where an order stands, and the last entry of its timeline. `failed` is a delivery not tried again since."""

    status: OrderStatus
    version: int
    failed: bool
    kind: TimelineKind
    actor: Actor
    actor_id: int | None
    at: datetime


Decide = Callable[[Standing], OrderStatus]
"""Returns the status that a step leads to, or raises Conflict where it may not be taken."""


class Delivery:
    """The steps of staff beside an order's way.

    Each raises NotFound without such an order, and Conflict: `version_conflict` when it has changed since it was seen,
    `invalid_transition` when the step does not fit. Sent again by the same person, a step is taken once.
    """

    def __init__(self, database: Database, clock: Clock, outbox: Outbox) -> None:
        self._database = database
        self._clock = clock
        self._outbox = outbox

    async def fail(self, admin: Person, order_id: UUID, wanted: DeliveryFailure) -> str:
        """Note that a delivery failed; return the order as JSON."""

        def decide(standing: Standing) -> OrderStatus:
            return _shipped(standing, "Only what is on its way can fail to arrive.", failed=False)

        return await self._step(admin, order_id, wanted, TimelineKind.DELIVERY_FAILED, decide)

    async def retry(self, admin: Person, order_id: UUID, wanted: DeliveryRetry) -> str:
        """Send an order out once more; return it as JSON."""

        def decide(standing: Standing) -> OrderStatus:
            return _shipped(standing, "Only a delivery that failed can be tried again.", failed=True)

        return await self._step(admin, order_id, wanted, TimelineKind.RETRIED, decide)

    async def return_order(self, admin: Person, order_id: UUID, wanted: OrderReturn) -> str:
        """Take an order back for good; return it as JSON. What becomes of its stock follows through the outbox."""

        def decide(standing: Standing) -> OrderStatus:
            _shipped(standing, "Only a delivery that failed can be returned.", failed=True)
            return OrderStatus.CANCELLED

        return await self._step(admin, order_id, wanted, TimelineKind.RETURNED, decide)

    async def correct(self, admin: Person, order_id: UUID, wanted: Correction) -> str:
        """Take the last step back, if staff took it within `CORRECTABLE_FOR`; return the order as JSON.

        One step only: what was corrected, or tried again, is not corrected once more.
        """

        def decide(standing: Standing) -> OrderStatus:
            taken_back = {TimelineKind.MOVED, TimelineKind.DELIVERY_FAILED}
            if standing.status not in BEFORE or standing.kind not in taken_back or standing.actor is not Actor.ADMIN:
                raise _refused("There is no step of staff's to take back.", standing)
            if self._clock.now() - standing.at > CORRECTABLE_FOR:
                raise _refused("The step was taken too long ago.", standing, code="too_late_to_correct")
            return standing.status if standing.failed else BEFORE[standing.status]

        return await self._step(admin, order_id, wanted, TimelineKind.CORRECTED, decide)

    async def _step(self, admin: Person, order_id: UUID, wanted: StaffStep, kind: TimelineKind, decide: Decide) -> str:
        viewer = Viewer(admin.id, staff=True)
        async with self._database.pool.connection() as connection:
            standing = await _standing(connection, order_id)
            taken = (standing.version, standing.kind, standing.actor_id) == (wanted.version + 1, kind, admin.id)
            if not taken:
                if standing.version != wanted.version:
                    raise version_conflict(standing.status, standing.version)
                move = Move(
                    order_id,
                    decide(standing),
                    [standing.status],
                    Actor.ADMIN,
                    viewer,
                    self._clock.now(),
                    wanted.note,
                    wanted.version,
                    kind,
                    wanted.reason if isinstance(wanted, DeliveryFailure) else None,
                    wanted.stock if isinstance(wanted, OrderReturn) else None,
                )
                if not await repository.move(connection, move):
                    standing = await _standing(connection, order_id)
                    raise version_conflict(standing.status, standing.version)
            order = await repository.read(connection, order_id, viewer)
        self._outbox.wake()
        assert order is not None  # orders are never deleted
        return order


async def _standing(connection: Connection, order_id: UUID) -> Standing:
    row = await (await connection.execute(queries.STANDING, {"id": order_id})).fetchone()
    if row is None:
        raise NotFound("There is no such order.")
    status, version, failed, kind, actor, actor_id, at = row
    return Standing(OrderStatus(status), version, failed, TimelineKind(kind), Actor(actor), actor_id, at)


def _shipped(standing: Standing, otherwise: str, *, failed: bool) -> OrderStatus:
    if standing.status is not OrderStatus.SHIPPED or standing.failed is not failed:
        raise _refused(otherwise, standing)
    return OrderStatus.SHIPPED


def _refused(detail: str, standing: Standing, code: str = "invalid_transition") -> Conflict:
    return Conflict(detail, code=code, currentStatus=standing.status)
