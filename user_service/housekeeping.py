"""Removes what nobody will ask for again: old windows of attempts, refresh tokens, sessions, devices and guests.

A guest is nothing but a session: when that is over, nobody can be this guest any more. Orders keep their own copy of
name, phone and address, and are tracked by their links.
"""

from collections.abc import Mapping
from datetime import timedelta

from shopkit import limits, outbox, tasks
from shopkit.client import ServiceClient
from shopkit.clock import Clock
from shopkit.contracts.cart import CartsForgotten
from shopkit.db import Database
from shopkit.housekeeping import Chore, deleting, in_steps
from shopkit.outbox import Job
from user_service.devices import repository as devices
from user_service.locks import HOUSEKEEPING

KEEP_TOKENS = timedelta(days=7)
KEEP_GUESTS = timedelta(days=7)
"""After the end of their last session."""
GUESTS_AT_ONCE = 1_000
BETWEEN_STEPS_S = 0.2
CARTS_TOPIC = "carts.forget"

OLD_TOKENS = """
delete from refresh_tokens where token_hash in (
    select t.token_hash from refresh_tokens t join sessions s on s.id = t.session_id
    where s.expires_at < %(before)s or s.ended_at < %(before)s limit %(batch)s)
"""

# The newest session of each person stays: it tells when they were last seen.
OLD_SESSIONS = """
delete from sessions where id in (
    select s.id from sessions s
    where (s.expires_at < %(before)s or s.ended_at < %(before)s)
        and exists (select from sessions n where n.user_id = s.user_id and n.last_seen_at > s.last_seen_at)
        and not exists (select from refresh_tokens t where t.session_id = s.id)
    limit %(batch)s for update of s skip locked)
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


def chores(database: Database, clock: Clock) -> Mapping[str, Chore]:
    """Return the user service's chores by name. Sessions follow their tokens."""

    def long_over(statement: str) -> Chore:
        return lambda: in_steps(database, HOUSEKEEPING, deleting(statement, before=clock.now() - KEEP_TOKENS))

    return {
        "attempts": lambda: in_steps(database, HOUSEKEEPING, limits.forget_old),
        "refresh_tokens": long_over(OLD_TOKENS),
        "sessions": long_over(OLD_SESSIONS),
        "devices": lambda: in_steps(
            database, HOUSEKEEPING, lambda connection, batch: devices.forget_old(connection, clock.now(), batch)
        ),
        "guests": lambda: forget_all_guests(database, clock),
    }


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
