"""The person's own orders: one of them, live, with what can be done about it; and all of them."""

import asyncio
from collections.abc import Sequence
from typing import cast

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.orders import OrderLine
from storefront.clients import wiring
from storefront.clients.streams import RETRY_DELAYS_S
from storefront.clients.tokens import SessionEnded
from storefront.i18n import t
from storefront.lasting import lasting
from storefront.state.cart import DRAWER_ID, CartState, Events
from storefront.state.device import remember
from storefront.state.order_view import OrderRow, show_row
from storefront.state.reorder import Reordered, put_again
from storefront.state.session import SessionState, tell_other_tabs
from storefront.state.tracking import TrackingState

CANCEL_DIALOG = "cancel-order"
NOT_AGAIN_ID = "not-again"
HISTORY_PAGE = 10
UNAVAILABLE = (ServiceProblem, ServiceUnavailable, SessionEnded)


class OrderState(TrackingState):
    """One of the person's own orders."""

    is_cancelling: bool = False
    is_reordering: bool = False
    is_new: bool = False
    unavailable: list[str] = []  # noqa: RUF012 - Reflex copies a default for each tab

    @rx.event
    async def load_own(self) -> Events:
        """Show the order of the page's address, then follow it. For on_load only."""
        order_id = self._address()
        self._begin(self._order is not None and str(self._order.id) == order_id)
        self.is_cancelling = self.is_reordering = False
        self.unavailable = []
        self.is_new = "new" in self.router.url.query_parameters
        yield None
        await self._read_own(order_id)
        if self.is_found:
            if self._order and self._order.user_id == self._user_id():  # staff may see others', too
                yield remember(self._order.number, self._order.tracking_token)
            yield cast(EventSpec, TrackingState.follow)
        elif not self.is_missing:
            yield cast(EventSpec, OrderState.recover_own)

    @rx.event
    async def retry_own(self) -> None:
        """Try again because somebody asked."""
        await self._read_own(self._address())

    @rx.event(background=True, supersedes=True)
    @lasting
    async def recover_own(self) -> list[EventSpec] | None:
        """Try again by itself until the services answer."""
        for delay in (*RETRY_DELAYS_S, *[RETRY_DELAYS_S[-1]] * 20):
            await asyncio.sleep(delay)
            async with self:
                await self._read_own(self._address())
                if self.is_found:
                    return [TrackingState.follow]
                if self.is_missing:
                    return None
        return None

    @rx.event
    async def cancel(self) -> Events:
        """Cancel the order, while it may be."""
        if self._order is None or self.is_cancelling:
            return
        self.is_cancelling = True
        yield None
        lang, order_id = self._language(), str(self._order.id)
        try:
            self._show_order(await self._call(lambda token: wiring.orders().cancel(order_id, token)))
            yield rx.toast.success(t(lang, "order.cancelled_done"))
        except ServiceProblem as problem:
            await self._read_own(order_id)
            text = "order.cancel_too_late" if problem.status == 409 else "session.failed"
            yield rx.toast.error(t(lang, text))
        except ServiceUnavailable:
            yield rx.toast.error(t(lang, "session.unavailable"))
        except SessionEnded:
            yield self._ended_toast()
        finally:
            self.is_cancelling = False
        yield rx.call_script(f"document.getElementById('{CANCEL_DIALOG}')?.close()")

    @rx.event
    async def order_again(self) -> Events:
        """Put the order's cakes into the cart: what is left of them, and say what is not."""
        if self._order is None or self.is_reordering:
            return
        self.is_reordering, self.unavailable = True, []
        yield None
        done = Reordered()
        async for event in _order_again(self, self._order.items, done):
            yield event
        self.is_reordering, self.unavailable = False, done.missing

    async def _read_own(self, order_id: str) -> None:
        await self._try(lambda: self._call(lambda token: wiring.orders().read(order_id, token)))


async def _order_again(state: SessionState, lines: Sequence[OrderLine], done: Reordered) -> Events:
    """Put lines into the cart and show it, unless there is something to tell of them first; `done` learns what."""
    try:
        yield await state._become_somebody()
        put = await put_again(state, lines)
        done.added, done.missing = put.added, put.missing
    except ServiceUnavailable:
        yield rx.toast.error(t(state._language(), "session.unavailable"))
    except SessionEnded:
        yield state._ended_toast()
    except ServiceProblem:
        yield rx.toast.error(t(state._language(), "session.failed"))
    if done.added:
        yield tell_other_tabs()
        yield CartState.load  # type: ignore[misc]
        if not done.missing:
            yield rx.call_script(f"document.getElementById('{DRAWER_ID}')?.showModal?.()")


class HistoryState(CartState):
    """The person's orders, newest first, a page at a time."""

    orders: list[OrderRow] = []  # noqa: RUF012
    has_more: bool = False
    is_history_loaded: bool = False
    is_history_unreachable: bool = False
    is_loading_more: bool = False
    reordering: str = ""
    """The order whose cakes are on their way into the cart."""
    not_again: list[str] = []  # noqa: RUF012
    """What could not be ordered again."""

    _page: int = 0
    _lines: dict[str, list[OrderLine]] = {}  # noqa: RUF012

    @rx.event
    async def load_history(self) -> None:
        """Show the newest orders."""
        self._page, self.reordering, self.not_again = 0, "", []
        await self._next_page()

    @rx.event
    async def load_more(self) -> Events:
        """Show older ones too."""
        self.is_loading_more = True
        yield None
        await self._next_page()
        self.is_loading_more = False

    @rx.event
    async def order_again(self, order_id: str) -> Events:
        """Put an order's cakes into the cart: what is left of them, and say what is not."""
        if self.reordering or order_id not in self._lines:
            return
        self.reordering, self.not_again = order_id, []
        yield None
        done = Reordered()
        async for event in _order_again(self, self._lines[order_id], done):
            yield event
        self.reordering, self.not_again = "", done.missing
        if done.missing:
            yield rx.call_script(f"requestAnimationFrame(()=>document.getElementById('{NOT_AGAIN_ID}')?.focus())")

    async def _next_page(self) -> None:
        number = self._page + 1
        try:
            user_id = self._user_id() if await self._person() else 0
            page = await self._call(lambda token: wiring.orders().history(user_id, number, HISTORY_PAGE, token))
        except SessionEnded:
            self.orders, self.has_more = [], False
            return
        except (ServiceProblem, ServiceUnavailable):
            self.is_history_unreachable = True
            return
        rows = [show_row(order, self._language()) for order in page.items]
        self._lines = {**(self._lines if number > 1 else {}), **{str(order.id): order.items for order in page.items}}
        # An order placed meanwhile moves the pages: what is shown already is not shown twice.
        known = {row.id for row in self.orders} if number > 1 else set()
        self.orders = [*(self.orders if number > 1 else []), *(row for row in rows if row.id not in known)]
        self._page, self.has_more = number, number < page.pages
        self.is_history_loaded, self.is_history_unreachable = True, False
