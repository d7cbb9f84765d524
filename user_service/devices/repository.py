"""Known devices: each holds a token that a login there gave it. The token opens nothing; it only says "known here"."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from user_service.devices.models import DeviceRow

TOKEN_BYTES = 32
KEEP = timedelta(days=180)
"""How long a device stays known without a login on it."""

FORGET_OLD = """
delete from devices where (token_hash, user_id) in (
    select token_hash, user_id from devices where last_used_at < %(before)s limit %(batch)s)
"""


def hash_of(token: str) -> bytes:
    """Return what stands in the table. The token is 256 random bits: there is nothing to guess."""
    return hashlib.sha256(token.encode()).digest()


async def is_known(db: AsyncSession, token: str, user_id: int) -> bool:
    """Tell whether that person has logged in on the device that holds `token`."""
    known = select(DeviceRow.user_id).where(DeviceRow.token_hash == hash_of(token), DeviceRow.user_id == user_id)
    return (await db.exec(known)).first() is not None


async def remember(db: AsyncSession, token: str | None, user_id: int, now: datetime) -> str | None:
    """Know the device with `token` as that person's too. Return a new token if the device has none of ours, else None.

    A token that we did not give is not taken over: whoever set it would be known as well.
    """
    issued = token is not None and await _is_issued(db, token)
    kept = token if token is not None and issued else secrets.token_urlsafe(TOKEN_BYTES)
    row = insert(DeviceRow).values(token_hash=hash_of(kept), user_id=user_id, last_used_at=now)
    again = row.on_conflict_do_update(index_elements=["token_hash", "user_id"], set_={"last_used_at": now})
    await db.exec(again)
    return None if issued else kept


async def forget_old(connection: AsyncConnection[Any], now: datetime, batch: int) -> int:
    """Forget up to `batch` devices on which nobody has logged in for half a year; return how many."""
    return (await connection.execute(FORGET_OLD, {"before": now - KEEP, "batch": batch})).rowcount


async def _is_issued(db: AsyncSession, token: str) -> bool:
    anybodys = select(DeviceRow.user_id).where(DeviceRow.token_hash == hash_of(token))
    return (await db.exec(anybodys)).first() is not None
