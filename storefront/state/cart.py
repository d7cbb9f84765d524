"""The cart as this tab shows it. The backend's cart is the truth; every answer of it replaces what is here."""

import asyncio
import time
from collections.abc import AsyncGenerator
from functools import partial
from typing import cast

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.cart import Cart, CartItem
from shopkit.money import format_vnd
from storefront.clients import wiring
from storefront.clients.streams import RETRY_DELAYS_S
from storefront.clients.tokens import SessionEnded
from storefront.i18n import t
from storefront.lasting import lasting
from storefront.state.cart_view import LIMIT, CartLine, show_line
from storefront.state.session import SessionState, tell_other_tabs

DRAWER_ID = "cart-drawer"
UNDO_CLASS = "undo-remove"
SAME_CLICK_S = 0.7
"""Adding the same thing twice within this time is a double click, not a second wish."""

FRESH_S = 5.0
SETTLE_DELAYS_S = (1.0, 3.0)

Events = AsyncGenerator[EventSpec | None, None]


class CartState(SessionState):
    """The cart: what is in it, what is wrong with it, and what can be done about it."""

    lines: list[CartLine] = []  # noqa: RUF012 - Reflex copies a default for each tab
    item_count: int = 0
    total_text: str = ""
    is_loaded: bool = False
    is_unreachable: bool = False
    has_problems: bool = False
    busy_line: int = 0
    announcement: str = ""
    removed_text: str = ""
    emptied_here: bool = False
    """Whether nothing is in it because of what was done in this tab, or because the session ended."""

    _cart: Cart | None = None
    _rank: dict[str, int] = {}  # noqa: RUF012
    _removed: CartItem | None = None
    _last_add: tuple[str, float] = ("", 0.0)
    _loaded_at: float = 0.0

    @rx.event
    async def load(self) -> Events:
        """Show the cart as it is now. Belongs into every page's on_load, after `restore`."""
        yield await self._load()

    @rx.event
    async def refresh(self) -> Events:
        """Show the cart as it is now if the tab has been away for more than a moment."""
        if self._sid and time.time() - self._loaded_at > FRESH_S:
            yield await self._load()

    @rx.event(background=True)
    async def settle(self) -> Events:
        """Show the cart again soon after an order: the shop empties it as soon as the order is safe, not before."""
        for delay in SETTLE_DELAYS_S:
            await asyncio.sleep(delay)
            yield CartState.load  # type: ignore[misc]

    @rx.event
    async def sync(self, code: str | None) -> Events:
        """Follow another tab of this browser: its session (`code` is a handoff's answer) and its cart."""
        yield await self._take_over(code)
        yield await self._load()

    @rx.event(background=True, supersedes=True)
    @lasting
    async def recover(self) -> None:
        """Ask for the cart again and again until the services answer, less and less often."""
        for delay in (*RETRY_DELAYS_S, *[RETRY_DELAYS_S[-1]] * 20):
            await asyncio.sleep(delay)
            async with self:
                sid, unreachable = self._sid, self.is_unreachable
            cart: Cart | None = None
            if not unreachable:
                return
            try:
                # Outside the lock: waiting for a service must not hold up what the person does meanwhile.
                user = (await wiring.tokens().get(sid)).user if sid else None
                if user:
                    cart = await wiring.tokens().call(sid, partial(wiring.carts().read, user.id))
            except SessionEnded:
                user = None
            except (ServiceProblem, ServiceUnavailable):
                continue
            async with self:
                self.is_unreachable = False
                if self._sid == sid:
                    if user:
                        self._show(user)
                    else:
                        self._leave()
                    self._show_cart(cart)
            return

    @rx.event
    async def add(self, product_id: int, size: str, quantity: int = 1) -> Events:
        """Put a cake into the cart and show it there. A double click adds once."""
        key, now = f"{product_id}/{size}/{quantity}", time.time()
        if self._last_add[0] == key and now - self._last_add[1] < SAME_CLICK_S:
            return
        lang = self._language()
        try:
            yield await self._become_somebody()
            cart = await self._call(lambda token: wiring.carts().add(product_id, size, quantity, token))
        except (SessionEnded, ServiceProblem, ServiceUnavailable) as error:
            yield self._explain(error)
            return
        finally:
            self._last_add = key, time.time()
        self._show_cart(cart)
        self.announcement = t(lang, "cart.added_announcement", count=self.item_count)
        yield tell_other_tabs()
        yield rx.call_script(f"document.getElementById('{DRAWER_ID}')?.showModal?.()")

    @rx.event
    async def step(self, line_id: int, by: int) -> Events:
        """Take one more or one fewer of a line. Stays between 1 and what is left."""
        item = self._item(line_id)
        if item is None:
            return
        quantity = max(1, min(item.quantity + by, item.stock, LIMIT))
        if quantity != item.quantity:
            async for event in self._change(line_id, quantity):
                yield event

    @rx.event
    async def mend(self, line_id: int) -> Events:
        """Put right what is wrong with a line: take what is left, accept today's price, or take out what is gone."""
        async for event in self._mend(line_id):
            yield event

    async def _mend(self, line_id: int) -> Events:
        item = self._item(line_id)
        if item is None:
            return
        gone = not item.available and (item.stock == 0 or item.stock >= item.quantity)
        events = self._remove(item) if gone else self._change(line_id, min(item.quantity, item.stock, LIMIT))
        async for event in events:
            yield event

    @rx.event
    async def remove(self, line_id: int) -> Events:
        """Take a line out, with a moment to think better of it."""
        if item := self._item(line_id):
            async for event in self._remove(item):
                yield event

    @rx.event
    async def undo_remove(self) -> Events:
        """Put the line removed last back where it was."""
        item, self._removed, self.removed_text = self._removed, None, ""
        if item is None:
            return
        quantity = max(1, min(item.quantity, item.stock))
        try:
            cart = await self._call(lambda token: wiring.carts().add(item.product_id, item.size, quantity, token))
        except (SessionEnded, ServiceProblem, ServiceUnavailable) as error:
            yield self._explain(error)
            return
        self._show_cart(cart)
        yield tell_other_tabs()

    async def _change(self, line_id: int, quantity: int) -> Events:
        self.busy_line = line_id
        yield None
        try:
            cart = await self._call(lambda token: wiring.carts().change(line_id, quantity, token))
        except (SessionEnded, ServiceProblem, ServiceUnavailable) as error:
            for event in await self._mend_view(error):
                yield event
            return
        finally:
            self.busy_line = 0
        self._show_cart(cart)
        self.announcement = t(self._language(), "cart.total_announcement", total=self.total_text)
        yield tell_other_tabs()

    async def _remove(self, item: CartItem) -> Events:
        try:
            cart = await self._call(lambda token: wiring.carts().remove(item.id, token))
        except (SessionEnded, ServiceProblem, ServiceUnavailable) as error:
            for event in await self._mend_view(error):
                yield event
            return
        self._show_cart(cart)
        self.emptied_here = not cart.items
        self._removed = item
        lang = self._language()
        self.removed_text = t(lang, "cart.removed", name=show_line(item, lang).name)
        self.announcement = self.removed_text
        yield tell_other_tabs()
        yield rx.call_script(f"document.querySelector('dialog[open] .{UNDO_CLASS}, main .{UNDO_CLASS}')?.focus()")

    async def _mend_view(self, error: Exception) -> list[EventSpec | None]:
        """Show the cart as it really is now, where that is what the error tells, and say what went wrong."""
        status = error.status if isinstance(error, ServiceProblem) else 0
        events = [await self._load()] if status in {404, 409} else []
        if status != 404:  # else another tab, or the second click of two, was quicker: it is as the person wants it
            events.append(self._explain(error))
        return events

    async def _load(self) -> EventSpec | None:
        try:
            await self._fetch()
        except SessionEnded:
            self._show_cart(None)
            return self._ended_toast()
        except (ServiceProblem, ServiceUnavailable):
            self.is_unreachable = True
            return cast(EventSpec, CartState.recover)
        self.is_unreachable = False
        return None

    async def _fetch(self) -> None:
        was_signed_in = self.is_signed_in
        try:
            person = await self._person()
            cart = await self._call(lambda token: wiring.carts().read(person.id, token)) if person else None
        except SessionEnded:
            self._leave()
            if was_signed_in:
                raise
            cart = None
        self._show_cart(cart)

    def _show_cart(self, cart: Cart | None) -> None:
        self._cart = cart
        self.removed_text = ""
        self.emptied_here = cart is None or (self.emptied_here and not cart.items)
        self._loaded_at = time.time()
        items = cart.items if cart else []
        for item in items:
            # Lines keep their places, even one that was removed and put back.
            self._rank.setdefault(f"{item.product_id}/{item.size}", len(self._rank))
        items = sorted(items, key=lambda item: self._rank[f"{item.product_id}/{item.size}"])
        self.lines = [show_line(item, self._language()) for item in items]
        self.item_count = cart.item_count if cart else 0
        self.total_text = format_vnd(cart.total_amount if cart else 0)
        self.has_problems = any(line.problem for line in self.lines)
        self.is_loaded = True

    def _item(self, line_id: int) -> CartItem | None:
        return next((item for item in self._cart.items if item.id == line_id), None) if self._cart else None

    def _explain(self, error: Exception) -> EventSpec:
        lang = self._language()
        if isinstance(error, SessionEnded):
            self._show_cart(None)
            return self._ended_toast()
        text = t(lang, "session.failed")
        if isinstance(error, ServiceProblem) and error.code == "insufficient_stock":
            left = min((int(line.get("available", 0)) for line in error.body.get("lines", [])), default=0)
            held = int(error.body.get("inCart", 0))
            text = t(lang, "cart.only_left", count=left) if left else t(lang, "cart.sold_out")
            if left and held:
                text = t(lang, "cart.only_left_in_cart", count=left, held=held)
        elif isinstance(error, ServiceProblem) and error.code == "cart_full":
            text = t(lang, "cart.full")
        elif isinstance(error, ServiceProblem) and error.status == 404:
            text = t(lang, "cart.sold_out")
        toast: EventSpec = rx.toast.error(text, id="cart-trouble")
        return toast
