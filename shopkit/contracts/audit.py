"""The audit log: what staff did. Each service keeps its own; all are read alike."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from shopkit.contracts.base import MAX_ID, Reply, Request, ShopDay
from shopkit.text import Line


class AuditEntry(Reply):
    """One thing that a member of staff did.

    `action` is `subject.verb` ("product.changed"); `label` is what the subject was called then. `before` and `after`
    hold only what changed; `before` is None for something new, `after` for something gone. Ids are UUIDv7: entries of
    several services sort by time together.
    """

    id: UUID
    at: datetime
    service: str
    actor_id: int
    action: str
    subject: str
    subject_id: str
    label: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None


class AuditFilter(Request):
    """What an audit log may be narrowed by. `q` looks into labels, accents aside; dates are shop days, inclusive."""

    limit: Annotated[int, Field(ge=1, le=100)] = 50
    actor_id: Annotated[int | None, Field(ge=1, le=MAX_ID)] = None
    action: Annotated[str | None, Field(pattern=r"^[a-z_]+(\.[a-z_]+)?$", max_length=60)] = None
    subject_id: Annotated[Line | None, Field(max_length=100)] = None
    q: Annotated[Line | None, Field(max_length=100)] = None
    date_from: ShopDay | None = None
    date_to: ShopDay | None = None
    after: UUID | None = None


class AuditPage(Reply):
    """Entries, newest first. `next` continues behind the last one (`?after=`), also in another service's log."""

    items: list[AuditEntry]
    next: UUID | None
