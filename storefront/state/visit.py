"""Whose view or search it is: the backend records both as events, for those who come as somebody."""

from contextlib import suppress

import reflex as rx

from shopkit.client import CallOptions, ServiceProblem, ServiceUnavailable
from shopkit.visit import VISIT_HEADER
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.state.session import SessionState
from storefront.visits import visit_id


async def whose(state: rx.State) -> CallOptions:
    """Return the visit's id, one for each tab, and the token of the tab's person, if there is one to be had."""
    options: CallOptions = {"headers": {VISIT_HEADER: visit_id(state)}}
    session = await state.get_state(SessionState)
    if session._sid:
        with suppress(SessionEnded, ServiceProblem, ServiceUnavailable):  # a view by nobody is still a view
            options["token"] = (await wiring.tokens().get(session._sid)).value
    return options
