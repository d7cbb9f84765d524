"""The checkout's form: what is typed, whether it is right, and what the order costs."""

from datetime import UTC, datetime
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.cart import CartItem
from shopkit.contracts.orders import DeliveryTerms, Fulfilment
from shopkit.money import format_vnd
from storefront.clients import wiring
from storefront.dates import format_promise
from storefront.i18n import t
from storefront.state.cart import CartState, Events
from storefront.state.validate import Kind, problem_of

FIELDS: dict[str, tuple[Kind, bool]] = {
    "name": ("name", True),
    "phone": ("phone", True),
    "email": ("email", False),
    "address": ("address", True),
}
"""Field -> what it must be, and whether it must be there. In the page's order."""

NOTE_LENGTH = 1000
NOTICE_ID = "checkout-notice"


class CheckoutForm(CartState):
    """What is typed stays here, on the server, for as long as the tab lives."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    note: str = ""
    # The browser keeps the choice as it keeps what is typed: this is no secret, and gone with the tab.
    fulfilment: str = rx.SessionStorage(Fulfilment.DELIVERY.value, name="sweetdream.fulfilment")
    errors: dict[str, str] = {}  # noqa: RUF012 - Reflex copies a default for each tab

    fee_text: str = ""
    fee_hint: str = ""
    grand_total_text: str = ""
    expected_text: str = ""
    """When the cakes come if they are ordered now."""
    notice: str = ""
    notice_lines: list[str] = []  # noqa: RUF012
    must_confirm: bool = False
    keeps_profile: bool = True
    """Whether the box "remember for next time" is ticked at first: where the profile lacks phone or address."""

    _terms: DeliveryTerms | None = None

    @rx.event
    def keep(self, field: str, value: str) -> None:
        """Remember what was typed, and check it, unless it is an empty field that was never wrong."""
        if field not in FIELDS and field != "note":
            return
        setattr(self, field, value)
        if field in self.errors or value.strip():
            self._check(field)

    @rx.event
    def choose(self, fulfilment: str) -> None:
        """Choose between delivery and pick-up. Payment follows: to the courier, or at the counter."""
        self.fulfilment = Fulfilment(fulfilment).value
        if self._is_pickup():
            self.errors.pop("address", None)
        self._add_up()

    @rx.event
    async def mend_line(self, line_id: int) -> Events:
        """Put a line right in place, and the sums with it."""
        async for event in self._mend(line_id):
            yield event
        self._say("")
        self._add_up()

    def _take_in(self, form: dict[str, Any]) -> None:
        for field in (*FIELDS, "note"):
            if field in form:
                setattr(self, field, str(form[field]))
            self._check(field)

    def _check(self, field: str) -> None:
        value = getattr(self, field)
        if field == "note":
            message = "form.note_wrong" if len(value) > NOTE_LENGTH else ""
        elif field == "address" and self._is_pickup():
            message = ""
        else:
            kind, required = FIELDS[field]
            message = problem_of(kind, value, required=required)
        if message:
            self.errors[field] = t(self._language(), message)
        else:
            self.errors.pop(field, None)

    def _first_error(self) -> str:
        return next((field for field in (*FIELDS, "note") if field in self.errors), "")

    def _prefill(self) -> None:
        if self._user:
            self.name = self.name or self._user.name
            self.phone = self.phone or self._user.phone
            self.email = self.email or self._user.email or ""
            self.address = self.address or self._user.address
            self.keeps_profile = not (self._user.phone and self._user.address)

    async def _learn_terms(self) -> bool:
        try:
            self._terms = await wiring.orders().delivery_terms()
        except (ServiceProblem, ServiceUnavailable):
            return self._terms is not None
        finally:
            self._add_up()
        return True

    def _add_up(self) -> None:
        total = self._cart.total_amount if self._cart else 0
        lang, terms = self._language(), self._terms
        self.fee_hint = ""
        self.expected_text = self._expected()
        if self._is_pickup():
            fee = 0
            self.fee_text = t(lang, "order.free")
        elif terms is None:
            self.fee_text, self.grand_total_text = t(lang, "checkout.fee_unknown"), ""
            return
        else:
            fee = terms.fee if total < terms.free_from else 0
            self.fee_text = format_vnd(fee) if fee else t(lang, "order.free")
            if fee:
                self.fee_hint = t(lang, "cart.free_delivery_left", amount=format_vnd(terms.free_from - total))
        self.grand_total_text = format_vnd(total + fee)

    def _expected(self) -> str:
        terms, lang, now = self._terms, self._language(), datetime.now(UTC)
        if terms is None or terms.expected_from is None or terms.expected_until is None:
            return ""
        when = format_promise(terms.expected_from, terms.expected_until, lang, placed_at=now, now=now)
        return t(lang, "order.expected_pickup" if self._is_pickup() else "order.expected_delivery", when=when)

    def _say(self, text: str, lines: list[str] | None = None) -> None:
        self.notice, self.notice_lines, self.must_confirm = text, lines or [], False

    def _stop(self, text: str, lines: list[str] | None = None) -> list[EventSpec]:
        """Say why the order was not placed, and bring the person there."""
        self._say(text, lines)
        return [rx.call_script(f"requestAnimationFrame(()=>document.getElementById('{NOTICE_ID}')?.focus())")]

    def _items(self) -> list[CartItem]:
        return self._cart.items if self._cart else []

    def _is_pickup(self) -> bool:
        return self.fulfilment == Fulfilment.PICKUP.value
