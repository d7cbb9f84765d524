"""The live stream: what PostgreSQL notifies about orders, handed to everyone who watches.

Each process listens once and hands on to its own watchers, so any number of instances can run. A watcher that cannot
keep up, or a listener that was cut off, may miss changes: both are told to read anew (`resync`) and none is skipped
silently.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

from shopkit.contracts.orders import OrderChanged
from shopkit.streams import Watchers

CHANNEL = "order_changed"
BACKLOG = 100

Wanted = Callable[[OrderChanged], bool]


class Watcher:
    """One open stream: the changes that `wanted` accepts, in order; None stands for "read anew"."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.ended = False
        self._queue: asyncio.Queue[OrderChanged | None] = asyncio.Queue(BACKLOG)

    def put(self, change: OrderChanged | None) -> None:
        """Hand a change on; a watcher that lags too far behind loses its backlog and must read anew."""
        if self._queue.full():
            while not self._queue.empty():
                self._queue.get_nowait()
            change = None
        self._queue.put_nowait(change)

    def end(self) -> None:
        """Tell whoever follows that there is nothing more to come."""
        self.ended = True
        self.put(None)

    async def next(self) -> OrderChanged | None:
        """Return the next change, as soon as there is one."""
        return await self._queue.get()


class OrderStream:
    """All open streams of this process."""

    def __init__(self) -> None:
        self.watchers: Watchers[Watcher] = Watchers()

    def watch(self, wanted: Wanted, caller: str = "") -> AbstractContextManager[Watcher]:
        """Give a watcher that is fed until the block ends. Raises TooManyStreams."""
        return self.watchers.watching(Watcher(wanted), caller)

    def on_message(self, payload: str) -> None:
        """Take a notification from PostgreSQL."""
        change = OrderChanged.model_validate_json(payload)
        for watcher in self.watchers:
            if watcher.wanted(change):
                watcher.put(change)

    async def resync(self) -> None:
        """Tell everyone to read anew: notifications may have been missed."""
        for watcher in self.watchers:
            watcher.put(None)
