"""Background events that last as long as their page: begun again when they fail, instead of ending without a word."""

import asyncio
import functools
import inspect
from collections.abc import Callable
from contextlib import aclosing
from time import monotonic
from typing import Any, TypeVar

from shopkit import log
from shopkit.tasks import RESTART_DELAYS_S, WELL_S

F = TypeVar("F", bound=Callable[..., Any])

_failed = 0


def failures() -> int:
    """Return how often such an event has failed in this process."""
    return _failed


def lasting(handler: F) -> F:
    """Begin a background handler again, ever more slowly, when it raises what it does not expect.

    Below `@rx.event(background=True)`; the handler may yield events. What was shown stays meanwhile.
    """

    async def wait(began: float, tries: int) -> int:
        global _failed  # noqa: PLW0603 - one count for the process
        _failed += 1
        tries = 0 if monotonic() - began >= WELL_S else tries
        delay = RESTART_DELAYS_S[min(tries, len(RESTART_DELAYS_S) - 1)]
        log.get().exception("page_task_failed", task=handler.__qualname__, again_in_s=delay)
        await asyncio.sleep(delay)
        return tries + 1

    if inspect.isasyncgenfunction(handler):

        @functools.wraps(handler)
        async def yielding(state: Any, *arguments: Any) -> Any:
            tries = 0
            while True:
                began = monotonic()
                try:
                    async with aclosing(handler(state, *arguments)) as events:
                        async for event in events:
                            yield event
                except Exception:
                    tries = await wait(began, tries)
                else:
                    return

        return yielding  # type: ignore[return-value]

    @functools.wraps(handler)
    async def returning(state: Any, *arguments: Any) -> Any:
        tries = 0
        while True:
            began = monotonic()
            try:
                return await handler(state, *arguments)
            except Exception:
                tries = await wait(began, tries)

    return returning  # type: ignore[return-value]
