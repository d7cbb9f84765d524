"""Removes what nobody will ask for again: noted requests for orders, and old windows of attempts."""

import random

from order_service.locks import HOUSEKEEPING
from order_service.settings import OrderSettings
from shopkit import limits, log, tasks
from shopkit.db import UNAVAILABLE, Database

EVERY_S = 3_600.0
BATCH = 1_000
"""Rows deleted at once: no step holds locks for long, or fills the log of changes in one go."""

OLD_REQUESTS = """
delete from order_request r using (
    select user_id, key from order_request
    where created_at < now() - make_interval(days => %s) limit %s for update skip locked
) old where r.user_id = old.user_id and r.key = old.key
"""


async def clean(database: Database, settings: OrderSettings) -> tuple[int, int]:
    """Clean up once, in small steps; return how many requests and windows went.

    Another instance that cleans just now is left to it.
    """
    requests = attempts = 0
    while True:
        async with database.pool.connection() as connection, connection.transaction():
            locked = await connection.execute("select pg_try_advisory_xact_lock(%s)", (HOUSEKEEPING,))
            if (await locked.fetchone()) != (True,):
                return requests, attempts
            step = (await connection.execute(OLD_REQUESTS, (settings.keep_request_days, BATCH))).rowcount
            forgotten = await limits.forget_old(connection, BATCH)
        tasks.beat()
        requests, attempts = requests + step, attempts + forgotten
        if step < BATCH and forgotten < BATCH:
            return requests, attempts


async def run(database: Database, settings: OrderSettings) -> None:
    """Clean up every hour until cancelled."""
    while True:
        await tasks.pause(EVERY_S * random.uniform(0.5, 1.0))  # noqa: S311 - only spreads the instances' work
        try:
            requests, attempts = await clean(database, settings)
        except UNAVAILABLE:
            log.get().warning("housekeeping_failed", exc_info=True)
        else:
            log.get().info("housekeeping_done", order_requests=requests, attempts=attempts)
