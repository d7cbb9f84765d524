"""Every event of a tab is handled under a request id and its visit, which go along to the services and into logs.

A visit is a browser's, whatever tabs it has, and ends after half an hour of rest. It is known by the cookie that the
shop needs anyhow (see `storefront.sockets.identity`) and called by a random name that leads back to nobody. This
process remembers it: after a restart a visit goes on under another name.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from uuid import uuid4

import reflex as rx
import structlog
from reflex.event import Event
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate

from shopkit.visit import is_crawler, opts_out
from storefront.sockets.identity import browser_key

REST_S = 30 * 60.0
MAX_VISITS = 100_000
"""Visits remembered; beyond that the longest at rest is forgotten."""


@dataclass
class Visit:
    """A visit. `opts_out` is whether nothing may be recorded of it; `is_told` whether its beginning was recorded."""

    id: str = field(default_factory=lambda: secrets.token_hex(12))
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    seen: float = 0.0
    opts_out: bool = False
    is_told: bool = False


class Visits:
    """The visits of this process, by what tells browsers apart. `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._visits: OrderedDict[str, Visit] = OrderedDict()
        self._tabs: OrderedDict[str, str] = OrderedDict()

    def join(self, tab: str, browser: str) -> None:
        """Note which browser a tab is of: a browser's first tab connects before it has the cookie that says so."""
        self._tabs[tab] = browser
        self._tabs.move_to_end(tab)
        if len(self._tabs) > MAX_VISITS:
            self._tabs.popitem(last=False)

    def of_tab(self, tab: str, cookie: str) -> Visit:
        """Return the visit of a tab's browser: of the one that it connected from, or that its cookie names."""
        return self.of(self._tabs.get(tab) or _browser(cookie) or tab)

    def of(self, browser: str) -> Visit:
        """Return the browser's visit, which begins now unless it is going on."""
        now = self._clock()
        visit = self._visits.get(browser)
        if visit is None or now - visit.seen > REST_S:
            visit = self._visits[browser] = Visit()
        visit.seen = now
        self._visits.move_to_end(browser)
        if len(self._visits) > MAX_VISITS:
            self._visits.popitem(last=False)
        return visit


_visits = Visits()


def connected(tab: str, browser: str) -> None:
    """Note that a tab of a browser has connected."""
    _visits.join(tab, browser)


def current_visit(state: BaseState) -> Visit:
    """Return the visit that a tab's events belong to."""
    headers = state.router.headers
    visit = _visits.of_tab(state.router.session.client_token, headers.cookie)
    if not visit.opts_out and (is_crawler(headers.user_agent) or opts_out(headers.raw_headers)):
        visit.opts_out = True
    return visit


@lru_cache(maxsize=4_096)
def _browser(cookie: str) -> str:
    try:
        return browser_key({name: morsel.value for name, morsel in SimpleCookie(cookie).items()})
    except CookieError:
        return ""


class VisitContext(Middleware):
    """Binds the ids before a handler runs; `shopkit.client` sends them along, `shopkit.log` writes them."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Bind the ids for what follows in this task."""
        structlog.contextvars.clear_contextvars()
        visit = current_visit(state)
        whose = {"opts_out": True} if visit.opts_out else {"visit": visit.id}
        structlog.contextvars.bind_contextvars(request_id=uuid4().hex, **whose)
        return None
