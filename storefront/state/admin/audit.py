"""The audit log: what staff did, from all services, newest first."""

from dataclasses import dataclass, replace
from typing import Any, Self

import reflex as rx
from reflex.event import EventSpec

from shopkit.contracts.audit import AuditEntry
from shopkit.contracts.users import Role
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.i18n import Lang, t
from storefront.state.admin.audit_reading import read_all
from storefront.state.admin.audit_view import PATHS as SUBJECTS
from storefront.state.admin.audit_view import EntryView, Names, show_entry
from storefront.state.admin.base import FAILURES, SEARCH_ID, AdminState, Events, Query, period, with_day
from storefront.state.admin.people import names_of
from storefront.state.recovering import Recovering

PATH = "/admin/audit"
PAGE_SIZE = 40


@dataclass(frozen=True)
class AuditQuery(Query):
    """What the log is narrowed by: `who` is a person's id, `since` and `until` are shop days, inclusive."""

    q: str = ""
    who: int = 0
    subject: str = ""
    since: str = ""
    until: str = ""

    def checked(self) -> Self:
        """Return the same without what no entry can have."""
        since, until = period(self.since, self.until)
        return replace(self, subject=self.subject if self.subject in SUBJECTS else "", since=since, until=until)

    def filters(self) -> dict[str, Any]:
        """Return the same as the API's parameters."""
        return {
            "q": self.q or None,
            "actorId": self.who or None,
            "action": self.subject or None,
            "dateFrom": self.since or None,
            "dateTo": self.until or None,
        }


@dataclass
class Person:
    """Somebody on staff, to narrow the log by."""

    id: str
    name: str


class AuditState(Recovering, AdminState):
    """What the audit page shows. The address is the truth about filters; every change of it loads anew."""

    entries: list[EntryView] = []  # noqa: RUF012 - Reflex copies a default for each tab
    people: list[Person] = []  # noqa: RUF012
    down: list[str] = []  # noqa: RUF012
    query: AuditQuery = AuditQuery()
    after: str = ""
    is_loaded: bool = False
    is_filtered: bool = False
    is_busy: bool = False

    _names: dict[int, str] = {}  # noqa: RUF012
    _categories: dict[str, str] = {}  # noqa: RUF012

    @rx.event
    async def load(self) -> Events:
        """Show what the address asks for."""
        self.query = AuditQuery.parse(self.router.url.query_parameters)
        self.is_filtered, self.is_busy, self._categories = self.query != AuditQuery(), True, {}
        yield self._show_fields({SEARCH_ID: self.query.q, "since": self.query.since, "until": self.query.until})
        if not await self._fetch():
            yield AuditState.recover
        await self._list_people()

    @rx.event
    async def load_more(self) -> Events:
        """Add older entries."""
        if self.is_busy or not self.after:
            return
        self.is_busy = True
        yield None
        try:
            if not await self._read(self.after):
                yield rx.toast.error(t(self._language(), "session.unavailable"), id="trouble")
        except SessionEnded:
            yield self._leave_office()

    @rx.event
    def search(self, text: str) -> EventSpec:
        """Look for what things are called."""
        return self._to(PATH + self.query.but(q=" ".join(text.split())), replace=True)

    @rx.event
    def filter(self, name: str, value: str) -> EventSpec | None:
        """Narrow the log by a field of `AuditQuery`; "" takes that away."""
        changes: dict[str, Any] | None = {name: value}
        if name == "who":
            changes = {"who": int(value) if value.isdecimal() else 0}
        elif name in {"since", "until"}:
            changes = with_day(self.query.since, self.query.until, name, value)
        return self._to(PATH + self.query.but(**changes)) if changes else None

    async def _fetch(self) -> bool:
        try:
            answered = await self._read("")
        except SessionEnded:
            answered = False
        self.is_unreachable = not answered
        return answered

    async def _read(self, after: str) -> bool:
        """Show entries, the newest or those behind `after`; return whether a service told any. Raises SessionEnded."""
        sid, lang = self._sid, self._language()
        try:
            found = await read_all({**self.query.filters(), "after": after or None}, PAGE_SIZE, sid)
            await self._learn(found.entries, sid)
        finally:
            self.is_busy = False
        names = Names(self._names, self._categories)
        shown = [show_entry(entry, names, lang) for entry in found.entries]
        self.down = [t(lang, f"admin_monitoring.{name}") for name in found.down]
        if len(found.down) == len(wiring.audits()):
            return False
        self.entries = [*self.entries, *shown] if after else shown
        self.after, self.is_loaded = found.after, True
        return True

    async def _learn(self, entries: list[AuditEntry], sid: str) -> None:
        """Learn the names of those who acted, and of the categories that entries tell of."""
        if not self._categories and any("category" in {**(one.before or {}), **(one.after or {})} for one in entries):
            self._categories = await _categories(self._language())
        if unknown := {entry.actor_id for entry in entries} - self._names.keys():
            self._names = {**self._names, **await names_of(unknown, sid)}

    async def _list_people(self) -> None:
        """List who may have acted: staff of today, and whoever the log was narrowed by."""
        try:
            staff = await self._call(
                lambda token: wiring.users().find_people({"role": Role.ADMIN, "limit": 100}, token)
            )
            known = {user.id: user.name or user.email or "" for user in staff.items}
            if (who := self.query.who) and who not in known:
                known |= await names_of([who], self._sid) or {who: t(self._language(), "admin_audit.person", id=who)}
        except FAILURES:
            return
        self.people = [Person(str(number), name) for number, name in known.items()]


async def _categories(lang: Lang) -> dict[str, str]:
    """Return what categories are called by slug, or nothing: the log is shown without that too."""
    try:
        found = await wiring.catalog().categories()
    except FAILURES:
        return {}
    return {one.slug: (one.name_en if lang == "en" else "") or one.name for one in found}
