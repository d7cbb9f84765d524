"""The first page: today beside the same weekday of the week before, kept current by the orders that come."""

import asyncio
import time

import reflex as rx

from shopkit.contracts.catalog import LowStockList
from shopkit.contracts.orders import OrderStats
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.lasting import lasting
from storefront.state.admin.base import FAILURES, AdminState, Events
from storefront.state.admin.overview_view import LowStock, Overview, show_low_stock, show_overview

PAUSE_S = 3.0
"""Figures are read anew this long after the last time at the earliest, however many orders come."""
PERIOD_S = 60.0
"""Without an order they are read anew this often: the comparison moves with the time of day."""
RETRY_S = 5.0
LOW_SHOWN = 6


class OverviewState(AdminState):
    """What the first page shows. One service that is down leaves the other's part standing."""

    overview: Overview = Overview()
    low: LowStock = LowStock()
    is_loaded: bool = False
    is_unreachable: bool = False
    is_low_unreachable: bool = False

    _read_at: float = 0.0
    _due: float = 0.0

    @rx.event
    async def load(self) -> Events:
        """Show the figures, and keep them current until the page is left."""
        self._due = 0.0
        try:
            self._show_figures(*await _read(self._sid))
        except SessionEnded:
            yield self._leave_office()
            return
        yield OverviewState.keep_current

    @rx.event(background=True, supersedes=True)
    @lasting
    async def keep_current(self) -> None:
        """Read the figures anew from time to time; Reflex ends this when the page is left."""
        while True:
            async with self:
                sid, trouble = self._sid, self.is_unreachable or self.is_low_unreachable
            await asyncio.sleep(RETRY_S if trouble else PERIOD_S)
            try:
                figures = await _read(sid)
            except SessionEnded:
                return  # the frame leads them away
            async with self:
                self._show_figures(*figures)

    @rx.event(background=True)
    async def changed(self, _changes: list[dict[str, str]]) -> None:
        """Read the figures anew because of orders; changes that follow close on one another share one reading."""
        async with self:
            now = time.time()
            if self._due > now:
                return  # the reading on its way will see this change
            self._due = max(now, self._read_at + PAUSE_S)
            sid, wait = self._sid, self._due - now
        await asyncio.sleep(wait)
        try:
            figures = await _read(sid)
        except SessionEnded:
            return
        async with self:
            self._show_figures(*figures)

    def _show_figures(self, stats: OrderStats | None, low: LowStockList | None) -> None:
        lang = self._language()
        self._read_at = time.time()
        self.is_unreachable, self.is_low_unreachable = stats is None, low is None
        if stats is not None:
            self.overview, self.is_loaded = show_overview(stats, lang), True
        if low is not None:
            self.low = show_low_stock(low, lang)


async def _read(sid: str) -> tuple[OrderStats | None, LowStockList | None]:
    """Return today's figures and what runs low; None for what its service does not tell. Raises SessionEnded."""
    tokens = wiring.tokens()
    stats, low = await asyncio.gather(
        tokens.call(sid, wiring.orders().stats),
        tokens.call(sid, lambda token: wiring.catalog().low_stock(LOW_SHOWN, token)),
        return_exceptions=True,
    )
    for answer in (stats, low):
        if isinstance(answer, SessionEnded) or (isinstance(answer, BaseException) and not isinstance(answer, FAILURES)):
            raise answer
    return (
        None if isinstance(stats, BaseException) else stats,
        None if isinstance(low, BaseException) else low,
    )
