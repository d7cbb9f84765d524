"""Changes of orders, on their way to the pages that show them."""

import re
from typing import Any

from shopkit.contracts.orders import OrderChanged

_pages: list[tuple[re.Pattern[str], Any]] = []


def follow_orders(path: str, handler: Any) -> None:
    """Have an event handler called with each batch of changes while a page at `path` is open.

    It is given a list of changes (see `told`), or an empty one for "read anew".
    """
    pattern = "([^/]+)".join(re.escape(part) for part in re.split(r"\[\w+\]", path))
    _pages.append((re.compile(pattern), handler))


def follower_of(path: str) -> Any:
    """Return the handler of the page at an address without its language, or None."""
    return next((handler for pattern, handler in _pages if pattern.fullmatch(path)), None)


def told(change: OrderChanged) -> dict[str, str]:
    """Return a change as handlers get it: `id`, `number`, `status`, and `before` ("" for an order just placed)."""
    return {
        "id": str(change.order_id),
        "number": change.number,
        "status": change.status,
        "before": change.from_status or "",
    }
