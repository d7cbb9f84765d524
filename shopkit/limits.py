"""Limits on how often somebody may try something, counted in PostgreSQL so that all instances share them.

A service derives its table with `attempts_table` and creates it in a migration. Time is the database's: one clock for
all instances. A window that begins later than now (somebody set that clock back) is over, so nobody is kept out for
longer than a window lasts.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from sqlalchemy import Column, DateTime, Index, Integer, MetaData, Table, Text

from shopkit.db import Database
from shopkit.errors import RateLimited

# All that one act attempts, or nothing where any of it is too much: what there is already is locked and looked at
# first, in the order of the keys, so that two who count the same never wait for each other in a circle. A window may
# seem to begin a little in the future: an attempt may have waited for the row since it read the clock.
#
# Of two who are the first in a window, at once, neither sees the other; so what was counted has the last word. And a
# crash of the database may forget the last few: a limit need not wait for the disk.
ATTEMPT = """
asked as (
    select key, weight, window_s, most, set_config('synchronous_commit', 'off', true) as hurry
    from unnest(%(keys)s::text[], %(weights)s::int[], %(windows_s)s::int[], %(mosts)s::int[])
        as a(key, weight, window_s, most)
), locked as (
    select a.key, a.window_started_at, a.count from attempts a join asked using (key) order by a.key for update of a
), known as (
    select key, weight, window_s, most, l.window_started_at, l.count
    from asked left join locked l using (key) where l.window_started_at is not null
        and l.window_started_at > clock_timestamp() - make_interval(secs => window_s)
        and l.window_started_at <= clock_timestamp() + interval '1 minute'
), refused as (
    select max(extract(epoch from window_started_at - clock_timestamp()) + window_s)::float8 as wait_s
    from known where count + weight > most having count(*) > 0
), counted as (
    insert into attempts as a (key, window_started_at, count)
    select key, clock_timestamp(), weight from asked where not exists (select from refused) order by key
    on conflict (key) do update set (window_started_at, count) = (
        select case when w.is_over then excluded.window_started_at else a.window_started_at end,
            case when w.is_over then excluded.count else a.count + excluded.count end
        from (select a.window_started_at <= excluded.window_started_at - make_interval(secs => b.window_s)
            or a.window_started_at > excluded.window_started_at + interval '1 minute' as is_over
            from asked b where b.key = excluded.key) w
    )
    returning key, count, window_started_at
), beyond as (
    select max(extract(epoch from window_started_at - clock_timestamp()) + window_s)::float8 as wait_s
    from counted join asked using (key) where count > most having count(*) > 0
)
"""
"""Parts of a statement. `refused` has a row, of the seconds to wait, where nothing was counted, and `beyond` one where
everything was and was too much all the same."""

ATTEMPT_ALL = f"with {ATTEMPT} select (select wait_s from refused), (select wait_s from beyond)"  # noqa: S608 - constants

# A window with nothing in it is none.
TAKE_BACK = """
with less as (
    update attempts set count = count - %(weight)s where key = %(key)s and count > %(weight)s returning key
)
delete from attempts where key = %(key)s and count <= %(weight)s and not exists (select from less)
"""

FORGET_OLD = """
delete from attempts where key in (
    select key from attempts where window_started_at < clock_timestamp() - interval '1 day' limit %s)
"""


def attempts_table(metadata: MetaData) -> Table:
    """Return the table of attempts of a service's schema: how often one subject tried one thing in its window.

    The key holds a hash, no e-mail or address.
    """
    return Table(
        "attempts",
        metadata,
        Column("key", Text, primary_key=True),
        Column("window_started_at", DateTime(timezone=True), nullable=False),
        Column("count", Integer, nullable=False),
        Index("ix_attempts_window_started_at", "window_started_at"),
    )


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts in a window of `window_s` seconds, which begins with the first."""

    name: str
    most: int
    window_s: int


@dataclass(frozen=True)
class Attempt:
    """An attempt of `subject` that counts against `limit`, `weight` times."""

    limit: Limit
    subject: str
    weight: int = 1

    @property
    def key(self) -> str:
        """What the attempt is counted under."""
        return key_of(self.limit, self.subject)


class Limiter:
    """Counts attempts. An attempt is counted before it is made, so that many at once cannot slip through together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def attempt(self, limit: Limit, subject: str) -> None:
        """Count an attempt of `subject`.

        Raises:
            RateLimited: there have been too many; it says when to try again.
        """
        await self.attempt_all([Attempt(limit, subject)])

    async def attempt_all(self, attempts: Sequence[Attempt]) -> None:
        """Count what one act attempts: all of it, or nothing where any of it is too much.

        Raises:
            RateLimited: there have been too many of something; it says when to try again.
        """
        async with self._database.pool.connection() as connection:
            row = await (await connection.execute(ATTEMPT_ALL, values(attempts))).fetchone()
        assert row is not None  # the statement always answers one row
        await self.check(attempts, *row)

    async def check(self, attempts: Sequence[Attempt], refused_s: float | None, beyond_s: float | None) -> None:
        """Raise RateLimited where `ATTEMPT` answers that it was too much, after taking back what it counted."""
        if beyond_s is not None:
            await self.take_back_all(attempts)
        waits = [seconds for seconds in (refused_s, beyond_s) if seconds is not None]
        if waits:
            longest = max(attempt.limit.window_s for attempt in attempts)
            raise RateLimited(min(longest, max(1, math.ceil(max(waits)))))

    async def take_back_all(self, attempts: Sequence[Attempt]) -> None:
        """Do not count what `attempt_all` counted after all."""
        async with self._database.pool.connection() as connection, connection.transaction():
            for attempt in sorted(attempts, key=lambda attempt: attempt.key):
                await connection.execute(TAKE_BACK, {"weight": attempt.weight, "key": attempt.key})

    async def take_back(self, limit: Limit, subject: str) -> None:
        """Do not count one attempt of `subject` after all: it was an honest one."""
        async with self._database.pool.connection() as connection:
            await connection.execute(TAKE_BACK, {"weight": 1, "key": key_of(limit, subject)})

    async def forget(self, limit: Limit, subject: str) -> None:
        """Forget all attempts of `subject`."""
        async with self._database.pool.connection() as connection:
            await connection.execute("delete from attempts where key = %s", (key_of(limit, subject),))


def values(attempts: Sequence[Attempt]) -> dict[str, object]:
    """Return what `ATTEMPT` names."""
    return {
        "keys": [attempt.key for attempt in attempts],
        "weights": [attempt.weight for attempt in attempts],
        "windows_s": [attempt.limit.window_s for attempt in attempts],
        "mosts": [attempt.limit.most for attempt in attempts],
    }


async def forget_old(connection: AsyncConnection[Any], batch: int) -> int:
    """Delete up to `batch` windows that began a day ago or earlier; return how many."""
    return (await connection.execute(FORGET_OLD, (batch,))).rowcount


def key_of(limit: Limit, subject: str) -> str:
    """Return what stands in the table for `subject`."""
    return f"{limit.name}:{hashlib.sha256(subject.encode()).hexdigest()}"
