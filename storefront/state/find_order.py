"""Finding an order again: by number and phone, or among those that this browser remembers."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.orders import Order, OrderLookup
from storefront.clients import wiring
from storefront.dates import minutes_left
from storefront.i18n import href, t
from storefront.state.cart import Events
from storefront.state.device import forget, parse, recall, remember
from storefront.state.once import Once
from storefront.state.order_view import OrderRow, show_row
from storefront.state.session import SessionState
from storefront.state.validate import focus_script, problem_of

FIND_NOTICE = "find-notice"
_NUMBER = re.compile(r"#?(SD-*)?[0-9]{1,15}", re.IGNORECASE)
"""An order's number as people say it, without spaces: SD-1001, sd1001, #1001, 1001."""


class FindOrderState(Once, SessionState):
    """The page on which orders are found again."""

    errors: dict[str, str] = {}  # noqa: RUF012 - Reflex copies a default for each tab
    notice: str = ""
    is_busy: bool = False
    orders: list[OrderRow] = []  # noqa: RUF012
    """The remembered ones; an `id` is the tracking token here."""
    is_recalled: bool = False
    is_unreachable: bool = False

    @rx.event
    def open(self) -> EventSpec:
        """Begin with a clean form, and ask the browser what it remembers."""
        self.errors, self.notice, self.is_busy = {}, "", False
        return recall(FindOrderState.show_remembered)

    @rx.event
    def retry(self) -> EventSpec:
        """Try again because somebody asked."""
        return recall(FindOrderState.show_remembered)

    @rx.event
    async def show_remembered(self, text: str) -> Events:
        """Show the orders that the browser remembers, as they are now; what is no order any more is forgotten."""
        known = parse(str(text))

        async def read(token: str) -> Order | ServiceProblem | ServiceUnavailable:
            try:
                return await wiring.orders().track(token)
            except (ServiceProblem, ServiceUnavailable) as error:
                return error

        found = await asyncio.gather(*(read(one.token) for one in known))
        lang = self._language()
        self.orders = [
            replace(show_row(order, lang), id=order.tracking_token) for order in found if isinstance(order, Order)
        ]
        self.is_unreachable = any(isinstance(order, ServiceUnavailable) for order in found)
        self.is_recalled = True
        gone = [
            one.token
            for one, order in zip(known, found, strict=True)
            if isinstance(order, ServiceProblem) and order.status == 404
        ]
        if gone:
            yield forget(gone)

    @rx.event
    def forget_all(self) -> EventSpec:
        """Have the browser forget every order."""
        self.orders = []
        return forget()

    @rx.event
    def recheck(self, field: str, value: str) -> None:
        """Take a message away once what it says is mended."""
        if field in self.errors and not self._problem(field, value):
            self.errors.pop(field)

    @rx.event
    async def find(self, form: dict[str, Any]) -> Events:
        """Go to the order with this number and phone."""
        async for event in self._once(self._find, form):
            yield event

    async def _find(self, form: dict[str, Any]) -> Events:
        said = {field: str(form.get(field, "")).strip()[:100] for field in ("number", "phone")}
        said["number"] = "".join(said["number"].split())
        found = {field: self._problem(field, value) for field, value in said.items()}
        self.errors, self.notice = {field: text for field, text in found.items() if text}, ""
        if self.errors:
            yield rx.call_script(focus_script(next(iter(self.errors))))
            return
        self.is_busy = True
        yield None
        lang, wanted = self._language(), OrderLookup.model_validate(said)
        try:
            link = await wiring.orders().find(wanted, self.router.session.client_ip)
        except (ServiceProblem, ServiceUnavailable) as error:
            self.notice = self._refusal(error)
            yield rx.call_script(focus_script(FIND_NOTICE))
            return
        finally:
            self.is_busy = False
        yield remember(link.number, link.tracking_token)
        yield rx.redirect(href(lang, f"/track/{link.tracking_token}"))

    def _problem(self, field: str, value: str) -> str:
        """Return what is wrong with a field's value, "" if nothing is."""
        lang = self._language()
        if field == "phone":
            key = problem_of("phone", value)
            return t(lang, "find.phone_missing" if key.endswith("missing") else key) if key else ""
        number = "".join(value.split())
        if _NUMBER.fullmatch(number):
            return ""
        return t(lang, "find.number_wrong" if number else "find.number_missing")

    def _refusal(self, error: ServiceProblem | ServiceUnavailable) -> str:
        lang = self._language()
        if isinstance(error, ServiceUnavailable) or error.status >= 500:
            return t(lang, "find.unavailable")
        if error.code == "rate_limited":
            return t(lang, "account.rate_limited", minutes=minutes_left(error))
        return t(lang, "find.not_found")
