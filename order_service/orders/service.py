"""The life of an order: placing, moving, cancelling.

PENDING -> PROCESSING -> SHIPPED -> DELIVERED, one step at a time;
CANCELLED from PENDING by its buyer, from PENDING or PROCESSING by staff.
What becomes of an order that does not arrive is decided in `order_service.delivery`.
"""

import secrets
from uuid import UUID

from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

from analytics.events import ProductUnavailable
from analytics.recorder import Recorder
from order_service import locks
from order_service.orders import queries, repository, requests
from order_service.orders.checks import check_area, checked, merged
from order_service.orders.limits import OrderLimits, too_many_open
from order_service.orders.repository import Move, Viewer
from order_service.orders.terms import expected
from order_service.settings import OrderSettings
from shopkit.auth import Person
from shopkit.client import ServiceClient, ServiceProblem
from shopkit.clock import Clock
from shopkit.contracts.holds import HeldLine, Hold, HoldRequest
from shopkit.contracts.orders import (
    NEXT_STATUS,
    Actor,
    Fulfilment,
    OrderInput,
    OrderStatus,
    Payment,
    StatusChange,
)
from shopkit.db import Database
from shopkit.errors import BUSY, Conflict, Invalid, NotFound, RateLimited, Unavailable
from shopkit.limits import Limiter
from shopkit.outbox_worker import Outbox

BUSY_AT = 2 / 3
"""No orders are taken while those before have waited for so much of their holds' time."""
BUSY_RETRY_S = 30


class Orders:
    """The orders of the shop."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        backend: ServiceClient,
        outbox: Outbox,
        settings: OrderSettings,
        recorder: Recorder,
    ) -> None:
        self._database = database
        self._clock = clock
        self._backend = backend
        self._outbox = outbox
        self._settings = settings
        self._recorder = recorder
        self._limits = OrderLimits.of(settings)
        self._limiter = Limiter(database)

    async def place(self, person: Person, address: str, wanted: OrderInput, key: str | None) -> str:
        """Place an order and return it as JSON; under a key used for the same body, return that order, as it is now.

        `address` is the network address that asks.

        The order's id is noted under the key first, stock is held under that id next, and the order is written last:
        whoever dies in between, a repetition finds the same id, the same hold and at most one order.

        Raises:
            Forbidden: the order is for somebody else.
            Invalid: what is wanted contradicts itself; `outside_delivery_area` for an address where the shop does not
                deliver; `idempotency_key_reused` under a key with another body; `too_many_pieces`,
                `too_many_pieces_of_one` or `too_many_open_pieces`, with the `most` there may be.
            RateLimited: too many orders, or pieces, came from this person or address of late.
            Conflict: `insufficient_stock` or `price_changed`, with the lines concerned; nothing was taken.
            Unavailable: `busy`, earlier orders still wait for their confirmation; nothing was taken.
            ServiceUnavailable: the backend does not answer; under the same key it is safe to try again.
        """
        payment = checked(person, wanted)
        check_area(self._settings, wanted)
        attempts = self._limits.attempts(person, address, self._limits.check_size(wanted.items))
        order_id: UUID = uuid7()
        try:
            admitted = await requests.admit(self._database, attempts, person.id, wanted, key, order_id)
        except RateLimited:
            if placed := await requests.placed_before(self._database, person.id, wanted, key):
                return placed
            raise
        placed = None
        try:
            open_pieces = admitted.open_pieces
            if key is not None and not admitted.is_new:
                order_id, placed = await requests.note(self._database, person.id, wanted, key, order_id)
                open_pieces = await self._open_pieces(person, order_id)
            if placed is None:
                self._check_keeping_up()
                self._check_open_pieces(person, wanted, open_pieces)
                hold = await self._hold(order_id, wanted)
                return await self._write(person, self._row(person, wanted, hold, payment), key)
        except (Invalid, Conflict, Unavailable, ServiceProblem) as refusal:
            if isinstance(refusal, Conflict) and refusal.code == "insufficient_stock":
                for line in refusal.extra.get("lines", []):
                    self._recorder.record(ProductUnavailable.model_validate(line), person)
            await self._limiter.take_back_all(attempts)  # nothing was ordered
            raise
        await self._limiter.take_back_all(attempts)  # it was counted the first time
        return placed

    def _check_keeping_up(self) -> None:
        """Refuse an order whose hold could run out before it is confirmed, before any stock is taken."""
        if self._outbox.backlog.time_used() >= BUSY_AT:
            raise Unavailable(
                "The shop is very busy. Please try again in a minute; nothing was ordered.",
                code=BUSY,
                retry_after=BUSY_RETRY_S,
            )

    async def _open_pieces(self, person: Person, order_id: UUID) -> int:
        """Return how many pieces a person has ordered and not received, those of this order left out."""
        about = {"user_id": person.id, "id": order_id}
        async with self._database.pool.connection() as connection:
            row = await (await connection.execute(queries.OPEN_PIECES, about)).fetchone()
        assert row is not None  # an aggregate
        return int(row[0])

    def _check_open_pieces(self, person: Person, wanted: OrderInput, open_pieces: int) -> None:
        """Refuse an order that would be too much, before any stock is taken. What counts is the check in `_write`."""
        most = self._limits.open_pieces_of(person)
        if most is not None and open_pieces + sum(item.quantity for item in wanted.items) > most:
            raise too_many_open(most)

    async def _write(self, person: Person, row: dict[str, object], key: str | None) -> str:
        """Write an order whose stock is held, and return it.

        A person's orders are written one after the other, so that all at once are not more than one after the other.
        """
        order_id = row["id"]
        assert isinstance(order_id, UUID)
        async with self._database.pool.connection() as connection:
            # What a pipeline sends is one transaction, and one round trip. It is sent whole: whoever dies meanwhile, it
            # is carried through.
            async with connection.pipeline():
                await connection.execute(locks.PERSON, (person.id,))
                await connection.execute(queries.PLACE, row)
                written = await repository.reading(connection, order_id, Viewer(person.id))
            found = await written.fetchone()
            placed: str | None = found[0] if found else None
            if placed is None:
                # Other orders of this person were faster. The stock goes back; the same key may be used anew.
                async with connection.transaction():
                    await connection.execute(locks.PERSON, (person.id,))
                    given_up = await connection.execute(queries.GIVE_UP, {"id": order_id})
                    if await given_up.fetchone():
                        request = {"user_id": person.id, "key": key, "order_id": order_id}
                        await connection.execute(queries.FORGET_REQUEST, request)
                    else:
                        placed = await repository.read(connection, order_id, Viewer(person.id))
        self._outbox.wake()
        if placed is None:
            raise too_many_open(self._limits.open_pieces)
        return placed

    async def move(self, admin: Person, order_id: UUID, wanted: StatusChange) -> str:
        """Move an order to its next status as staff, or cancel it; return it as JSON.

        Raises:
            NotFound: there is no such order.
            Conflict: `invalid_transition` names the steps allowed; `version_conflict` when it has changed since.
        """
        allowed_from = [state for state, following in NEXT_STATUS.items() if wanted.status in following]
        viewer = Viewer(admin.id, staff=True)
        move = Move(
            order_id,
            wanted.status,
            allowed_from,
            Actor.ADMIN,
            viewer,
            self._clock.now(),
            wanted.note,
            wanted.version,
        )
        return await self._move(move)

    async def cancel(self, person: Person, order_id: UUID, reason: str) -> str:
        """Cancel an order as its buyer, while it is PENDING (staff: before SHIPPED); once more changes nothing.

        Raises:
            NotFound: there is no such order of this buyer's.
            Conflict: `invalid_transition`, it is on its way already.
        """
        viewer = Viewer(person.id, staff=person.is_admin)
        allowed_from = [OrderStatus.PENDING, *([OrderStatus.PROCESSING] if person.is_admin else [])]
        actor = Actor.ADMIN if person.is_admin else Actor.CUSTOMER
        move = Move(order_id, OrderStatus.CANCELLED, allowed_from, actor, viewer, self._clock.now(), reason)
        return await self._move(move, repeatable=True)

    async def _move(self, move: Move, *, repeatable: bool = False) -> str:
        """Move an order and return it; `repeatable` takes one that has the wanted status already for moved."""
        async with self._database.pool.connection() as connection:
            moved = await repository.move(connection, move)
            current = None if moved else await repository.status(connection, move.order_id, move.viewer)
            order = await repository.read(connection, move.order_id, move.viewer)
        if order is None:
            raise NotFound("There is no such order.")
        if current is not None:
            status, version = current
            if repeatable and status is move.to:
                return order
            if move.version not in {None, version}:
                raise version_conflict(status, version)
            raise Conflict(
                f"An order that is {status} cannot become {move.to}.",
                code="invalid_transition",
                currentStatus=status,
                allowed=sorted(_steps(status, move.actor)),
            )
        self._outbox.wake()
        return order

    async def _hold(self, order_id: UUID, wanted: OrderInput) -> Hold:
        request = HoldRequest(order_id=order_id, total_amount=wanted.total_amount, items=merged(wanted))
        try:
            return await self._backend.call("POST", "/internal/holds", Hold, json=request, idempotent=True)
        except ServiceProblem as problem:
            if problem.status == 409:
                extra = {name: problem.body[name] for name in ("lines", "totalAmount") if name in problem.body}
                raise Conflict(problem.detail, code=problem.code, **extra) from None
            if problem.status == 422:
                raise Invalid(problem.detail, code=problem.code) from None
            raise

    def _row(self, person: Person, wanted: OrderInput, hold: Hold, payment: Payment) -> dict[str, object]:
        total = sum(line.price * line.quantity for line in hold.items)
        job = {
            "eventId": str(uuid7()),
            "sessionId": person.event_session if person.is_recorded else None,
            "cartState": wanted.cart_state,
        }
        now = self._clock.now()
        expected_from, expected_until = expected(self._settings, now)
        return {
            "id": hold.order_id,
            "user_id": person.id,
            "actor": Actor.ADMIN if person.is_admin else Actor.CUSTOMER,
            "fulfilment": wanted.fulfilment,
            "payment": payment,
            "contact_name": wanted.contact_name,
            "contact_phone": wanted.contact_phone,
            "contact_email": wanted.contact_email,
            "shipping_address": wanted.shipping_address,
            "note": wanted.note,
            "item_count": sum(line.quantity for line in hold.items),
            "total_amount": total,
            "delivery_fee": self.delivery_fee(wanted.fulfilment, total),
            "open_pieces": self._limits.open_pieces_of(person),
            "tracking_token": secrets.token_urlsafe(24),
            "now": now,
            "expected_from": expected_from,
            "expected_until": expected_until,
            "lines": Jsonb([_line(line) for line in hold.items]),
            "job": Jsonb(job),
            "hold_s": (hold.expires_at - now).total_seconds(),
        }

    def delivery_fee(self, fulfilment: Fulfilment, total: int) -> int:
        """Return what bringing an order of `total` VND costs, in VND."""
        free = fulfilment is Fulfilment.PICKUP or total >= self._settings.free_delivery_from
        return 0 if free else self._settings.delivery_fee


def version_conflict(status: OrderStatus, version: int) -> Conflict:
    """Return the refusal of a step from a version that has passed, with the status and version of now."""
    return Conflict(
        "Somebody else has changed this order meanwhile.",
        code="version_conflict",
        currentStatus=status,
        version=version,
    )


def _steps(status: OrderStatus, actor: Actor) -> frozenset[OrderStatus]:
    """Return where `actor` may take an order from `status`."""
    if actor is Actor.ADMIN:
        return NEXT_STATUS[status]
    return frozenset({OrderStatus.CANCELLED}) if status is OrderStatus.PENDING else frozenset()


def _line(line: HeldLine) -> dict[str, object]:
    return line.model_dump(mode="json")
