"""The transactional outbox: work that must follow a commit, done at least once, in order per key.

A service writes rows in the transaction that makes them necessary; a worker in every instance takes them one by one
(SKIP LOCKED), runs the topic's handler and deletes the row. A handler must be idempotent: it may run again when the
process dies between the work and the delete. A failed row is tried again, ever more slowly, for ever; rows behind it
with the same key wait, other keys do not.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, MetaData, Table, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB

from shopkit import log, tasks
from shopkit.db import Database
from shopkit.metrics import Metrics
from shopkit.tasks import Supervisor

MAX_DELAY_S = 60
POLL_S = 1.0
MEASURE_S = 2.0

ADD = "insert into outbox (key, topic, payload) values (%s, %s, %s)"

# The first row of each key, so that rows of a key run in order; locked, so that no other worker runs it too.
TAKE = """
select id, key, topic, payload, attempts from outbox o
where next_attempt_at <= now()
  and not exists (select from outbox earlier where earlier.key = o.key and earlier.id < o.id)
order by id limit 1 for update skip locked
"""

POSTPONE = """
update outbox set attempts = attempts + 1, last_error = %(error)s,
    next_attempt_at = clock_timestamp() + make_interval(secs => least(%(max)s, 0.2 * 2 ^ least(attempts, 12)))
where id = %(id)s
"""

# An age and not a moment: this machine's clock may differ from the database's.
WAITING = "select count(*), extract(epoch from clock_timestamp() - min(created_at))::float8 from outbox"


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


Handler = Callable[[Job], Awaitable[None]]


class OutboxWorker:
    """Runs outbox rows, and measures how many wait. Call `wake` after committing some, to spare them the next poll."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler], metrics: Metrics) -> None:
        self._database = database
        self._handlers = handlers
        self._metrics = metrics
        self._wake = asyncio.Event()
        self._oldest: float | None = None
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
                while await self.run_one():
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
                    row = await (await connection.execute(WAITING)).fetchone()
                depth, age = row or (0, None)
                self._metrics.outbox_depth.set(depth)
                self._oldest = None if age is None else time.monotonic() - age
            except Exception:
                log.get().exception("outbox_measure_failed")
                await tasks.back_off(MEASURE_S)
            else:
                await tasks.pause(MEASURE_S)

    def _oldest_s(self) -> float:
        """Return how long the oldest row has waited by now; it grows on while the database does not answer."""
        return 0.0 if self._oldest is None else time.monotonic() - self._oldest

    async def run_one(self) -> bool:
        """Run the next due row, if there is one; tell whether there was."""
        async with self._database.pool.connection() as connection, connection.transaction():
            row = await (await connection.execute(TAKE)).fetchone()
            if row is None:
                return False
            job = Job(*row)
            try:
                await self._handlers[job.topic](job)
            except Exception as error:
                log.get().warning(
                    "outbox_job_failed",
                    topic=job.topic,
                    key=job.key,
                    attempts=job.attempts + 1,
                    error=str(error) or repr(error),
                )
                await connection.execute(
                    POSTPONE, {"error": (str(error) or repr(error))[:500], "max": MAX_DELAY_S, "id": job.id}
                )
            else:
                await connection.execute("delete from outbox where id = %s", (job.id,))
            return True


def row(key: str, topic: str, payload: dict[str, Any]) -> tuple[str, str, Jsonb]:
    """Return the values of an outbox row for `ADD`."""
    return key, topic, Jsonb(payload)
