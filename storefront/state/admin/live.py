"""Changes of orders, on their way to the pages that show them."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, TypeVar

from shopkit.contracts.orders import OrderChanged

T = TypeVar("T")

GATHER_S = 0.15
"""Changes that follow one another within this time are told together: a rush must not flood a page."""

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


async def batches(source: AsyncIterator[T], gather_s: float = GATHER_S) -> AsyncIterator[list[T]]:
    """Yield what comes out of `source` in lists of what came within `gather_s`; raises what it raises."""
    queue: asyncio.Queue[list[T]] = asyncio.Queue()
    end: list[T] = []

    async def pump() -> None:
        try:
            async for item in source:
                queue.put_nowait([item])
        finally:
            queue.put_nowait(end)

    pumping = asyncio.create_task(pump())
    try:
        while first := await queue.get():
            batch = [*first]
            await asyncio.sleep(gather_s)
            while not queue.empty() and (item := queue.get_nowait()):
                batch += item
            yield batch
            if pumping.done() and queue.empty():
                break
        await pumping
    finally:
        pumping.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await pumping
