"""Whose view or search it is, and the beginning of a visit: where it came from."""

from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import CallOptions, ServiceProblem, ServiceUnavailable
from shopkit.contracts.visits import VisitStart
from shopkit.visit import OPT_OUT, VISIT_HEADER
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.i18n import split
from storefront.state.session import SessionState
from storefront.visits import current_visit

MAX_SOURCE = 100
ARRIVAL_SCRIPT = (
    "[document.referrer.slice(0,500),navigator.globalPrivacyControl===true||navigator.doNotTrack==='1'?'1':'']"
)
"""Answers the address that led here, and whether the browser asks for privacy."""


async def whose(state: rx.State) -> CallOptions:
    """Return the visit's id and the token of the tab's person, if there is one to be had."""
    visit = current_visit(state)
    options: CallOptions = {"headers": OPT_OUT if visit.opts_out else {VISIT_HEADER: visit.id}}
    session = await state.get_state(SessionState)
    if session._sid:
        with suppress(SessionEnded, ServiceProblem, ServiceUnavailable):  # a view by nobody is still a view
            options["token"] = (await wiring.tokens().get(session._sid)).value
    return options


class VisitState(rx.State):
    """Tells the beginning of a visit, once. It holds nothing."""

    @rx.event
    async def begin(self) -> EventSpec | None:
        """Ask the browser where it came from, on a visit's first page."""
        visit = current_visit(self)
        session = await self.get_state(SessionState)
        if visit.is_told or visit.opts_out or session.is_admin:
            return None
        script: EventSpec = rx.call_script(ARRIVAL_SCRIPT, callback=VisitState.arrived)
        return script

    @rx.event
    async def arrived(self, answer: list[str]) -> None:
        """Record the beginning of the visit, unless the browser asks for privacy."""
        visit = current_visit(self)
        if visit.is_told or len(answer) != 2:
            return
        referrer, privacy = answer
        if privacy:
            visit.opts_out = True
            return
        visit.is_told = True
        session = await self.get_state(SessionState)
        url = self.router.url
        source = parse_qs(url.query)
        utm = {name: plain(source.get(name, [""])[0]) for name in ("utm_source", "utm_medium", "utm_campaign")}
        start = VisitStart(
            visit_id=visit.id,
            began_at=visit.began_at,
            user_id=session._user.id if session._user else None,
            landing_path=landing_path(split(url.path)[1]),
            referrer_host=referrer_host(str(referrer), self.router.headers.host),
            **utm,
        )
        with suppress(ServiceProblem, ServiceUnavailable):  # a shop that is down has other troubles
            await wiring.users().start_visit(wiring.catalog(), start)


def plain(text: Any) -> str | None:
    """Return a text of an address without what is not printable, cut; None for nothing."""
    return "".join(c for c in str(text) if c.isprintable()).strip()[:MAX_SOURCE] or None


def landing_path(path: str) -> str:
    """Return the page that a path leads to, without what names an order or a person."""
    first, _, rest = path.strip("/").partition("/")
    product = f"/{rest.partition('/')[0][:MAX_SOURCE]}" if first == "product" and rest else ""
    return f"/{first[:MAX_SOURCE]}{product}"


def referrer_host(referrer: str, own: str) -> str | None:
    """Return the host of the page that led here; None for our own, or for none."""
    try:
        host = urlsplit(referrer).hostname
    except ValueError:
        return None
    return None if not host or host == own.partition(":")[0] else plain(host)
