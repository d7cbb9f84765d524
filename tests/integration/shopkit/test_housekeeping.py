"""Removal in small steps, by one instance at a time."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from shopkit import housekeeping
from shopkit.db import Database
from shopkit.housekeeping import deleting, in_steps
from shopkit.settings import ServiceSettings
from tests.support.cluster import Databases

pytestmark = pytest.mark.anyio

LOCK = 0x5D_7E_57
DELETE = "delete from pile where n in (select n from pile where n < %(below)s limit %(batch)s)"


@pytest.fixture
async def pile(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A database with ten rows to remove, three at a time."""
    monkeypatch.setattr(housekeeping, "BATCH", 3)
    monkeypatch.setattr(housekeeping, "BETWEEN_STEPS_S", 0)
    database = Database(ServiceSettings(database_url=databases.backend), "backend")
    await database.open()
    async with database.pool.connection() as connection:
        await connection.execute("create table pile as select n from generate_series(1, 12) n")
    yield database
    await database.close()


async def left(database: Database) -> int:
    """Return how many rows are left."""
    async with database.pool.connection() as connection:
        row = await (await connection.execute("select count(*)::int from pile")).fetchone()
    assert row is not None
    return int(row[0])


async def test_rows_go_in_small_steps_each_a_transaction(pile: Database) -> None:
    steps = []

    async def step(connection: housekeeping.Connection, batch: int) -> int:
        steps.append(await left(pile))  # through another connection: the step before is committed
        return await deleting(DELETE, below=11)(connection, batch)

    assert await in_steps(pile, LOCK, step) == 10
    assert steps == [12, 9, 6, 3]
    assert await left(pile) == 2


async def test_what_a_failing_step_leaves_goes_the_next_time(pile: Database) -> None:
    tries = 0

    async def step(connection: housekeeping.Connection, batch: int) -> int:
        nonlocal tries
        tries += 1
        rows = await deleting(DELETE, below=100)(connection, batch)
        if tries == 2:
            raise RuntimeError("boom")
        return rows

    with pytest.raises(RuntimeError):
        await in_steps(pile, LOCK, step)
    assert await left(pile) == 9
    assert await in_steps(pile, LOCK, step) == 9
    assert await left(pile) == 0


async def test_while_another_instance_is_at_it_nothing_is_done(pile: Database, databases: Databases) -> None:
    with psycopg.connect(databases.superuser) as other:
        other.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        assert await in_steps(pile, LOCK, deleting(DELETE, below=100)) == 0
        assert await left(pile) == 12
    assert await in_steps(pile, LOCK, deleting(DELETE, below=100)) == 12
