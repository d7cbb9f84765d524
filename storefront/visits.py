"""Every event of a tab is handled under a request id and its visit, which go along to the services and into logs.

A visit is a browser's, whatever tabs it has, and ends after half an hour of rest. It is known by the cookie that the
shop needs anyhow (see `storefront.sockets.identity`) and called by a random name that leads back to nobody. All
processes of the storefront know it (see `storefront.shared`).
"""

import hashlib
import json
import secrets
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
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
from storefront.clients import wiring
from storefront.sockets.identity import browser_key

REST_S = 30 * 60
MAX_TABS = 100_000
"""Tabs of this process whose browser is remembered; beyond that the longest connected is forgotten."""

_browsers: OrderedDict[str, str] = OrderedDict()


@dataclass
class Visit:
    """A visit. `opts_out` is whether nothing may be recorded of it; `is_told` whether its beginning was recorded."""

    id: str = field(default_factory=lambda: secrets.token_hex(12))
    began_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    opts_out: bool = False
    is_told: bool = False


def connected(tab: str, browser: str) -> None:
    """Note which browser a tab is of: a browser's first tab connects before it has the cookie that says so."""
    _browsers[tab] = browser
    _browsers.move_to_end(tab)
    if len(_browsers) > MAX_TABS:
        _browsers.popitem(last=False)


async def current_visit(state: BaseState) -> Visit:
    """Return the visit that a tab's events belong to; one that rested too long is over, and another begins."""
    headers = state.router.headers
    visit = Visit(**json.loads(await wiring.shared().recall(_name(state), _text(Visit()), REST_S)))
    visit.opts_out = visit.opts_out or is_crawler(headers.user_agent) or opts_out(headers.raw_headers)
    return visit


async def remember(state: BaseState, visit: Visit) -> None:
    """Let all processes know what has become of a tab's visit."""
    await wiring.shared().remember(_name(state), _text(visit), REST_S)


def _name(state: BaseState) -> str:
    tab, headers = state.router.session.client_token, state.router.headers
    browser = _browsers.get(tab) or _browser(headers.cookie) or tab
    return f"visit:{hashlib.blake2b(browser.encode(), digest_size=16).hexdigest()}"


def _text(visit: Visit) -> str:
    return json.dumps(asdict(visit))


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
        visit = await current_visit(state)
        whose = {"opts_out": True} if visit.opts_out else {"visit": visit.id}
        structlog.contextvars.bind_contextvars(request_id=uuid4().hex, **whose)
        return None
