"""The services' audit logs read as one."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.audit import AuditEntry, AuditPage
from storefront.clients import wiring


@dataclass(frozen=True)
class Reading:
    """Entries of all services, newest first. `after` continues behind them, "" at the end; `down` did not answer."""

    entries: list[AuditEntry]
    after: str
    down: list[str]


def merge(pages: Collection[AuditPage], limit: int) -> tuple[list[AuditEntry], str]:
    """Return the newest `limit` entries of pages that begin at the same place, and where the next ones begin.

    Ids are UUIDv7, so they sort by time whichever service made them: what is left over of one page comes again behind
    the last entry taken.
    """
    entries = sorted((entry for page in pages for entry in page.items), key=lambda entry: entry.id, reverse=True)
    taken = entries[:limit]
    more = len(entries) > limit or any(page.next is not None for page in pages)
    return taken, str(taken[-1].id) if taken and more else ""


async def read_all(filters: Mapping[str, Any], limit: int, sid: str) -> Reading:
    """Read all services' logs at the same time. Raises SessionEnded."""

    async def read(index: int) -> AuditPage | None:
        client = wiring.audits()[index]
        try:
            return await wiring.tokens().call(sid, lambda token: client.page({**filters, "limit": limit}, token))
        except (ServiceProblem, ServiceUnavailable):
            return None

    names = [client.service for client in wiring.audits()]
    pages: Sequence[AuditPage | None] = await asyncio.gather(*(read(index) for index in range(len(names))))
    entries, after = merge([page for page in pages if page is not None], limit)
    return Reading(entries, after, [name for name, page in zip(names, pages, strict=True) if page is None])
