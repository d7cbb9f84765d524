"""The frame of the back office: what waits, and whether the page is live."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import reflex as rx

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.orders import OrderChanged, OrderStatus
from storefront.clients import wiring
from storefront.clients.streams import RETRY_DELAYS_S, batches
from storefront.clients.tokens import SessionEnded
from storefront.lasting import lasting
from storefront.state.admin.base import AdminState, Events
from storefront.state.admin.live import catalogue_follower_of, follower_of, told
from storefront.state.admin.signals import ARRIVED

STEADY_S = 10.0
"""A stream that held for so long is taken up again at once."""
MOST_MISSED = 50

PAUSE_S = 1.0
"""Changes of the catalogue that follow one another within this time are shown together."""


class ShellState(AdminState):
    """Counts in the navigation, and the one subscription of an open tab to what happens to orders."""

    waiting: int = 0
    """Orders that nobody has begun."""
    low_stock: int = 0
    is_live: bool = False

    _newest: str = ""
    """The order that came last, as far as this tab knows, or when the tab was opened: ids sort by time."""

    @rx.event
    async def load(self) -> Events:
        """Follow the orders from now on, and count what runs low. Last in every page's on_load."""
        yield ShellState.follow
        yield ShellState.follow_catalogue
        with suppress(SessionEnded):
            low = await _count_low(self._sid)
            self.low_stock = self.low_stock if low is None else low

    @rx.event(background=True, supersedes=True)
    @lasting
    async def follow(self) -> Events:
        """Tell the page of every change of an order, until it is left; Reflex ends this with the page's loading.

        The order service ends the stream with the admin's session, so an open page of theirs closes by itself.
        """
        failures = 0
        while True:
            async with self:
                sid, path = self._sid, self._path()
                self._newest = self._newest or _id_of_now()
            follower = follower_of(path)
            began = time.monotonic()
            try:
                token = (await wiring.tokens().get(sid)).value
                async for batch in batches(wiring.orders().changes(token=token)):
                    failures = 0
                    missed = await self._count(sid, batch)
                    arrived = [told(change) for change in batch if change and change.from_status is None] + missed
                    if arrived:
                        yield rx.call_script(ARRIVED.format(count=len(arrived)))
                    if follower is not None:
                        yield follower(news(batch))
                        if missed:
                            yield follower(missed)
            except SessionEnded:
                async with self:
                    leave = self._leave_office()
                yield leave
                return
            except ServiceProblem as problem:
                if problem.status == 401:
                    wiring.tokens().forget(sid)
            except ServiceUnavailable:
                pass
            if time.monotonic() - began > STEADY_S:
                continue  # most likely it ended with its token, as it should
            async with self:
                self.is_live = False
            await asyncio.sleep(RETRY_DELAYS_S[min(failures, len(RETRY_DELAYS_S) - 1)])
            failures += 1

    async def _count(self, sid: str, batch: Sequence[OrderChanged | None]) -> list[dict[str, str]]:
        """Count the waiting orders, and return those that came unseen, where the batch says that some may have.

        For the background, which must not hold the tab while a service is asked.
        """
        pending = {"status": OrderStatus.PENDING, "limit": MOST_MISSED if None in batch else 1}
        page = await wiring.tokens().call(sid, lambda token: wiring.orders().page(pending, token))
        async with self:
            known = self._newest
            came = [str(order.id) for order in page.items] + [str(change.order_id) for change in batch if change]
            self.waiting, self.is_live, self._newest = page.total, True, max([known, *came])
        if None not in batch:
            return []
        told_already = {str(change.order_id) for change in batch if change}
        return [
            {"id": str(order.id), "number": order.number, "status": order.status, "before": ""}
            for order in reversed(page.items)
            if str(order.id) > known and str(order.id) not in told_already
        ]

    @rx.event(background=True, supersedes=True)
    @lasting
    async def follow_catalogue(self) -> Events:
        """Count what runs low after every change of the catalogue, and tell the page of it."""
        async with self:
            sid, follower = self._sid, catalogue_follower_of(self._path())
        try:
            async for _ in wiring.shelf().changes(None):
                low = await _count_low(sid)
                async with self:
                    self.low_stock = self.low_stock if low is None else low
                if follower is not None:
                    yield follower
                await asyncio.sleep(PAUSE_S)
        except SessionEnded:
            return  # `follow` leads to the login


async def _count_low(sid: str) -> int | None:
    """Return how many sizes run low, or None where that cannot be learned: a count may be late."""
    try:
        low = await wiring.tokens().call(sid, lambda token: wiring.catalog().low_stock(1, token))
    except (ServiceProblem, ServiceUnavailable):
        return None
    return low.total


def _id_of_now() -> str:
    """Return what stands between the ids of orders before this moment and those after it: a UUIDv7 begins with time."""
    return str(UUID(int=int(time.time() * 1000) << 80))


def news(batch: Sequence[OrderChanged | None]) -> list[dict[str, str]]:
    """Return what a page is told of a batch: nothing at all, which means "read anew", if any of it was lost."""
    changes = [told(change) for change in batch if change is not None]
    return changes if len(changes) == len(batch) else []
