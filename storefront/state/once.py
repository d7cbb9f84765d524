"""Forms that are answered once, however often their button is pressed at once."""

import hashlib
import json
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

import reflex as rx
from reflex.event import EventSpec

Events = AsyncGenerator[EventSpec | None, None]

SAME_PRESS_S = 0.5
"""The same form sent again so soon after its answer is the second half of a double click."""


class Once(rx.State, mixin=True):
    """For States that answer forms. The browser holds no press back: one in which anything has changed is heard."""

    _answered: tuple[str, float] = ("", 0.0)
    """Which form was answered last, as a hash, and when, by the clock on the wall: processes share no other."""

    async def _once(self, answer: Callable[[dict[str, Any]], Events], form: dict[str, Any]) -> Events:
        """Answer a form, unless it was answered just now. Presses of one tab come one after the other."""
        told = json.dumps([answer.__name__, *sorted((name, str(value)) for name, value in form.items())])
        pressed = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
        last, at = self._answered
        if pressed == last and time.time() - at < SAME_PRESS_S:
            return
        try:
            async for event in answer(form):
                yield event
        finally:
            self._answered = pressed, time.time()
