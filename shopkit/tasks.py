"""Long tasks under supervision: what a process does for as long as it lives, besides answering requests.

A task that ends, by an exception or by returning, is logged, counted and started again, ever more slowly while it keeps
failing. While it is down, and while it makes no progress (it has not called `beat` or `pause` for longer than its
limit), `troubles` names it; `/readyz` and `/metrics` tell that to the outside.
"""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

from shopkit import log

Run = Callable[[], Coroutine[Any, Any, object]]

RESTART_DELAYS_S = (0.2, 1.0, 2.0, 5.0, 10.0)
WELL_S = 30.0
"""A task that ran this long before it ended is started again at the shortest delay."""
SILENT_S = 30.0
"""How long a task may work without a sign of progress, unless it declares otherwise."""
STOP_S = 1.0

_current: contextvars.ContextVar["Task"] = contextvars.ContextVar("supervised_task")


class Task:
    """One long task and how it fares. `restarts` counts how often it ended though nobody had asked it to."""

    def __init__(self, name: str, run: Run, silent_s: float) -> None:
        self.name = name
        self.run = run
        self.silent_limit_s = silent_s
        self.restarts = 0
        self.is_down = True
        self._is_pausing = False
        self._beat_at = monotonic()

    def beat(self) -> None:
        """Note that the task makes progress."""
        self._beat_at = monotonic()

    async def pause(self, seconds: float, wake: asyncio.Event | None) -> None:
        """Wait as `pause` below says."""
        self._is_pausing = True
        try:
            await _wait(seconds, wake)
        finally:
            self._is_pausing = False
            self.beat()

    @property
    def silent_s(self) -> float:
        """For how many seconds it has shown no progress; 0 while it waits for the next thing to do."""
        return 0.0 if self._is_pausing else monotonic() - self._beat_at

    @property
    def trouble(self) -> str | None:
        """What is wrong with it: `down`, `stalled`, or nothing."""
        if self.is_down:
            return "down"
        return "stalled" if self.silent_s > self.silent_limit_s else None


def beat() -> None:
    """Note that the task that calls makes progress. Does nothing outside of supervision."""
    if (task := _current.get(None)) is not None:
        task.beat()


async def pause(seconds: float, wake: asyncio.Event | None = None) -> None:
    """Wait for so long, or until `wake` is set, as a supervised task does when it has nothing to do."""
    if (task := _current.get(None)) is not None:
        await task.pause(seconds, wake)
    else:
        await _wait(seconds, wake)


async def back_off(seconds: float, wake: asyncio.Event | None = None) -> None:
    """Wait as `pause` does, after a round that failed: that is no progress, and the task's silence goes on."""
    await _wait(seconds, wake)


async def _wait(seconds: float, wake: asyncio.Event | None) -> None:
    if wake is None:
        await asyncio.sleep(seconds)
        return
    if wake.is_set():
        await asyncio.sleep(0)  # else a task whose event stays set would keep the process from everything else
        return
    try:
        # Not wait_for: until Python 3.12 it loses a cancellation that comes together with the wake.
        async with asyncio.timeout(seconds):
            await wake.wait()
    except TimeoutError:
        pass


class Supervisor:
    """The long tasks of a process. `delays_s` are the waits before a task is started again, the last one repeated."""

    def __init__(self, delays_s: tuple[float, ...] = RESTART_DELAYS_S, well_s: float = WELL_S) -> None:
        self.tasks: dict[str, Task] = {}
        self._delays_s = delays_s
        self._well_s = well_s
        self._keepers: list[asyncio.Task[None]] = []
        self._is_started = False

    def add(self, name: str, run: Run, *, silent_s: float = SILENT_S) -> None:
        """Add a task: `run` begins a life of it, which should last until it is cancelled.

        `silent_s` is how long it may go without `beat` or `pause` before it counts as stalled. Names are unique.
        """
        if name in self.tasks:
            raise ValueError(f"there is a task {name} already")
        task = self.tasks[name] = Task(name, run, silent_s)
        if self._is_started:
            self._keepers.append(self._start(task))

    def start(self) -> None:
        """Start every task; those that are added later start at once."""
        self._is_started = True
        self._keepers += [self._start(task) for task in self.tasks.values()]

    async def stop(self) -> None:
        """End every task and wait for its end."""
        self._is_started = False
        keepers, self._keepers = self._keepers, []
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)

    def troubles(self) -> dict[str, str]:
        """Return what is wrong, by the task's name: `down` or `stalled`."""
        return {task.name: trouble for task in self.tasks.values() if (trouble := task.trouble) is not None}

    def _start(self, task: Task) -> asyncio.Task[None]:
        return asyncio.create_task(self._keep(task), name=f"keeper of {task.name}")

    async def _keep(self, task: Task) -> None:
        failures = 0
        while True:
            started = monotonic()
            task.beat()
            task.is_down = False
            try:
                error = await _live(task)
            finally:
                task.is_down = True
            task.restarts += 1
            if monotonic() - started >= self._well_s:
                failures = 0
            delay = self._delays_s[min(failures, len(self._delays_s) - 1)]
            failures += 1
            log.get().error("task_ended", task=task.name, restarts=task.restarts, again_in_s=delay, exc_info=error)
            await asyncio.sleep(delay)


async def _live(task: Task) -> BaseException | None:
    """Run a task until it ends; return the exception that ended it, if one did."""

    async def life() -> None:
        _current.set(task)
        await task.run()

    running = asyncio.create_task(life(), name=task.name)
    try:
        await asyncio.wait([running])
    except asyncio.CancelledError:
        # Until it is done: a cancellation can get lost in code that waits with a time limit.
        while not running.done():
            running.cancel()
            await asyncio.wait([running], timeout=STOP_S)
        if not running.cancelled():
            running.exception()  # how it ended is nobody's concern any more
        raise
    return asyncio.CancelledError() if running.cancelled() else running.exception()
