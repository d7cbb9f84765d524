"""The transactional outbox: work that must follow a commit, done at least once, in order per key.

A service writes rows in the transaction that makes them necessary. A worker in every instance claims a batch of them
with one short statement, which leases the rows: `next_attempt_at` moves to the lease's end, so that others take them
only if this worker dies. No transaction is open while handlers run. A handler gets all claimed rows of its topic at
once and must be idempotent: a row may run again when the process dies between the work and the delete. A failed row is
tried again, ever more slowly, for ever; rows behind it with the same key wait, other keys do not.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, MetaData, Table, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB

from shopkit import log, tasks
from shopkit.db import Database
from shopkit.errors import Unavailable
from shopkit.metrics import Metrics
from shopkit.tasks import Supervisor

MAX_DELAY_S = 60
POLL_S = 1.0
MEASURE_S = 2.0

ADD = "insert into outbox (key, topic, payload) values (%s, %s, %s)"

BATCH = 100
LEASE_S = 15.0
WORK_S = 12.0
"""A handler is given up after this time: it must end before its lease does."""

# The first row of each key, so that rows of a key run in order: the row stays until its work is done.
CLAIM = """
with due as (
    select id from outbox o
    where next_attempt_at <= now()
      and not exists (select from outbox earlier where earlier.key = o.key and earlier.id < o.id)
    order by id limit %(limit)s for update skip locked
)
update outbox o set next_attempt_at = clock_timestamp() + make_interval(secs => %(lease)s)
from due where o.id = due.id
returning o.id, o.key, o.topic, o.payload, o.attempts
"""

DONE = "delete from outbox where id = any(%s)"
GIVE_BACK = "update outbox set next_attempt_at = now() where id = any(%s)"

POSTPONE = """
update outbox o set attempts = attempts + 1, last_error = failed.error,
    next_attempt_at = clock_timestamp() + make_interval(secs => least(%(max)s, 0.2 * 2 ^ least(attempts, 12)))
from unnest(%(ids)s::bigint[], %(errors)s::text[]) as failed(id, error)
where o.id = failed.id
"""

# An age and not a moment: this machine's clock may differ from the database's.
WAITING = """
select count(*), extract(epoch from clock_timestamp() - min(created_at))::float8,
    (select extract(epoch from clock_timestamp() - created_at)::float8 from outbox order by id offset %s limit 1)
from outbox
"""
STUCK = 20
"""So many of the oldest rows may be stuck, each for a reason of its own, before the worker counts as behind."""


def outbox_table(metadata: MetaData) -> Table:
    """Return the outbox table of a service's schema."""
    return Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("key", Text, nullable=False),
        Column("topic", Text, nullable=False),
        Column("payload", JSONB, nullable=False),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("next_attempt_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("last_error", Text),
        Index("ix_outbox_key_id", "key", "id"),
    )


@dataclass(frozen=True)
class Job:
    """A row of the outbox, as its handler gets it."""

    id: int
    key: str
    topic: str
    payload: dict[str, Any]
    attempts: int


Failures = Mapping[int, Exception]
"""What went wrong, by the id of the row it went wrong with."""

Handler = Callable[[list[Job]], Awaitable[Failures]]
"""Does the work of all rows, and tells which failed. When it raises instead, the rows are tried one by one."""


def each(handle: Callable[[Job], Awaitable[None]]) -> Handler:
    """Return a handler that runs `handle` for one row after the other."""

    async def handle_all(jobs: list[Job]) -> Failures:
        failures: dict[int, Exception] = {}
        for job in jobs:
            try:
                await handle(job)
            except Unavailable as error:  # so it is for the rest of them
                return failures | {left.id: error for left in jobs[jobs.index(job) :]}
            except Exception as error:
                failures[job.id] = error
        return failures

    return handle_all


class OutboxWorker:
    """Runs outbox rows, and measures how many wait. Call `wake` after committing some, to spare them the next poll."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler], metrics: Metrics) -> None:
        self._database = database
        self._handlers = handlers
        self._metrics = metrics
        self._wake = asyncio.Event()
        self._oldest: float | None = None
        self._behind: float | None = None
        metrics.outbox_age.set_function(self._oldest_s)

    def wake(self, _: str = "") -> None:
        """Look for rows now."""
        self._wake.set()

    def supervise(self, supervisor: Supervisor) -> None:
        """Have the worker run. What measures is a task of its own: a worker that is stuck must not stop it."""
        supervisor.add("outbox", self.run)
        supervisor.add("outbox_measure", self.measure)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._wake.clear()
            try:
                while await self.run_batch():
                    tasks.beat()
            except Exception:
                log.get().exception("outbox_failed")
                await tasks.back_off(POLL_S, self._wake)
            else:
                await tasks.pause(POLL_S, self._wake)

    async def measure(self) -> None:
        """Count the rows that wait every few seconds, until cancelled."""
        while True:
            try:
                async with self._database.pool.connection() as connection:
                    row = await (await connection.execute(WAITING, (STUCK,))).fetchone()
                depth, age, behind = row or (0, None, None)
                self._metrics.outbox_depth.set(depth)
                self._oldest = None if age is None else time.monotonic() - age
                self._behind = None if behind is None else time.monotonic() - behind
            except Exception:
                log.get().exception("outbox_measure_failed")
                await tasks.back_off(MEASURE_S)
            else:
                await tasks.pause(MEASURE_S)

    def _oldest_s(self) -> float:
        """Return how long the oldest row has waited by now; it grows on while the database does not answer."""
        return 0.0 if self._oldest is None else time.monotonic() - self._oldest

    def behind_s(self) -> float:
        """Return how long the oldest row has waited, a few stuck ones left out; it grows on as above."""
        return 0.0 if self._behind is None else time.monotonic() - self._behind

    async def run_batch(self) -> bool:
        """Run a batch of due rows, if there are any; tell whether there were."""
        async with self._database.pool.connection() as connection:
            claimed = await connection.execute(CLAIM, {"limit": BATCH, "lease": LEASE_S})
            jobs = sorted((Job(*row) for row in await claimed.fetchall()), key=lambda job: job.id)
        left = {job.id for job in jobs}
        failures: dict[int, Exception] = {}
        try:
            by_topic: dict[str, list[Job]] = {}
            for job in jobs:
                by_topic.setdefault(job.topic, []).append(job)
            async with asyncio.timeout(WORK_S):
                for topic, of_topic in by_topic.items():
                    async for tried, failed in self._work(topic, of_topic):
                        left -= {job.id for job in tried}
                        failures |= failed
                        await self._settle(tried, failed)
        except TimeoutError as error:
            await self._settle([job for job in jobs if job.id in left], dict.fromkeys(left, error))
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(left))
            raise
        return bool(jobs)

    async def _work(self, topic: str, jobs: list[Job]) -> AsyncIterator[tuple[list[Job], Failures]]:
        """Run a topic's handler; yield rows that were tried, with what failed of them."""
        try:
            failures = await self._handlers[topic](jobs)
        except Exception as error:
            if len(jobs) == 1 or isinstance(error, (Unavailable, KeyError)):
                yield jobs, {job.id: error for job in jobs}
                return
        else:
            yield jobs, failures
            return
        for job in jobs:  # one of them fails; it must not hold up the others
            async for tried in self._work(topic, [job]):
                yield tried

    async def _settle(self, jobs: list[Job], failures: Failures) -> None:
        """Delete the rows that are done, and postpone those that failed."""
        errors = {job.id: str(failures[job.id]) or repr(failures[job.id]) for job in jobs if job.id in failures}
        for job in jobs:
            if job.id in errors:
                log.get().warning(
                    "outbox_job_failed", topic=job.topic, key=job.key, attempts=job.attempts + 1, error=errors[job.id]
                )
        async with self._database.pool.connection() as connection, connection.transaction():
            await connection.execute(DONE, ([job.id for job in jobs if job.id not in errors],))
            if errors:
                texts = [error[:500] for error in errors.values()]
                await connection.execute(POSTPONE, {"max": MAX_DELAY_S, "ids": [*errors], "errors": texts})

    async def _give_back(self, ids: set[int]) -> None:
        """Let others have the rows now: this worker ends."""
        async with self._database.pool.connection() as connection:
            await connection.execute(GIVE_BACK, ([*ids],))


def row(key: str, topic: str, payload: dict[str, Any]) -> tuple[str, str, Jsonb]:
    """Return the values of an outbox row for `ADD`."""
    return key, topic, Jsonb(payload)
