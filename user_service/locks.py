"""PostgreSQL advisory locks, in one place so that no two mean different things by one number."""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

STARTUP = 0x5D_03_01
"""Held by the instance that makes what all share at the first start: the signing key, the first admin."""

HOUSEKEEPING = 0x5D_03_02
"""Held by the instance that cleans up."""


async def hold(db: AsyncSession, lock: int) -> None:
    """Wait for `lock` and hold it until the transaction ends."""
    await db.exec(text("select pg_advisory_xact_lock(:lock)").bindparams(lock=lock))  # type: ignore[call-overload]
