"""Holds: stock that waits for its order.

    HELD --confirm--> CONFIRMED        HELD --time limit--> EXPIRED (stock is back)
    HELD, CONFIRMED --release--> RELEASED (stock is back)
    CONFIRMED --write off--> WRITTEN_OFF (the cakes were returned and are lost)
    EXPIRED --confirm, or asked for again--> stock is taken anew, if there is enough

Every move may be asked for any number of times and in any order: a release that arrives before its hold leaves a
RELEASED row, so that the hold, when it comes, takes nothing.
"""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from backend.stock import queries
from shopkit import log, tasks
from shopkit.clock import Clock
from shopkit.contracts.holds import (
    LATER,
    HeldLine,
    Hold,
    HoldConfirmation,
    HoldItem,
    HoldRequest,
    HoldState,
    ShortLine,
)
from shopkit.db import Database
from shopkit.errors import Conflict, Invalid, NotFound

Connection = AsyncConnection[TupleRow]
INT4_MAX = 2**31 - 1
LATE_AT_ONCE = 20
"""So many holds whose time had run out are confirmed in one call."""


class Holds:
    """The holds of the shop. `life` is how long stock waits for its order; `moved` is told whose stock moved."""

    def __init__(
        self, database: Database, clock: Clock, life: timedelta, moved: Callable[[Collection[int]], None]
    ) -> None:
        self._database = database
        self._clock = clock
        self._life = life
        self._moved = moved
        self.open = 0
        """Holds that waited for their orders when the sweeper last looked."""
        self._oldest: datetime | None = None

    def oldest_s(self) -> float:
        """Return how many seconds the oldest of them has waited by now; it grows on if the sweeper does not come."""
        return (self._clock.now() - self._oldest).total_seconds() if self._oldest else 0.0

    async def take(self, request: HoldRequest) -> Hold:
        """Take the stock of all lines, or of none.

        Raises:
            Conflict: `insufficient_stock` names each short line; `price_changed` each line that costs something else
                than the buyer was told, with today's sum; `hold_released` when the order was cancelled.
        """
        items = _in_lock_order(request.items)
        expires_at = self._clock.now() + self._life
        async with self._database.pool.connection() as connection:
            taken = await connection.execute(
                queries.TAKE,
                {
                    "products": [item.product_id for item in items],
                    "sizes": [item.size for item in items],
                    "quantities": [item.quantity for item in items],
                    "prices": [item.price for item in items],
                    "total": request.total_amount,
                    "order_id": request.order_id,
                    "expires_at": expires_at,
                },
            )
            row = await taken.fetchone()
            assert row is not None  # the statement always answers one row
            made, lines, short, repriced, total = row
            if made:
                self._moved({item.product_id for item in items})
                return Hold(
                    order_id=request.order_id,
                    state=HoldState.HELD,
                    expires_at=expires_at,
                    items=[HeldLine.model_validate(line) for line in lines],
                )
            existing = await self._existing(connection, request.order_id)
        if existing is not None:
            return existing
        if short:
            raise _short([ShortLine.model_validate(line) for line in short])
        raise Conflict("Prices have changed.", code="price_changed", lines=repriced, totalAmount=int(total))

    async def confirm(self, order_id: UUID) -> Hold:
        """Make the hold final: its stock is sold.

        Raises:
            NotFound: there is no such hold.
            Conflict: the hold's time had run out, and the stock has gone to others since.
        """
        async with self._database.pool.connection() as connection, self._transaction(connection) as moved:
            state, expires_at = await self._locked(connection, order_id)
            if state is HoldState.EXPIRED:
                moved.update(await self._take_again(connection, order_id))
            if state in {HoldState.HELD, HoldState.EXPIRED}:
                await connection.execute(queries.COUNT_SOLD, {"sign": 1, "order_id": order_id})
                state = await self._set(connection, order_id, HoldState.CONFIRMED)
            return await self._read(connection, order_id, state, expires_at)

    async def confirm_all(self, order_ids: list[UUID]) -> list[HoldConfirmation]:
        """Make many holds final, in one transaction.

        Those whose time had run out follow one by one, a few of them in one call: each takes several statements. The
        code of the others is `LATER`.
        """
        async with self._database.pool.connection() as connection, connection.transaction():
            rows = await (await connection.execute(queries.LOCK_MANY, (order_ids,))).fetchall()
            states = {order_id: HoldState(state) for order_id, state in rows}
            held = [order_id for order_id, state in states.items() if state is HoldState.HELD]
            if held:
                await connection.execute(queries.COUNT_MANY_SOLD, {"order_ids": held})
                await connection.execute(queries.CONFIRM_MANY, {"order_ids": held})
                states.update(dict.fromkeys(held, HoldState.CONFIRMED))
        late = [order_id for order_id, state in states.items() if state is HoldState.EXPIRED]
        codes = dict.fromkeys(set(order_ids) - set(states), NotFound.code) | dict.fromkeys(late, LATER)
        for order_id in late[:LATE_AT_ONCE]:
            try:
                states[order_id] = (await self.confirm(order_id)).state
                del codes[order_id]
            except (Conflict, NotFound) as problem:
                codes[order_id] = problem.code
        return [
            HoldConfirmation(order_id=order_id, code=codes[order_id])
            if order_id in codes
            else HoldConfirmation(order_id=order_id, state=states[order_id])
            for order_id in dict.fromkeys(order_ids)
        ]

    async def release(self, order_id: UUID) -> Hold:
        """Give the stock back, whether held or already confirmed."""
        async with self._database.pool.connection() as connection, self._transaction(connection) as moved:
            await connection.execute(queries.TOMBSTONE, (order_id, self._clock.now()))
            state, expires_at = await self._locked(connection, order_id)
            if state in {HoldState.HELD, HoldState.CONFIRMED}:
                moved.update(await self._give_back(connection, order_id))
            if state is HoldState.CONFIRMED:
                await connection.execute(queries.COUNT_SOLD, {"sign": -1, "order_id": order_id})
            if state is not HoldState.WRITTEN_OFF:
                state = await self._set(connection, order_id, HoldState.RELEASED)
            return await self._read(connection, order_id, state, expires_at)

    async def write_off(self, order_id: UUID) -> Hold:
        """Note that what was sold came back and is lost: the stock stays as it is. Where stock went back, it did.

        Raises:
            NotFound: there is no such hold.
        """
        async with self._database.pool.connection() as connection, connection.transaction():
            state, expires_at = await self._locked(connection, order_id)
            if state in {HoldState.HELD, HoldState.CONFIRMED}:
                await connection.execute(queries.LOCK_SIZES, (order_id,))
                await connection.execute(queries.WRITE_OFF, {"order_id": order_id})
            if state is HoldState.CONFIRMED:
                await connection.execute(queries.COUNT_SOLD, {"sign": -1, "order_id": order_id})
            if state in {HoldState.HELD, HoldState.CONFIRMED}:
                state = await self._set(connection, order_id, HoldState.WRITTEN_OFF)
            return await self._read(connection, order_id, state, expires_at)

    async def sweep(self) -> int:
        """Return the stock of every hold whose time ran out, and count the others; answer how many ran out."""
        async with self._database.pool.connection() as connection:
            overdue = await (await connection.execute(queries.EXPIRED, (self._clock.now(),))).fetchall()
            swept = 0
            for (order_id,) in overdue:
                async with self._transaction(connection) as moved:
                    state, expires_at = await self._locked(connection, order_id)
                    if state is HoldState.HELD and expires_at <= self._clock.now():  # not confirmed meanwhile
                        moved.update(await self._give_back(connection, order_id))
                        await self._set(connection, order_id, HoldState.EXPIRED)
                        swept += 1
                tasks.beat()
            row = await (await connection.execute(queries.OPEN)).fetchone()
        assert row is not None  # an aggregate
        self.open, self._oldest = row[0], row[1] - self._life if row[1] else None
        return swept

    async def sweep_for_ever(self, every_s: float) -> None:
        """Sweep until cancelled."""
        wait = tasks.pause
        while True:
            await wait(every_s)
            try:
                swept = await self.sweep()
            except Exception:
                log.get().exception("sweep_failed")
                wait = tasks.back_off
            else:
                wait = tasks.pause
                if swept:
                    log.get().info("holds_expired", count=swept)

    @asynccontextmanager
    async def _transaction(self, connection: Connection) -> AsyncIterator[set[int]]:
        """Give a transaction, and a set: the stock of products put into it has moved once all is committed."""
        moved = set[int]()
        async with connection.transaction():
            yield moved
        self._moved(moved)

    async def _existing(self, connection: Connection, order_id: UUID) -> Hold | None:
        async with self._transaction(connection) as moved:
            row = await (await connection.execute(queries.READ_LOCKED, (order_id,))).fetchone()
            if row is None:
                return None
            state, expires_at = HoldState(row[0]), row[1]
            if state in {HoldState.RELEASED, HoldState.WRITTEN_OFF}:
                raise Conflict("This order was cancelled.", code="hold_released")
            if state is HoldState.EXPIRED:
                moved.update(await self._take_again(connection, order_id))
                expires_at = self._clock.now() + self._life
                state = await self._set(connection, order_id, HoldState.HELD, expires_at)
            return await self._read(connection, order_id, state, expires_at)

    async def _locked(self, connection: Connection, order_id: UUID) -> tuple[HoldState, datetime]:
        row = await (await connection.execute(queries.READ_LOCKED, (order_id,))).fetchone()
        if row is None:
            raise NotFound("There is no such hold.")
        return HoldState(row[0]), row[1]

    async def _take_again(self, connection: Connection, order_id: UUID) -> set[int]:
        rows = await (await connection.execute(queries.LOCK_SIZES, (order_id,))).fetchall()
        removed = await (await connection.execute(queries.REMOVED, (order_id,))).fetchall()
        left = [
            (product_id, size, quantity, stock if on_sale else 0, name, name_en)
            for product_id, size, quantity, stock, name, name_en, on_sale in rows
        ] + [(product_id, size, quantity, 0, name, name_en) for product_id, size, quantity, name, name_en in removed]
        short = [
            ShortLine(product_id=product_id, size=size, requested=quantity, available=stock, name=name, name_en=name_en)
            for product_id, size, quantity, stock, name, name_en in left
            if stock < quantity
        ]
        if short:
            raise _short(short)
        await connection.execute(queries.LOCK_PRODUCTS, (order_id,))
        return await self._move(connection, order_id, -1)

    async def _give_back(self, connection: Connection, order_id: UUID) -> set[int]:
        await connection.execute(queries.LOCK_SIZES, (order_id,))
        await connection.execute(queries.LOCK_PRODUCTS, (order_id,))
        return await self._move(connection, order_id, 1)

    @staticmethod
    async def _move(connection: Connection, order_id: UUID, sign: int) -> set[int]:
        moved = await connection.execute(queries.MOVE, {"sign": sign, "order_id": order_id})
        return {product_id for (product_id,) in await moved.fetchall()}

    async def _set(
        self, connection: Connection, order_id: UUID, state: HoldState, expires_at: datetime | None = None
    ) -> HoldState:
        await connection.execute(
            queries.SET_STATE, {"state": state.value, "expires_at": expires_at, "order_id": order_id}
        )
        return state

    async def _read(self, connection: Connection, order_id: UUID, state: HoldState, expires_at: datetime) -> Hold:
        row = await (await connection.execute(queries.LINES, (order_id,))).fetchone()
        lines = row[0] if row else []
        return Hold(
            order_id=order_id,
            state=state,
            expires_at=expires_at,
            items=[HeldLine.model_validate(line) for line in lines],
        )


def _short(lines: list[ShortLine]) -> Conflict:
    return Conflict(
        "Not enough is left of some of it.",
        code="insufficient_stock",
        lines=[line.model_dump(by_alias=True) for line in lines],
    )


def _in_lock_order(items: list[HoldItem]) -> list[HoldItem]:
    """Return the lines in the order in which their sizes are locked."""
    keys = {(item.product_id, item.size) for item in items}
    if len(keys) < len(items):
        raise Invalid("items: a size stands in two lines", code="duplicate_line")
    if any(product_id > INT4_MAX for product_id, _ in keys):
        raise Invalid("items: there is no such product", code="unknown_product")
    return sorted(items, key=lambda item: (item.product_id, item.size))
