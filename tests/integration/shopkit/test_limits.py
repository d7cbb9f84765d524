"""Limits count in the database's time, for all instances together."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shopkit.db import Database
from shopkit.errors import RateLimited
from shopkit.limits import Limit, Limiter, forget_old
from shopkit.settings import ServiceSettings
from tests.support.cluster import Databases

pytestmark = pytest.mark.anyio

TWICE = Limit("guest", 2, 100)


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    opened = Database(ServiceSettings(database_url=databases.user_service), "user_service")
    await opened.open()
    yield opened
    await opened.close()


async def shift(database: Database, seconds: int) -> None:
    """Move every window's beginning."""
    async with database.pool.connection() as connection:
        await connection.execute(
            "update attempts set window_started_at = window_started_at + make_interval(secs => %s)", (seconds,)
        )


async def refusal(limiter: Limiter, subject: str = "x") -> int | None:
    """Try once; return the seconds to wait if it was refused."""
    try:
        await limiter.attempt(TWICE, subject)
    except RateLimited as error:
        return int(error.extra["retryAfter"])
    return None


async def test_a_window_begins_with_the_first_attempt_and_ends(database: Database) -> None:
    limiter = Limiter(database)
    assert [await refusal(limiter) for _ in range(2)] == [None, None]
    await shift(database, -40)
    waits = [await refusal(limiter), await refusal(limiter)]
    assert all(wait is not None and 50 <= wait <= 60 for wait in waits)
    assert await refusal(limiter, "somebody else") is None
    await shift(database, -60)
    assert [await refusal(limiter) for _ in range(2)] == [None, None]


async def test_an_attempt_is_taken_back_and_all_are_forgotten(database: Database) -> None:
    limiter = Limiter(database)
    for _ in range(3):
        await limiter.attempt(TWICE, "x")
        await limiter.take_back(TWICE, "x")
    assert [await refusal(limiter) is None for _ in range(3)] == [True, True, False]
    await limiter.forget(TWICE, "x")
    assert await refusal(limiter) is None


async def test_taking_back_leaves_what_others_counted_meanwhile(database: Database) -> None:
    """An attempt that is counted while the last one is taken back stays counted."""
    limiter = Limiter(database)
    await limiter.attempt(TWICE, "x")
    async with database.pool.connection() as other:
        async with other.transaction():
            await other.execute("update attempts set count = count + 1")
            taking = asyncio.create_task(limiter.take_back(TWICE, "x"))
            waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like %s"
            async with database.pool.connection() as observer:
                async with asyncio.timeout(10):
                    while (await (await observer.execute(waits, ("%attempts%",))).fetchone()) != (1,):
                        await asyncio.sleep(0.01)
        await taking
        counted = await (await other.execute("select count from attempts")).fetchall()
    assert counted in ([(1,)], [(2,)])


async def test_a_clock_that_was_set_back_keeps_nobody_out(database: Database) -> None:
    limiter = Limiter(database)
    for _ in range(3):
        await refusal(limiter)
    await shift(database, 8_000)
    assert await refusal(limiter) is None
    await refusal(limiter)
    await shift(database, 30)  # no more than an attempt may have waited for the row
    assert await refusal(limiter) == TWICE.window_s  # and nobody waits for longer than a window lasts


async def test_old_windows_are_forgotten_in_small_steps(database: Database) -> None:
    limiter = Limiter(database)
    for subject in ("a", "b", "c"):
        await limiter.attempt(TWICE, subject)
    await shift(database, -86_400)
    await limiter.attempt(TWICE, "d")
    async with database.pool.connection() as connection:
        assert [await forget_old(connection, 2) for _ in range(3)] == [2, 1, 0]
