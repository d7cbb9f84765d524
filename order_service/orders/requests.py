"""Idempotency keys: which order a request stands for, noted before anything else happens."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from order_service.orders import queries, repository
from order_service.orders.repository import Connection, Viewer
from shopkit import limits
from shopkit.contracts.orders import OrderInput
from shopkit.db import Database
from shopkit.errors import Invalid
from shopkit.limits import Attempt, Limiter


@dataclass(frozen=True)
class Admission:
    """An order that may be placed. `is_new` is false for a key that was used before; `open_pieces` are on the way."""

    is_new: bool
    open_pieces: int


async def admit(
    database: Database, attempts: Sequence[Attempt], user_id: int, wanted: OrderInput, key: str | None, order_id: UUID
) -> Admission:
    """Count an order against its limits, and note its key as that of `order_id`, if it has one that is new.

    Raises:
        RateLimited: there were too many attempts; nothing was counted.
    """
    values = {"user_id": user_id, "key": key, "body_hash": _hash(wanted), "id": order_id}
    async with database.pool.connection() as connection:
        row = await (await connection.execute(queries.ADMIT, values | limits.values(attempts))).fetchone()
    assert row is not None  # the statement always answers one row
    refused_s, beyond_s, is_new, open_pieces = row
    await Limiter(database).check(attempts, refused_s, beyond_s)
    return Admission(is_new, open_pieces)


async def note(
    database: Database, user_id: int, wanted: OrderInput, key: str, order_id: UUID
) -> tuple[UUID, str | None]:
    """Return the id that is noted under a key, `order_id` if there was none, and its order as JSON if it was placed.

    Raises:
        Invalid: `idempotency_key_reused`, the key stands for another order.
    """
    request = {"user_id": user_id, "key": key, "body_hash": _hash(wanted), "order_id": order_id}
    async with database.pool.connection() as connection:
        while True:
            noted = await (await connection.execute(queries.NOTE_REQUEST, request)).fetchone()
            if noted is not None:
                return order_id, None
            if first := await _noted(connection, user_id, wanted, key):
                return first  # else it has gone meanwhile


async def placed_before(database: Database, user_id: int, wanted: OrderInput, key: str | None) -> str | None:
    """Return the order that was placed before under this key as JSON, if there is one. Raises as `note` does."""
    if key is None:
        return None
    async with database.pool.connection() as connection:
        noted = await _noted(connection, user_id, wanted, key)
    return noted[1] if noted else None


async def _noted(connection: Connection, user_id: int, wanted: OrderInput, key: str) -> tuple[UUID, str | None] | None:
    """Return the id noted under a key, and its order if it was placed; None for a new key."""
    row = await (await connection.execute(queries.READ_REQUEST, {"user_id": user_id, "key": key})).fetchone()
    if row is None:
        return None
    if row[1] != _hash(wanted):
        raise Invalid("Idempotency-Key: it was used for another order; use a new one.", code="idempotency_key_reused")
    return row[0], await repository.read(connection, row[0], Viewer(user_id))


def _hash(wanted: OrderInput) -> bytes:
    # Which cart it came from does not make it another order.
    return hashlib.sha256(wanted.model_dump_json(exclude={"cart_state"}).encode()).digest()
