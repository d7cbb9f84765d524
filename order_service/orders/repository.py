"""Reads of orders, and the one write that moves them."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import TupleRow
from uuid_utils.compat import uuid7

from order_service.orders import queries
from shopkit import log, paging
from shopkit.clock import day_bounds
from shopkit.contracts.delivery import DeliveryProblem, ReturnedStock, TimelineKind
from shopkit.contracts.orders import Actor, OrderFilter, OrderSort, OrderStatus
from shopkit.text import fold, like_literal, phone_key

Connection = AsyncConnection[TupleRow]

_NUMBER_PREFIX = re.compile(r"#?\s*(SD[-\s]*)?", re.IGNORECASE)

# UUIDv7 ids sort by time.
DIRECTIONS = {OrderSort.NEWEST: "desc", OrderSort.OLDEST: "asc"}


@dataclass(frozen=True)
class Viewer:
    """Whose eyes a query looks through; `staff` sees all."""

    person: int | None
    staff: bool = False

    def values(self) -> dict[str, Any]:
        """Return what the statements' `VISIBLE` names."""
        return {"person": self.person, "staff": self.staff}


@dataclass(frozen=True)
class Move:
    """A change of an order: a step, or what else `kind` tells. `reason` is a failed delivery's, `stock` a return's."""

    order_id: UUID
    to: OrderStatus
    allowed_from: list[OrderStatus]
    actor: Actor
    viewer: Viewer
    now: datetime
    note: str = ""
    version: int | None = None
    kind: TimelineKind = TimelineKind.MOVED
    reason: DeliveryProblem | None = None
    stock: ReturnedStock | None = None


@dataclass
class Where:
    """A WHERE clause made of constant pieces, and the values it names."""

    clauses: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def clause(self) -> str:
        """The whole clause."""
        return " and ".join(self.clauses) or "true"


async def reading(connection: Connection, order_id: UUID, viewer: Viewer) -> AsyncCursor[TupleRow]:
    """Ask for an order as JSON, in a pipeline too; the cursor has a row if there is one that the viewer may see."""
    return await connection.execute(queries.READ, {"id": order_id, **viewer.values()})


async def read(connection: Connection, order_id: UUID, viewer: Viewer) -> str | None:
    """Return an order as JSON, if there is one that the viewer may see."""
    row = await (await reading(connection, order_id, viewer)).fetchone()
    return row[0] if row else None


async def read_tracked(connection: Connection, token: str) -> str | None:
    """Return the order that a tracking link opens, as JSON."""
    row = await (await connection.execute(queries.READ_TRACKED, {"token": token, "staff": False})).fetchone()
    return row[0] if row else None


async def status(connection: Connection, order_id: UUID, viewer: Viewer) -> tuple[OrderStatus, int] | None:
    """Return an order's status and version, if there is one that the viewer may see."""
    row = await (await connection.execute(queries.STATUS, {"id": order_id, **viewer.values()})).fetchone()
    return (OrderStatus(row[0]), row[1]) if row else None


async def move(connection: Connection, wanted: Move) -> bool:
    """Change an order's status with all that goes with it (`queries.MOVE`); tell whether it was moved.

    It is not where it is not visible, not in one of the statuses allowed, or of another version.
    """
    moved = await connection.execute(
        queries.MOVE,
        {
            "id": wanted.order_id,
            "to": wanted.to.value,
            "allowed_from": [state.value for state in wanted.allowed_from],
            "actor": wanted.actor.value,
            "note": wanted.note,
            "now": wanted.now,
            "version": wanted.version,
            "kind": wanted.kind.value,
            "reason": wanted.reason,
            "stock": wanted.stock,
            "audit_id": uuid7(),
            "event_id": str(uuid7()),
            "request_id": log.request_id(),
            **wanted.viewer.values(),
        },
    )
    return await moved.fetchone() is not None


def where(wanted: OrderFilter, viewer: Viewer) -> Where:
    """Return the clause of a filtered list as the viewer may see it."""
    result = Where()
    if not viewer.staff:
        result.clauses.append("o.user_id = %(person)s")
    if wanted.user_id is not None:
        result.clauses.append("o.user_id = %(user_id)s")
    if wanted.status:
        result.clauses.append("o.status = any(%(statuses)s)")
    if wanted.fulfilment is not None:
        result.clauses.append("o.fulfilment = %(fulfilment)s")
    # UUIDv7 ids sort by time, but only to the millisecond of the process that made them: dates ask the column.
    if wanted.date_from is not None:
        result.clauses.append("o.created_at >= %(begin)s")
    if wanted.date_to is not None:
        result.clauses.append("o.created_at < %(end)s")
    if wanted.changed_from is not None:
        result.clauses.append("o.updated_at >= %(changed)s")
    number = number_of(wanted.q)
    if number is not None:
        result.clauses.append("(o.number = %(number)s or o.contact_key like %(like)s)")
    elif wanted.q:
        result.clauses.append("o.contact_key like %(like)s")
    if wanted.after is not None:
        result.clauses.append("o.id < %(after)s" if wanted.sort is OrderSort.NEWEST else "o.id > %(after)s")
    result.values = {
        **viewer.values(),
        "user_id": wanted.user_id,
        "statuses": [state.value for state in wanted.status],
        "fulfilment": wanted.fulfilment,
        "begin": day_bounds(wanted.date_from)[0] if wanted.date_from else None,
        "end": day_bounds(wanted.date_to)[1] if wanted.date_to else None,
        "changed": day_bounds(wanted.changed_from)[0] if wanted.changed_from else None,
        "number": number,
        "like": f"%{_like(wanted.q or '')}%",
        "after": wanted.after,
    }
    return result


async def page(connection: Connection, wanted: OrderFilter, viewer: Viewer) -> str:
    """Return a page of orders as JSON."""
    total_filter = where(wanted.model_copy(update={"after": None}), viewer)
    # How common a status, a day or a word is decides how to look for it: a plan made once would be wrong for others.
    narrowed = wanted.status or wanted.q or wanted.date_from or wanted.date_to or wanted.changed_from
    prepare = False if narrowed else None
    counting = queries.count(total_filter.clause)
    counted = await (await connection.execute(counting, total_filter.values, prepare=prepare)).fetchone()
    total = counted[0] if counted else 0
    listed = where(wanted, viewer)
    offset = 0 if wanted.after else paging.offset(wanted.page, wanted.limit)
    listing = queries.listing(listed.clause, DIRECTIONS[wanted.sort])
    values = {**listed.values, "limit": wanted.limit + 1, "offset": offset}
    rows = await (await connection.execute(listing, values, prepare=prepare)).fetchall()
    more = len(rows) > wanted.limit
    rows = rows[: wanted.limit]
    follows = orjson.dumps(str(rows[-1][1]) if more else None).decode()
    pages = paging.pages(total, wanted.limit)
    items = ",".join(row[0] for row in rows)
    return (
        f'{{"items":[{items}],"page":{wanted.page},"limit":{wanted.limit},"total":{total},"pages":{pages},'
        f'"next":{follows}}}'
    )


def number_of(q: str | None) -> int | None:
    """Return the order's number in what somebody typed ("SD-1001", "#1001", "1001"); None if it is none."""
    digits = _NUMBER_PREFIX.sub("", (q or "").strip(), count=1)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else None


def _like(text: str) -> str:
    folded = " ".join(fold(text).split())
    if all(c.isdigit() or c in " .-+()" for c in folded):  # a phone number, however it is spaced
        # Spacing alone is no number; it stands for itself, as in a name, rather than for everything.
        folded = phone_key(folded) or folded
    return like_literal(folded)
