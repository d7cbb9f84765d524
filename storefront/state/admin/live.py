"""Changes of orders and of the catalogue, on their way to the pages that show them."""

import re
from typing import Any

from shopkit.contracts.orders import OrderChanged
from storefront.routes import pattern_of

_pages: list[tuple[re.Pattern[str], Any]] = []
_shelves: list[tuple[re.Pattern[str], Any]] = []


def follow_orders(path: str, handler: Any) -> None:
    """Have an event handler called with each batch of changes while a page at `path` is open.

    It is given a list of changes (see `told`), or an empty one for "read anew".
    """
    _pages.append((pattern_of(path), handler))


def follow_catalogue(path: str, handler: Any) -> None:
    """Have an event handler called, with nothing, after changes of the catalogue while a page at `path` is open."""
    _shelves.append((pattern_of(path), handler))


def follower_of(path: str) -> Any:
    """Return the handler for orders of the page at an address without its language, or None."""
    return next((handler for pattern, handler in _pages if pattern.fullmatch(path)), None)


def catalogue_follower_of(path: str) -> Any:
    """Return the handler for the catalogue of the page at an address without its language, or None."""
    return next((handler for pattern, handler in _shelves if pattern.fullmatch(path)), None)


def told(change: OrderChanged) -> dict[str, str]:
    """Return a change as handlers get it: `id`, `number`, `status`, and `before` ("" for an order just placed)."""
    return {
        "id": str(change.order_id),
        "number": change.number,
        "status": change.status,
        "before": change.from_status or "",
    }
