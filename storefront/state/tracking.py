"""One order, shown live: the tracking link's, and the person's own."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import cast

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.orders import Order
from storefront.clients import wiring
from storefront.clients.streams import RETRY_DELAYS_S
from storefront.clients.tokens import SessionEnded
from storefront.i18n import split
from storefront.lasting import lasting
from storefront.state.order_view import FINAL, OrderView, show_order
from storefront.state.session import SessionState

Events = AsyncGenerator[EventSpec | None, None]


class TrackingState(SessionState):
    """An order by its tracking link. Anybody who has the link may see it."""

    order: OrderView = OrderView()
    is_found: bool = False
    is_missing: bool = False
    is_live: bool = False
    is_unreachable: bool = False

    _order: Order | None = None

    @rx.event
    async def load_tracked(self) -> Events:
        """Show the link's order, then follow it. For on_load only: leaving the page ends the following."""
        token = self._address()
        self._begin(self._order is not None and self._order.tracking_token == token)
        yield None
        await self._try(lambda: wiring.orders().track(token))
        if not self.is_missing:
            yield cast(EventSpec, TrackingState.follow)

    @rx.event
    async def retry_tracked(self) -> None:
        """Try again because somebody asked."""
        token = self._address()
        await self._try(lambda: wiring.orders().track(token))

    @rx.event(background=True, supersedes=True)
    @lasting
    async def follow(self) -> None:
        """Show each change of the order as it happens, until it is final, gone, or the page is left.

        Reflex ends this with the page load that it belongs to: on leaving the page, and when the tab goes away.
        """
        failures = 0
        while True:
            async with self:
                order, address = self._order, self._address()
            token = order.tracking_token if order else address
            try:
                async for _ in wiring.orders().changes(tracking_token=token):
                    # Whatever the event says, the order itself is the truth.
                    order = await wiring.orders().track(token)
                    failures = 0
                    async with self:
                        self._show_order(order)
                        self.is_live, self.is_unreachable = True, False
                    if order.status in FINAL:
                        break
            except ServiceUnavailable:
                pass
            except ServiceProblem as problem:
                if problem.status == 404:
                    async with self:
                        self.is_missing, self.is_live = not self.is_found, False
                    return
            async with self:
                self.is_live = False
                self.is_unreachable = not self.is_found
            if order and order.status in FINAL:
                return
            await asyncio.sleep(RETRY_DELAYS_S[min(failures, len(RETRY_DELAYS_S) - 1)])
            failures += 1

    async def _try(self, read: Callable[[], Awaitable[Order]]) -> None:
        try:
            self._show_order(await read())
            self.is_unreachable = False
        except ServiceUnavailable:
            self.is_unreachable = True
        except SessionEnded:
            self._forget()
        except ServiceProblem as problem:
            self.is_unreachable = problem.status not in {401, 404, 422}
            if not self.is_unreachable:
                self._forget()

    def _address(self) -> str:
        """Return the last part of the page's path: the tracking token, or the order's id."""
        return split(self.router.url.path)[1].rstrip("/").rpartition("/")[2]

    def _show_order(self, order: Order) -> None:
        self._order = order
        self.order = show_order(order, self._language())
        self.is_found, self.is_missing = True, False

    def _forget(self) -> None:
        """Show nothing of an order that is not there, or not for these eyes."""
        self._order, self.order, self.is_found, self.is_missing = None, OrderView(), False, True

    def _begin(self, same: bool) -> None:
        """Begin a page load; an order that is shown already stays until there is news of it."""
        if not same:
            self._forget()
        self.is_missing = self.is_live = self.is_unreachable = False
