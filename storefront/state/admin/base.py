"""What the States of the back office share: calling services as staff, saying what went wrong, filters in addresses."""

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any, Self
from urllib.parse import urlencode

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.base import FIRST_DAY, LAST_DAY, MAX_ID
from storefront.access import sign_in_path
from storefront.clients.tokens import SessionEnded
from storefront.i18n import href, split, t
from storefront.state.session import SessionState

Events = AsyncGenerator[EventSpec | None, None]

FAILURES = (ServiceProblem, ServiceUnavailable, SessionEnded)
"""What `AdminState._call` raises."""

SEARCH_ID = "search"
MAX_QUERY = 100


@dataclass(frozen=True)
class Query:
    """Filters of a list, as its address says them.

    A subclass's fields are text, whole numbers or yes/no. A default means "not filtered": the address leaves it out.
    """

    @classmethod
    def parse(cls, params: Mapping[str, str]) -> Self:
        """Read an address's parameters. What cannot be read counts as not there: an old link must not fail."""
        found: dict[str, Any] = {}
        for field in fields(cls):
            text = params.get(field.name, "")
            if isinstance(field.default, bool):
                found[field.name] = text == "1"
            elif isinstance(field.default, int):
                found[field.name] = _number(text) or field.default
            else:
                found[field.name] = _text(text) or field.default
        return cls(**found).checked()

    def checked(self) -> Self:
        """Return the same without what makes no sense. For subclasses."""
        return self

    def but(self, **changes: Any) -> str:
        """Return the address's query after `changes`, "" for the whole list. A change goes back to page 1."""
        first = {"page": 1} if any(field.name == "page" for field in fields(self)) else {}
        changed = asdict(replace(self, **{**first, **changes}).checked())
        plain = {field.name: field.default for field in fields(self)}
        kept = {name: value for name, value in changed.items() if value != plain[name]}
        return "?" + urlencode({name: 1 if value is True else value for name, value in kept.items()}) if kept else ""


def _text(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()[:MAX_QUERY]


def _number(text: str) -> int:
    return min(int(text), MAX_ID) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


def day_of(text: str) -> str:
    """Return a shop day as addresses have it ("2026-03-01"); "" for what is none, or none that services know."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return ""
    return day.isoformat() if FIRST_DAY <= day <= LAST_DAY else ""


def period(since: str, until: str) -> tuple[str, str]:
    """Return two shop days of an address, the earlier first; "" for what is none."""
    since, until = day_of(since), day_of(until)
    return (until, since) if since and until and since > until else (since, until)


def with_day(since: str, until: str, name: str, day: str) -> dict[str, str] | None:
    """Return what changes when a day is chosen for "since" or "until"; None while it is only half typed.

    The day chosen last counts: an end that now lies before the beginning, or the other way round, is given up.
    """
    if day and not day_of(day):
        return None
    since, until = (day, until) if name == "since" else (since, day)
    if since and until and since > until:
        return {"since": "", "until": "", name: day}
    return {name: day}


class AdminState(SessionState):
    """The base of every State in this package. It holds nothing; `_call` calls a service as the admin of this tab."""

    def _staff_left(self) -> None:
        if type(self) is AdminState:
            super()._staff_left()
        else:
            self.reset()  # type: ignore[no-untyped-call]

    def _path(self) -> str:
        """Return the page's address without its language."""
        return split(self.router.url.path)[1]

    def _id_in_path(self) -> int:
        """Return the id that the page's address ends with, 0 if that is none."""
        return _number(self._path().rpartition("/")[2])

    def _to(self, address: str, *, replace: bool = False) -> EventSpec:
        """Go to a page given without its language; `replace` leaves no step back (for what is typed)."""
        to: EventSpec = rx.redirect(href(self._language(), address), replace=replace)
        return to

    def _explain(self, error: Exception, texts: Mapping[str, str] | None = None) -> EventSpec:
        """Return the toast that says why something was not done, or the way to the login when the session is over.

        `texts` has keys of texts by the problem's code; a code without one says that it failed.
        """
        lang = self._language()
        if isinstance(error, SessionEnded):
            return self._leave_office()
        key = "session.unavailable"
        if isinstance(error, ServiceProblem):
            key = (texts or {}).get(error.code, "session.failed")
        toast: EventSpec = rx.toast.error(t(lang, key), id="trouble")
        return toast

    def _leave_office(self) -> EventSpec:
        """Return the way out for somebody whose session is over: to the login, and back here after it."""
        url = self.router.url
        here = self._path() + (f"?{url.query}" if url.query else "")
        return self._show_out(sign_in_path(self._language(), here))

    @staticmethod
    def _show_fields(values: Mapping[str, str]) -> EventSpec:
        """Put what the address says into the page's fields by id, but not into the one somebody types in just now."""
        script: EventSpec = rx.call_script(
            f"Object.entries({json.dumps(values)}).forEach(([id,text])=>{{const e=document.getElementById(id);"
            "if(e&&e!==document.activeElement)e.value=text})"
        )
        return script

    @staticmethod
    def _show_search(text: str) -> EventSpec:
        """Put the address's search into the page's search box."""
        return AdminState._show_fields({SEARCH_ID: text})
