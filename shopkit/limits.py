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

# Counts no further than one attempt beyond the limit: that is all anybody asks. A window may seem to begin a little in
# the future: an attempt may have waited for the row since it read the clock.
COUNT = """
insert into attempts as a (key, window_started_at, count) values (%(key)s, clock_timestamp(), %(weight)s)
on conflict (key) do update set (window_started_at, count) = (
    select case when w.is_over then excluded.window_started_at else a.window_started_at end,
        case when w.is_over then %(weight)s else least(a.count, %(most)s) + %(weight)s end
    from (select a.window_started_at <= excluded.window_started_at - make_interval(secs => %(window_s)s)
        or a.window_started_at > excluded.window_started_at + interval '1 minute' as is_over) w
)
returning count, extract(epoch from window_started_at - clock_timestamp())::float8 + %(window_s)s
"""

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
        async with self._database.pool.connection() as connection:
            waits = await _count(connection, [Attempt(limit, subject)])
        if waits:
            raise RateLimited(max(waits))

    async def attempt_all(self, attempts: Sequence[Attempt]) -> None:
        """Count what one act attempts: all of it, or nothing where any of it is too much.

        Raises:
            RateLimited: there have been too many of something; it says when to try again.
        """
        # In the order of their keys, so that two who count the same never wait for each other in a circle.
        ordered = sorted(attempts, key=lambda attempt: attempt.key)
        async with self._database.pool.connection() as connection, connection.pipeline(), connection.transaction():
            # A crash of the database may forget the last few: a limit need not wait for the disk.
            await connection.execute("set local synchronous_commit = off")
            if waits := await _count(connection, ordered):
                raise RateLimited(max(waits))

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


async def _count(connection: AsyncConnection[Any], attempts: Sequence[Attempt]) -> list[int]:
    """Count attempts; return the seconds to wait for each that is too much."""
    counting = [
        await connection.execute(
            COUNT,
            {
                "key": attempt.key,
                "weight": attempt.weight,
                "window_s": attempt.limit.window_s,
                "most": attempt.limit.most,
            },
        )
        for attempt in attempts
    ]
    waits = []
    for attempt, cursor in zip(attempts, counting, strict=True):
        row = await cursor.fetchone()
        assert row is not None  # it inserts or updates
        count, ends_in_s = row
        if count > attempt.limit.most:
            waits.append(min(attempt.limit.window_s, max(1, math.ceil(ends_in_s))))
    return waits


async def forget_old(connection: AsyncConnection[Any], batch: int) -> int:
    """Delete up to `batch` windows that began a day ago or earlier; return how many."""
    return (await connection.execute(FORGET_OLD, (batch,))).rowcount


def key_of(limit: Limit, subject: str) -> str:
    """Return what stands in the table for `subject`."""
    return f"{limit.name}:{hashlib.sha256(subject.encode()).hexdigest()}"
