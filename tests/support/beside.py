"""An asyncio server in a thread of its own, beside a test."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

START_TIMEOUT_S = 10.0
Serve = Callable[[threading.Event, asyncio.Event], Awaitable[None]]
"""Serves until the second event is set; sets the first one when it listens."""


@contextmanager
def beside(serve: Serve, name: str) -> Iterator[None]:
    """Run `serve` in a thread called `name` until the block ends."""
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        await serve(ready, stop)
        await asyncio.sleep(0.1)  # the other ends see that their connections are closed, and close
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def work() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(run())
        loop.close()

    thread = threading.Thread(target=work, name=name)
    thread.start()
    try:
        assert ready.wait(START_TIMEOUT_S)
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(START_TIMEOUT_S)
