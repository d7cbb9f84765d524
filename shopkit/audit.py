"""The audit log: every service writes what staff did in the transaction that did it, and nobody can change it after.

A service derives its table with `audit_table`, creates it in a migration followed by `APPEND_ONLY`, writes entries with
`add` (SQLModel session) or `ADD` (psycopg), and includes `audit_router`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from psycopg.types.json import Jsonb
from sqlalchemy import BigInteger, Column, DateTime, Index, MetaData, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from shopkit import log
from shopkit.auth import Admin, Person
from shopkit.clock import Clock, day_bounds
from shopkit.contracts.audit import AuditFilter, AuditPage
from shopkit.http import Db, as_json
from shopkit.text import fold, like_literal

APPEND_ONLY = """
create function {schema}.refuse_change() returns trigger language plpgsql as
$$ begin raise exception 'the audit log cannot be changed' using errcode = 'insufficient_privilege'; end $$;
create trigger append_only before update or delete or truncate on {schema}.audit_entry
    for each statement execute function {schema}.refuse_change()
"""
"""Statements that make the table of `schema` refuse every change but new rows."""

INSERT = """
insert into audit_entry (id, at, actor_id, action, subject, subject_id, label, label_key, before, after, request_id)
"""
"""How an entry begins that a service's own statement works out; its `select` follows."""

ADD = f"""{INSERT}
values (%(audit_id)s, %(audit_at)s, %(audit_actor)s, %(audit_action)s, %(audit_subject)s, %(audit_subject_id)s,
    %(audit_label)s, %(audit_label_key)s, %(audit_before)s, %(audit_after)s, %(audit_request_id)s)
"""

FIND = """
select coalesce(json_agg(found.entry order by found.id desc), '[]')::text, (array_agg(found.id order by found.id))[1],
    count(*)
from (
    select e.id, json_build_object('id', e.id, 'at', e.at, 'service', %(service)s::text, 'actorId', e.actor_id,
        'action', e.action, 'subject', e.subject, 'subjectId', e.subject_id, 'label', e.label,
        'before', e.before, 'after', e.after, 'requestId', e.request_id) as entry
    from audit_entry e where {where} order by e.id desc limit %(limit)s
) found
"""


def audit_table(metadata: MetaData) -> Table:
    """Return the audit table of a service's schema."""
    return Table(
        "audit_entry",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("actor_id", BigInteger, nullable=False),
        Column("action", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("subject_id", Text, nullable=False),
        Column("label", Text, nullable=False),
        Column("label_key", Text, nullable=False, comment="The label without accents, for searching."),
        Column("before", JSONB(none_as_null=True)),
        Column("after", JSONB(none_as_null=True)),
        Column("request_id", Text),
        Index("ix_audit_entry_subject_subject_id", "subject", "subject_id", "id"),
        Index("ix_audit_entry_actor_id", "actor_id", "id"),
    )


@dataclass(frozen=True)
class Action:
    """Something a member of staff does: `verb` to `subject`, which is called `label`.

    `before` and `after` may be whole; only what differs is kept. None means that there is nothing before, or after.
    """

    person: Person
    subject: str
    verb: str
    subject_id: object
    label: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None

    def row(self, clock: Clock) -> dict[str, Any]:
        """Return the entry's columns; `before` and `after` reduced to what differs."""
        before, after = _difference(self.before, self.after)
        return {
            "id": uuid7(),
            "at": clock.now(),
            "actor_id": self.person.id,
            "action": f"{self.subject}.{self.verb}",
            "subject": self.subject,
            "subject_id": str(self.subject_id),
            "label": self.label,
            "label_key": fold(self.label),
            "before": before,
            "after": after,
            "request_id": log.request_id(),
        }

    def values(self, clock: Clock) -> dict[str, Any]:
        """Return what `ADD` names, for a statement that psycopg sends."""
        row = self.row(clock)
        for name in ("before", "after"):
            row[name] = None if row[name] is None else Jsonb(row[name])
        row["actor"] = row.pop("actor_id")
        return {f"audit_{name}": value for name, value in row.items()}


async def add(session: AsyncSession, table: Table, clock: Clock, action: Action) -> None:
    """Write an entry in the session's transaction."""
    await session.exec(table.insert().values(**action.row(clock)))


def _difference(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    if before is None or after is None:
        return (None if before is None else dict(before), None if after is None else dict(after))
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return ({n: before[n] for n in names if n in before}, {n: after[n] for n in names if n in after})


def audit_router(service: str) -> APIRouter:
    """Return the one route of a service's audit log: reading. There is none that writes."""
    router = APIRouter(tags=["audit, staff"])

    @router.get("/api/admin/audit", responses={200: {"model": AuditPage}}, summary="Read the audit log")
    async def read_audit_log(
        request: Request,
        _: Admin,
        db: Db,
        wanted: Annotated[AuditFilter, Query()],
    ) -> Response:
        """Answer what staff did in this service, newest first."""
        where, values = _where(wanted)
        async with db.pool.connection() as connection:
            found = await connection.execute(
                FIND.format(where=where), {**values, "service": service, "limit": wanted.limit}
            )
            row = await found.fetchone()
        assert row is not None  # an aggregate
        follows = f'"{row[1]}"' if row[2] == wanted.limit else "null"
        return as_json(f'{{"items":{row[0]},"next":{follows}}}')

    return router


def _where(wanted: AuditFilter) -> tuple[str, dict[str, Any]]:
    clauses, values = ["true"], dict[str, Any]()
    if wanted.after is not None:
        clauses.append("e.id < %(after)s")
        values["after"] = wanted.after
    if wanted.actor_id is not None:
        clauses.append("e.actor_id = %(actor_id)s")
        values["actor_id"] = wanted.actor_id
    if wanted.action is not None:
        clauses.append("e.action = %(action)s" if "." in wanted.action else "e.subject = %(action)s")
        values["action"] = wanted.action
    if wanted.subject_id is not None:
        clauses.append("e.subject_id = %(subject_id)s")
        values["subject_id"] = wanted.subject_id
    if wanted.q:
        clauses.append(r"e.label_key like %(q)s")
        values["q"] = f"%{like_literal(fold(wanted.q))}%"
    if wanted.date_from is not None:
        clauses.append("e.at >= %(date_from)s")
        values["date_from"] = day_bounds(wanted.date_from)[0]
    if wanted.date_to is not None:
        clauses.append("e.at < %(date_to)s")
        values["date_to"] = day_bounds(wanted.date_to)[1]
    return " and ".join(clauses), values
