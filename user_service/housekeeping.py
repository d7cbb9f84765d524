"""Removes what nobody will ask for again: old windows of attempts, refresh tokens of sessions long over, devices."""

import random
from datetime import timedelta

from shopkit import limits, log, tasks
from shopkit.clock import Clock
from shopkit.db import UNAVAILABLE, Database
from user_service.devices import repository as devices
from user_service.locks import HOUSEKEEPING

EVERY_S = 3_600.0
KEEP_TOKENS = timedelta(days=7)
BATCH = 10_000

OLD_TOKENS = """
delete from refresh_tokens where token_hash in (
    select t.token_hash from refresh_tokens t join sessions s on s.id = t.session_id
    where s.expires_at < %(before)s or s.ended_at < %(before)s limit %(batch)s)
"""


async def clean(database: Database, clock: Clock) -> tuple[int, int, int]:
    """Clean up once; return how many windows, tokens and devices went. If another instance is at it, do nothing."""
    now = clock.now()
    async with database.pool.connection() as connection, connection.transaction():
        cursor = await connection.execute("select pg_try_advisory_xact_lock(%s)", (HOUSEKEEPING,))
        if (await cursor.fetchone()) != (True,):
            return 0, 0, 0
        attempts = await limits.forget_old(connection, BATCH)
        tokens = await connection.execute(OLD_TOKENS, {"before": now - KEEP_TOKENS, "batch": BATCH})
        forgotten = await devices.forget_old(connection, now, BATCH)
        return attempts, tokens.rowcount, forgotten


async def run(database: Database, clock: Clock) -> None:
    """Clean up every hour until cancelled."""
    while True:
        await tasks.pause(EVERY_S * random.uniform(0.5, 1.0))  # noqa: S311 - only spreads the instances' work
        try:
            attempts, tokens, forgotten = await clean(database, clock)
        except UNAVAILABLE:
            log.get().warning("housekeeping_failed", exc_info=True)
        else:
            log.get().info("housekeeping_done", attempts=attempts, refresh_tokens=tokens, devices=forgotten)
