"""What a member of staff does in one transaction, and the audit log's word of it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.tables import AUDIT
from shopkit import audit
from shopkit.app import Service
from shopkit.audit import Action
from shopkit.auth import Admin, Person
from shopkit.clock import Clock
from shopkit.db import Database


@dataclass(frozen=True)
class Work:
    """A transaction of a member of staff."""

    session: AsyncSession
    person: Person
    clock: Clock

    async def record(
        self,
        action: str,
        subject_id: object,
        label: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the audit entry of `action` ("product.changed"); both states may be whole."""
        subject, verb = action.split(".")
        entry = Action(self.person, subject, verb, subject_id, label, before, after)
        await audit.add(self.session, AUDIT, self.clock, entry)


@dataclass(frozen=True)
class Desk:
    """Where the calling member of staff works."""

    database: Database
    person: Person
    clock: Clock

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """Give a transaction: committed at the end, rolled back on an error."""
        async with self.database.session() as session:
            yield Work(session, self.person, self.clock)


async def _desk(request: Request, person: Admin) -> Desk:
    service: Service = request.app.state.service
    return Desk(service.database, person, service.clock)


Staff = Annotated[Desk, Depends(_desk)]
