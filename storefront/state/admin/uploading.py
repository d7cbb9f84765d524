"""Files on their way from the browser: how much has been sent, and whether anything still comes."""

import asyncio
import time
from typing import Any

import reflex as rx

from storefront.lasting import lasting

LOOK_EVERY_S = 1.0
STALLED_S = 20.0
"""An upload of which nothing has come for so long has failed: the browser does not say so."""


class Uploading(rx.State, mixin=True):
    """For States that take a file. `_sent` shows how much of it is here, and `_stalled` that nothing comes any more."""

    _heard: float = 0.0

    @rx.event
    def advance(self, progress: dict[str, Any]) -> None:
        """Show how much of a file has been sent."""
        self._heard = time.time()
        self._sent(min(100, round(100 * float(progress.get("progress", 0)))))

    @rx.event(background=True, supersedes=True)
    @lasting
    async def watch(self) -> None:
        """Say that an upload has failed of which nothing comes any more."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            async with self:
                if not self._is_sending():
                    return
                if time.time() - self._heard > STALLED_S:
                    self._stalled()
                    return

    def _sent(self, percent: int) -> None:
        raise NotImplementedError

    def _is_sending(self) -> bool:
        raise NotImplementedError

    def _stalled(self) -> None:
        raise NotImplementedError
