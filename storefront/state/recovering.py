"""What a page does while a service is down: it says so, and comes back by itself."""

import asyncio

import reflex as rx

from storefront.lasting import lasting

RETRY_DELAYS_S = (1, 2, 4, 8, 15, 30, 30, 60, 60, 120)
"""How long a page waits between tries. It gives up after about five minutes."""


class Recovering(rx.State, mixin=True):
    """For States of pages that show what a service tells. `_fetch` gets it and keeps `is_unreachable`."""

    is_unreachable: bool = False

    @rx.event
    async def retry(self) -> None:
        """Try again because somebody asked."""
        await self._fetch()

    @rx.event(background=True, supersedes=True)
    @lasting
    async def recover(self) -> None:
        """Try again by itself, less and less often, until the service answers."""
        for delay in RETRY_DELAYS_S:
            await asyncio.sleep(delay)
            async with self:
                if not self.is_unreachable or await self._fetch():
                    return

    async def _fetch(self) -> bool:
        """Show what the service tells now; return whether it answered."""
        raise NotImplementedError
