"""Looks at every process of the shop every few seconds, but only while somebody watches."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from shopkit import log
from storefront.monitoring.readings import Reading
from storefront.monitoring.samples import Health, History, Sample

PERIOD_S = 2.5
LOOK_S = 5.0
"""A look that takes longer than this is given up: the others must not wait for it."""
STALE_S = 15.0
"""A history that nobody watched for longer than this is begun anew: nothing is known of the time between."""

Look = Callable[[], Awaitable[tuple[Health, Reading | None]]]


class Sampler:
    """One for the whole process, however many tabs watch. `looks` are the ways to look at each process, by name."""

    def __init__(
        self,
        looks: Mapping[str, Look],
        period_s: float = PERIOD_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.histories = {name: History() for name in looks}
        self.round = 0
        """Counts the looks at all of them."""
        self._looks, self._period_s, self._clock = looks, period_s, clock
        self._watchers = 0
        self._running: asyncio.Task[None] | None = None
        self._done = asyncio.Condition()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator["Sampler"]:
        """Keep the sampler going inside the block."""
        self._watchers += 1
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        try:
            yield self
        finally:
            self._watchers -= 1
            if self._watchers == 0 and self._running is not None:
                running, self._running = self._running, None
                running.cancel()

    @property
    def is_running(self) -> bool:
        """Whether somebody watches."""
        return self._running is not None

    async def after(self, seen: int) -> int:
        """Wait until there is a newer round than `seen`, and return its number."""
        async with self._done:
            await self._done.wait_for(lambda: self.round > seen)
        return self.round

    async def look(self) -> None:
        """Look at every process once, at all of them at the same time."""
        looked = await asyncio.gather(*(_result(name, look) for name, look in self._looks.items()))
        at = self._clock()
        for history, (health, reading) in zip(self.histories.values(), looked, strict=True):
            history.add(Sample(at, health, reading))
        async with self._done:
            self.round += 1
            self._done.notify_all()

    async def _run(self) -> None:
        for history in self.histories.values():
            if history.last and history.last.at < self._clock() - STALE_S:
                history.samples.clear()
        with suppress(asyncio.CancelledError):
            while True:
                begun = self._clock()
                try:
                    await self.look()
                except Exception:  # somebody watches: a picture that stands still would look like the truth
                    log.get().exception("sampling_failed")
                await asyncio.sleep(max(0.0, self._period_s - (self._clock() - begun)))


async def _result(name: str, look: Look) -> tuple[Health, Reading | None]:
    """Return what a look finds. One that fails, however oddly, must not end the looks at the others."""
    try:
        async with asyncio.timeout(LOOK_S):
            return await look()
    except Exception:
        log.get().exception("look_failed", process=name)
        return Health.DOWN, None
