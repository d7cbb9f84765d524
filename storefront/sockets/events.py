"""Events that a page may send: of a handler that there is, with its arguments, and no longer than people write.

A State keeps much of what its handlers are given; without a bound anybody could fill the server's memory with it.
"""

import inspect
from functools import cache
from typing import Any

from reflex.state import FrontendEventExceptionState
from reflex_base.registry import RegistrationContext

from storefront.sockets.limits import weight
from storefront.sockets.protocol import MAX_LINE
from storefront.state.admin.product import ProductState

MAX_PAYLOAD = 4_000
"""Characters of an event's arguments. The longest form of the shop, the checkout, takes a third of it."""
MAX_ROUTE = 2 * MAX_LINE + 1_000
"""Characters of the address that comes with an event: any that we serve, once whole and once by its parts."""
LONGER = {
    f"{ProductState.get_full_name()}.save": 24_000,
    f"{ProductState.get_full_name()}.take_draft": 48_000,
    f"{FrontendEventExceptionState.get_full_name()}.handle_frontend_exception": 32_000,
}
"""Handlers that take more: a product has two descriptions of 5,000 characters, a page's failure two stack traces."""


class BadEvent(Exception):
    """No page of ours sends this."""


def check_event(data: Any) -> None:
    """Check the form of what a page sent as an event. Raises BadEvent, which says nothing of what was sent."""
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        raise BadEvent("no event")
    payload, route = data.get("payload") or {}, data.get("router_data") or {}
    if not isinstance(payload, dict) or not isinstance(route, dict) or not isinstance(route.get("query") or {}, dict):
        raise BadEvent("its parts are of the wrong kind")
    if weight(route) > MAX_ROUTE:
        raise BadEvent("its address is too long")
    if data["name"] not in RegistrationContext.get().event_handlers:
        raise BadEvent("there is no such handler")
    required, allowed = _parameters(data["name"])
    if not required <= payload.keys() <= allowed:
        raise BadEvent("the handler takes other arguments")


def is_too_long(data: dict[str, Any]) -> bool:
    """Tell whether an event, whose form was checked, brings more text than its handler takes."""
    return weight(data.get("payload") or {}) > LONGER.get(data["name"], MAX_PAYLOAD)


@cache
def _parameters(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return a handler's arguments: those it needs, and all."""
    handler = RegistrationContext.get().event_handlers[name].handler
    _state, *parameters = inspect.signature(handler.fn).parameters.values()
    named = [one for one in parameters if one.kind in {one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY}]
    return (
        frozenset(one.name for one in named if one.default is one.empty),
        frozenset(one.name for one in named),
    )
