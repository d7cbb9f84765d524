"""Statements on the table of attempts; each is atomic by itself."""

from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

# Counts no further than one beyond the limit: that is all anybody asks.
COUNT = """
insert into attempts as a (key, window_started_at, count) values (%(key)s, %(now)s, 1)
on conflict (key) do update set
    window_started_at = case when a.window_started_at <= %(expired)s then %(now)s else a.window_started_at end,
    count = case when a.window_started_at <= %(expired)s then 1 else least(a.count, %(most)s) + 1 end
returning count, window_started_at
"""


async def count(
    connection: AsyncConnection[Any], key: str, now: datetime, expired: datetime, most: int
) -> tuple[int, datetime]:
    """Count an attempt; return how many there were and since when. A window that began by `expired` is over."""
    cursor = await connection.execute(COUNT, {"key": key, "now": now, "expired": expired, "most": most})
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1]


async def take_back(connection: AsyncConnection[Any], key: str) -> None:
    """Count one attempt less."""
    await connection.execute("update attempts set count = greatest(count - 1, 0) where key = %s", (key,))


async def forget(connection: AsyncConnection[Any], key: str) -> None:
    """Count from nothing again."""
    await connection.execute("delete from attempts where key = %s", (key,))
