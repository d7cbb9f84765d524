"""Idempotency keys: which order a request stands for, noted before anything else happens."""

import hashlib
from uuid import UUID

from uuid_utils.compat import uuid7

from order_service.orders import queries, repository
from order_service.orders.repository import Connection, Viewer
from shopkit.contracts.orders import OrderInput
from shopkit.db import Database
from shopkit.errors import Invalid


async def note(database: Database, user_id: int, wanted: OrderInput, key: str | None) -> tuple[UUID, str | None]:
    """Return the order's id, and the order as JSON if it was placed before under this key.

    Raises:
        Invalid: `idempotency_key_reused`, the key stands for another order.
    """
    order_id: UUID = uuid7()
    if key is None:
        return order_id, None
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
