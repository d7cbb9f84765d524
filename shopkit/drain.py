"""A service that is asked to stop says so first, and ends what would not end by itself.

uvicorn tells an app of its end only after the last connection has closed, which an open stream never does by itself.
So we stand before its signal handlers: from the signal on `/health` says "draining", for `drain_s` all else goes on
so that a load balancer has the time to turn elsewhere, and then streams end and uvicorn learns of the signal.
"""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Drain:
    """Whether the service is about to stop, and what to do then: add to `at_end` what ends endless answers."""

    def __init__(self, seconds: float) -> None:
        self.begun = False
        self.at_end: list[Callable[[], None]] = []
        self._seconds = seconds

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Drain on SIGTERM and SIGINT until the block ends, where it is uvicorn that handles them."""
        loop = asyncio.get_running_loop()
        found: dict[int, Any] = {number: signal.getsignal(number) for number in SIGNALS}
        servers = {number: handler for number, handler in found.items() if _is_uvicorns(handler)}

        def finish(number: int) -> None:
            for end in self.at_end:
                end()
            servers[number](number, None)

        def begin(number: int) -> None:
            if self.begun:  # asked twice: at once
                finish(number)
            else:
                self.begun = True
                loop.call_later(self._seconds, finish, number)

        def on_signal(number: int, _: FrameType | None) -> None:
            loop.call_soon_threadsafe(begin, number)

        for number in servers:
            signal.signal(number, on_signal)
        try:
            yield
        finally:
            for number, handler in servers.items():
                signal.signal(number, handler)


def _is_uvicorns(handler: Any) -> bool:
    return isinstance(getattr(handler, "__self__", None), uvicorn.Server)
