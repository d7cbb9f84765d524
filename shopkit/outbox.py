"""The transactional outbox: work that must follow a commit, done at least once, in order per key.

A service writes rows in the transaction that makes them necessary; a worker in every instance takes them one by one
(SKIP LOCKED), runs the topic's handler and deletes the row. A handler must be idempotent: it may run again when the
process dies between the work and the delete. A failed row is tried again, ever more slowly, for ever; rows behind it
with the same key wait, other keys do not.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, MetaData, Table, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB

from shopkit import log
from shopkit.db import Database
from shopkit.metrics import Metrics

MAX_DELAY_S = 60
POLL_S = 1.0

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
    """Runs outbox rows. Call `wake` after committing some, so that they do not wait for the next poll."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler], metrics: Metrics) -> None:
        self._database = database
        self._handlers = handlers
        self._metrics = metrics
        self._wake = asyncio.Event()

    def wake(self, _: str = "") -> None:
        """Look for rows now."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._wake.clear()
            try:
                while await self.run_one():
                    pass
                await self._measure()
            except Exception:
                log.get().exception("outbox_failed")
            with suppress(TimeoutError):
                # Not wait_for: until Python 3.12 it loses a cancellation that comes together with the wake.
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()

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
                    "outbox_job_failed", topic=job.topic, key=job.key, attempts=job.attempts + 1, error=str(error)
                )
                await connection.execute(POSTPONE, {"error": str(error)[:500], "max": MAX_DELAY_S, "id": job.id})
            else:
                await connection.execute("delete from outbox where id = %s", (job.id,))
            return True

    async def _measure(self) -> None:
        async with self._database.pool.connection() as connection:
            row = await (
                await connection.execute("select count(*), extract(epoch from now() - min(created_at)) from outbox")
            ).fetchone()
        depth, age = row or (0, None)
        self._metrics.outbox_depth.set(depth)
        self._metrics.outbox_age.set(age or 0)


def row(key: str, topic: str, payload: dict[str, Any]) -> tuple[str, str, Jsonb]:
    """Return the values of an outbox row for `ADD`."""
    return key, topic, Jsonb(payload)
