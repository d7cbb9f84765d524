"""Housekeeping: what a service does every now and then to remove what nobody will ask for again.

A chore that deletes many rows does so in small steps, each a transaction of its own (`in_steps`): no step holds locks
for long, or fills the log of changes in one go.

`Housekeeping.run` is a supervised task (`shopkit.tasks`): if it ends, the supervisor logs that, counts it and starts it
again. A chore that fails holds up no other; it is tried again soon, and while it keeps failing the task shows no
progress, so `/readyz` and the monitoring page name it as stalled.
"""

import random
from collections.abc import Awaitable, Callable, Mapping, Set
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from shopkit import log, tasks
from shopkit.db import Database

EVERY_S = 3_600.0
RETRY_S = 10.0
BATCH = 1_000
"""Rows that a step removes at most."""
BETWEEN_STEPS_S = 0.05
"""What shoppers do comes first: a chore with many steps takes its time."""

Connection = AsyncConnection[TupleRow]
Chore = Callable[[], Awaitable[int]]
"""Does all there is to do and returns how many rows that was."""
Step = Callable[[Connection, int], Awaitable[int]]
"""Removes up to so many rows in the transaction it is given, and returns how many."""


class Housekeeping:
    """A service's chores by name, done every `every_s` seconds or, so that instances take turns, a little sooner."""

    def __init__(self, chores: Mapping[str, Chore], every_s: float = EVERY_S) -> None:
        self._chores = chores
        self._every_s = every_s

    async def run(self) -> None:
        """Do the chores again and again, until cancelled."""
        while True:
            await tasks.pause(self._every_s * random.uniform(0.5, 1.0))  # noqa: S311 - only spreads the work
            left = self._chores.keys() - (await self.tidy()).keys()
            while left:
                await tasks.back_off(RETRY_S)
                left -= (await self.tidy(left)).keys()

    async def tidy(self, names: Set[str] | None = None) -> dict[str, int]:
        """Do the chores once, all or those named; return how many rows each removed. One that failed is left out."""
        done = {}
        for name, chore in self._chores.items():
            if names is not None and name not in names:
                continue
            try:
                done[name] = await chore()
            except Exception:
                log.get().warning("housekeeping_failed", chore=name, exc_info=True)
            else:
                tasks.beat()
        if any(done.values()):
            log.get().info("housekeeping_done", **done)
        return done


async def in_steps(database: Database, lock: int, step: Step) -> int:
    """Repeat a step until it finds fewer rows than it may remove; return how many went.

    Each step is a transaction under the advisory lock `lock`. While another instance has it, the work is left to that.
    """
    removed = 0
    while True:
        async with database.pool.connection() as connection, connection.transaction():
            locked = await connection.execute("select pg_try_advisory_xact_lock(%s)", (lock,))
            if (await locked.fetchone()) != (True,):
                return removed
            rows = await step(connection, BATCH)
        tasks.beat()
        removed += rows
        if rows < BATCH:
            return removed
        await tasks.pause(BETWEEN_STEPS_S)


def deleting(statement: str, **values: Any) -> Step:
    """Return the step of a statement that deletes up to `%(batch)s` rows."""

    async def step(connection: Connection, batch: int) -> int:
        return (await connection.execute(statement, {**values, "batch": batch})).rowcount

    return step
