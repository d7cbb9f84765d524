"""The transactional outbox: work that must follow a commit, done at least once, in order per key.

A service writes rows in the transaction that makes them necessary; `shopkit.outbox_worker` runs their handlers. A
handler must be idempotent: a row may run again when the process dies between the work and the row's deletion. A failed
row is tried again, ever more slowly, for ever; rows behind it with the same key wait, other keys do not.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, MetaData, Table, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB

BATCH = 100
"""Rows that a worker claims at once, at most."""

ADD = "insert into outbox (key, topic, payload) values (%s, %s, %s)"


def outbox_table(metadata: MetaData) -> Table:
    """Return the outbox table of a service's schema.

    `next_attempt_at` is also when the lease of `leased_by` ends. By `deadline`, where there is one, a row should be
    done.
    """
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
        Column("leased_by", Text),
        Column("deadline", DateTime(timezone=True)),
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


class NotBegun(Exception):
    """What a handler answers for a row that it did not come to: the row is due at once, and this was no attempt."""


Outcomes = Mapping[int, Exception | None]
"""What became of rows, by their ids: None for one that is done. A row that is not named has failed."""


@dataclass(frozen=True)
class Handler:
    """Does the work of up to `at_once` rows together, each of another key.

    When `run` raises, its rows are tried one by one, so that a bad one does not hold up the others; but not when it
    raises `Unavailable` or runs out of time: then all of them wait.
    """

    run: Callable[[list[Job]], Awaitable[Outcomes]]
    at_once: int = BATCH


def each(handle: Callable[[Job], Awaitable[None]]) -> Handler:
    """Return a handler that runs `handle` for one row at a time."""

    async def run(jobs: list[Job]) -> Outcomes:
        [job] = jobs
        await handle(job)
        return {job.id: None}

    return Handler(run, at_once=1)


def row(key: str, topic: str, payload: dict[str, Any]) -> tuple[str, str, Jsonb]:
    """Return the values of an outbox row for `ADD`."""
    return key, topic, Jsonb(payload)
