"""Removes what nobody will ask for again: old windows of attempts, old refresh tokens, devices and guests.

A guest is nothing but a session: when that is over, nobody can be this guest any more. Orders keep their own copy of
name, phone and address, and are tracked by their links.
"""

import random
from datetime import timedelta

from shopkit import limits, log, outbox, tasks
from shopkit.client import ServiceClient
from shopkit.clock import Clock
from shopkit.contracts.cart import CartsForgotten
from shopkit.db import UNAVAILABLE, Database
from shopkit.outbox import Job
from user_service.devices import repository as devices
from user_service.locks import HOUSEKEEPING

EVERY_S = 3_600.0
KEEP_TOKENS = timedelta(days=7)
KEEP_GUESTS = timedelta(days=7)
"""After the end of their last session."""
BATCH = 1_000
"""Rows deleted at once: no step holds locks for long, or fills the log of changes in one go."""
GUESTS_AT_ONCE = 1_000
BETWEEN_STEPS_S = 0.2
CARTS_TOPIC = "carts.forget"

OLD_TOKENS = """
delete from refresh_tokens where token_hash in (
    select t.token_hash from refresh_tokens t join sessions s on s.id = t.session_id
    where s.expires_at < %(before)s or s.ended_at < %(before)s limit %(batch)s)
"""

# All guests are walked through by id, so that the many who are still about are not looked at again in each step.
NEXT_GUESTS = """
with step as (select id, created_at from users where role = 'GUEST' and id > %(after)s order by id limit %(batch)s)
select (select max(id) from step), array(
    select u.id from step join users u using (id)
    where step.created_at < %(before)s and not exists (
        select from sessions s where s.user_id = u.id and least(s.expires_at, s.ended_at) >= %(before)s)
    and not exists (select from outbox o where o.key = 'guest:' || u.id)  -- whose cart is still to be merged
    for update of u skip locked)
"""
FORGET_GUESTS = (
    "delete from refresh_tokens where session_id in (select id from sessions where user_id = any(%s))",
    "delete from sessions where user_id = any(%s)",
    "delete from users where id = any(%s) and role = 'GUEST'",
)


async def clean(database: Database, clock: Clock) -> tuple[int, int, int]:
    """Clean up once, in small steps; return how many windows, tokens and devices went.

    Another instance that cleans just now is left to it.
    """
    now = clock.now()
    attempts = tokens = gone_devices = 0
    while True:
        async with database.pool.connection() as connection, connection.transaction():
            locked = await connection.execute("select pg_try_advisory_xact_lock(%s)", (HOUSEKEEPING,))
            if (await locked.fetchone()) != (True,):
                return attempts, tokens, gone_devices
            old = {"before": now - KEEP_TOKENS, "batch": BATCH}
            step = (
                await limits.forget_old(connection, BATCH),
                (await connection.execute(OLD_TOKENS, old)).rowcount,
                await devices.forget_old(connection, now, BATCH),
            )
        tasks.beat()
        attempts, tokens, gone_devices = attempts + step[0], tokens + step[1], gone_devices + step[2]
        if max(step) < BATCH:
            return attempts, tokens, gone_devices


async def forget_guests(database: Database, clock: Clock, after: int = 0) -> tuple[int | None, int]:
    """Remove guests of old among the next ones by id; return the last id looked at (None at the end), and how many."""
    step = {"after": after, "batch": GUESTS_AT_ONCE, "before": clock.now() - KEEP_GUESTS}
    async with database.pool.connection() as connection, connection.transaction():
        row = await (await connection.execute(NEXT_GUESTS, step)).fetchone()
        assert row is not None  # it selects no table
        last, guests = row
        if guests:
            for statement in FORGET_GUESTS:
                await connection.execute(statement, (guests,))
            job = outbox.row(f"guests:{last}", CARTS_TOPIC, {"userIds": guests})
            await connection.execute(outbox.ADD, job)
    return last, len(guests)


async def forget_carts(backend: ServiceClient, job: Job) -> None:
    """Have the backend empty the carts of removed guests, for the outbox's worker."""
    carts = CartsForgotten.model_validate(job.payload)
    await backend.call("POST", "/internal/carts/forget", json=carts, idempotent=True)


async def forget_all_guests(database: Database, clock: Clock) -> int:
    """Remove all guests of old, in small steps; return how many."""
    last, forgotten = await forget_guests(database, clock)
    while last is not None:
        await tasks.pause(BETWEEN_STEPS_S)
        last, more = await forget_guests(database, clock, last)
        forgotten += more
    return forgotten


async def run(database: Database, clock: Clock) -> None:
    """Clean up every hour until cancelled."""
    while True:
        await tasks.pause(EVERY_S * random.uniform(0.5, 1.0))  # noqa: S311 - only spreads the instances' work
        try:
            attempts, tokens, forgotten = await clean(database, clock)
            guests = await forget_all_guests(database, clock)
        except UNAVAILABLE:
            log.get().warning("housekeeping_failed", exc_info=True)
        else:
            done = {"attempts": attempts, "refresh_tokens": tokens, "devices": forgotten, "guests": guests}
            log.get().info("housekeeping_done", **done)
