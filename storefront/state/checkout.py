"""Placing an order: exactly once, exactly as it was shown, and never lost in a failure."""

import asyncio
import hashlib
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceBusy, ServiceProblem, ServiceUnavailable
from shopkit.contracts.holds import ShortLine
from shopkit.contracts.orders import DeliveryTerms, Fulfilment, OrderInput, OrderItemInput, Payment, PricedLine
from shopkit.money import format_vnd
from storefront.clients import wiring
from storefront.clients.terms import WAIT_S
from storefront.clients.tokens import SessionEnded
from storefront.dates import minutes_left
from storefront.i18n import Lang, href, t
from storefront.shop import PHONE
from storefront.state.cart import CartState, Events
from storefront.state.checkout_form import CheckoutForm
from storefront.state.session import tell_other_tabs
from storefront.state.validate import focus_script

TOO_MANY = {"too_many_pieces", "too_many_pieces_of_one", "too_many_open_pieces"}
WIRE_FIELDS = {"contactName": "name", "contactPhone": "phone", "contactEmail": "email", "shippingAddress": "address"}


REMEMBER = "remember"
"""The box for keeping phone and address in the profile."""

PRESS = "press"
"""The form's field that says which press it is: a second one of the same number belongs to a double click."""
SAME_PRESS_S = 1.0
"""How long the button stays busy, at least, after a press that was refused."""


class CheckoutState(CheckoutForm):
    """The order being made."""

    is_placing: bool = False
    is_uncertain: bool = False
    had_items: bool = False
    """Whether there was something to order: if there is not any more, another tab has taken it."""
    press: int = 0
    """Counts the presses that were answered."""

    _key: str = ""
    _fingerprint: str = ""
    # The order whose outcome is unknown, as JSON: a State hands out models wrapped, and those cannot be sent.
    _uncertain: str = ""
    _uncertain_since: datetime = datetime.min.replace(tzinfo=UTC)
    _placed: str = ""
    _remembers: bool = False

    @rx.event
    async def open(self) -> list[EventSpec] | None:
        """Prepare the page: the profile's contact where nothing is typed yet, and what delivery costs."""
        self._prefill()
        self.is_placing = False
        self.had_items = bool(self._items())
        await asyncio.gather(self._learn_terms(), self._begin())
        if self._uncertain and self._cart and not self._items():
            return await self._look_for(OrderInput.model_validate_json(self._uncertain))
        if not self._uncertain:
            self.errors = {}
            self._say("")
        return None

    @rx.event
    async def retry(self) -> list[EventSpec | None]:
        """Try again because somebody asked."""
        events = [await self._load()]
        await self._learn_terms()
        return events

    async def _begin(self) -> None:
        if not self._items():
            return
        # It answers the cart as well, but load() has just shown it; what counts here is that the shop knows.
        with suppress(ServiceProblem, ServiceUnavailable, SessionEnded):
            await self._call(wiring.carts().begin_checkout)

    @rx.event
    async def place(self, form: dict[str, Any]) -> Events:
        """Place the order as it is shown. Pressing twice, or again after a failure, places it once."""
        if self._placed and not self._items() and not self._uncertain:
            yield self._to_order(self._placed)  # the second of two presses
            return
        if str(form.get(PRESS, "")) == str(self.press - 1):
            return  # sent before the last one was answered: what it would agree to has not been read
        self._take_in(form)
        self._remembers = self.is_signed_in and bool(form.get(REMEMBER))
        if first := self._first_error():
            self._say(t(self._language(), "form.summary"))
            self.press += 1
            yield rx.call_script(focus_script(first))
            return
        self.is_placing = True
        yield None
        pressed = time.monotonic()
        try:
            if not self.is_loaded:
                await self._fetch()
            events = await self._place() if self._items() else await self._without_items()
        except (ServiceProblem, ServiceUnavailable):
            events = self._stop(t(self._language(), "checkout.nothing_sent"))
        except SessionEnded:
            events = self._ended()
        except BaseException:
            self.is_placing, self.press = False, self.press + 1
            raise
        for event in events:
            yield event
        if self._items():  # refused: the second half of a double click must not find the button free
            await asyncio.sleep(max(0.0, SAME_PRESS_S - (time.monotonic() - pressed)))
        self.is_placing, self.press = False, self.press + 1

    async def _place(self) -> list[EventSpec]:
        lang = self._language()
        if self._terms is None:
            if not await self._learn_terms():
                return self._stop(t(lang, "checkout.nothing_sent"))
        elif stopped := await self._look_again(self._terms):
            return stopped
        if any(line.problem in {"gone", "short"} for line in self.lines):
            return self._stop(t(lang, "checkout.short"))
        await self._person()
        order, address = self._order_input(), self.router.session.client_ip
        try:
            placed = await self._call(lambda token: wiring.orders().place(order, self._key_for(order), address, token))
        except ServiceUnavailable as trouble:
            return self._unanswered(order, trouble)
        except ServiceProblem as problem:
            return await self._explain_refusal(problem, order)
        await self._remember()
        return self._done(str(placed.id))

    async def _look_again(self, known: DeliveryTerms) -> list[EventSpec]:
        """Stop if the order would come at another time, or cost something else, than the page has said until now."""
        if self._uncertain:
            return []  # the earlier try may stand already: it is asked for as it was sent
        total = self.grand_total_text
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                await self._learn_terms()
        lang, terms = self._language(), self._terms or known
        if terms.expected_until != known.expected_until:
            events = self._stop(t(lang, "checkout.promise_changed"), [self.expected_text])
        elif self.grand_total_text != total:
            events = self._stop(t(lang, "checkout.price_changed"))
        else:
            return []
        self.must_confirm = True
        return events

    async def _remember(self) -> None:
        """Keep phone and address in the person's profile, if they wish. The order stands either way."""
        user = self._user
        if user is None or not self._remembers:
            return
        said = {"phone": self.phone.strip(), **({} if self._is_pickup() else {"address": self.address.strip()})}
        change = {name: value for name, value in said.items() if value and value != getattr(user, name)}
        if change:
            with suppress(ServiceProblem, ServiceUnavailable, SessionEnded):
                await self._change_person(change)

    async def _explain_refusal(self, problem: ServiceProblem, order: OrderInput) -> list[EventSpec]:
        lang = self._language()
        if problem.status >= 500:
            return self._unknown(order)
        if problem.code == "idempotency_key_reused" and self._uncertain:
            return await self._find_earlier(OrderInput.model_validate_json(self._uncertain))
        self._settle()  # a clear no: the next try is a new one
        if problem.code == "price_changed":
            changed = [PricedLine.model_validate(line) for line in problem.body.get("lines", [])]
            await self._load()
            self._add_up()
            events = self._stop(t(lang, "checkout.price_changed"), [self._price_line(line) for line in changed])
            self.must_confirm = True
            return events
        if problem.code == "insufficient_stock":
            short = [ShortLine.model_validate(line) for line in problem.body.get("lines", [])]
            await self._load()
            self._add_up()
            return self._stop(t(lang, "checkout.short"), [self._short_line(line) for line in short])
        self.errors = self._field_errors(problem)
        if first := self._first_error():
            return [*self._stop(t(lang, "form.summary")), rx.call_script(focus_script(first))]
        return self._stop(_limit_text(problem, lang) or t(lang, "session.failed"))

    def _field_errors(self, problem: ServiceProblem) -> dict[str, str]:
        """Return what is wrong with which field, as far as the problem says so."""
        lang, body = self._language(), problem.body
        if problem.code == "outside_delivery_area":
            area = body.get("areaEn" if lang == "en" else "area", "")
            return {"address": t(lang, "checkout.address_outside", place=body.get("place", ""), area=area)}
        names = {str(error.get("field", "")).rpartition(".")[2] for error in body.get("errors", [])}
        return {field: t(lang, f"form.{field}_wrong") for name, field in WIRE_FIELDS.items() if name in names}

    async def _find_earlier(self, order: OrderInput) -> list[EventSpec]:
        """Show the order of the earlier try, which the service says it has, though it has been changed here since."""
        address = self.router.session.client_ip
        try:
            placed = await self._call(lambda token: wiring.orders().place(order, self._key, address, token))
        except (ServiceProblem, ServiceUnavailable):
            return self._unknown(order)
        except SessionEnded:
            return self._ended()
        return [*self._done(str(placed.id)), rx.toast.info(t(self._language(), "checkout.earlier"), duration=12000)]

    def _done(self, order_id: str) -> list[EventSpec]:
        self._placed, self.had_items = order_id, False
        self._settle()
        self.note = ""
        self._say("")
        self._show_cart(None)
        return [tell_other_tabs(), self._to_order(self._placed), CartState.settle]

    async def _without_items(self) -> list[EventSpec]:
        if self._uncertain:
            return await self._look_for(OrderInput.model_validate_json(self._uncertain))
        return self._stop(t(self._language(), "cart.empty_title"))

    async def _look_for(self, order: OrderInput) -> list[EventSpec]:
        """Find out whether an order was placed, without placing it: the cart it came from is empty now."""
        wanted = sorted((item.product_id, item.size, item.quantity) for item in order.items)
        user_id = self._user_id()
        try:
            page = await self._call(lambda token: wiring.orders().history(user_id, 1, 5, token))
        except (ServiceProblem, ServiceUnavailable):
            return self._stop(t(self._language(), "checkout.uncertain"))
        except SessionEnded:
            return self._ended()
        for placed in page.items:
            bought = sorted((line.product_id, line.size, line.quantity) for line in placed.items)
            if bought == wanted and placed.created_at > self._uncertain_since:
                return self._done(str(placed.id))
        self._settle()
        return self._stop(t(self._language(), "cart.empty_title"))

    def _unanswered(self, order: OrderInput, trouble: ServiceUnavailable) -> list[EventSpec]:
        if isinstance(trouble, ServiceBusy) and not self._uncertain:  # else an earlier try may stand all the same
            return self._stop(t(self._language(), "checkout.busy"))
        return self._unknown(order)

    def _unknown(self, order: OrderInput) -> list[EventSpec]:
        if not self._uncertain:
            # The services' clocks may be a little behind.
            self._uncertain, self._uncertain_since = order.model_dump_json(), datetime.now(UTC) - timedelta(minutes=1)
        self.is_uncertain = True
        return self._stop(t(self._language(), "checkout.uncertain"))

    def _ended(self) -> list[EventSpec]:
        self._settle()
        self._show_cart(None)
        return [self._ended_toast()]

    def _settle(self) -> None:
        """Forget the key: whether the order under it was placed is known now."""
        self._key = self._fingerprint = ""
        self._uncertain, self.is_uncertain = "", False

    def _to_order(self, order_id: str) -> EventSpec:
        to: EventSpec = rx.redirect(href(self._language(), f"/order/{order_id}?new=1"))
        return to

    def _price_line(self, line: PricedLine) -> str:
        lang = self._language()
        name = line.name_en if lang == "en" and line.name_en else line.name
        old, new = format_vnd(line.requested_price), format_vnd(line.price)
        return t(lang, "checkout.price_line", name=name, size=line.size, old=old, new=new)

    def _short_line(self, line: ShortLine) -> str:
        lang = self._language()
        name = (line.name_en if lang == "en" and line.name_en else line.name) or ""
        key = "checkout.short_line" if line.available else "checkout.gone_line"
        return t(lang, key, name=name, size=line.size, count=line.available)

    def _key_for(self, order: OrderInput) -> str:
        """Return the key of this order: the same until its content changes.

        While it is unknown whether an earlier try went through, the key stays even then, for a new one could place a
        second order; the service refuses the key if the first exists.
        """
        fingerprint = hashlib.sha256(order.model_dump_json(exclude={"cart_state"}).encode()).hexdigest()
        if not self._key or (fingerprint != self._fingerprint and not self._uncertain):
            self._key = str(uuid4())
        self._fingerprint = fingerprint
        return self._key

    def _order_input(self) -> OrderInput:
        pickup = self._is_pickup()
        items = self._items()
        return OrderInput(
            user_id=self._user_id(),
            items=[
                OrderItemInput(product_id=item.product_id, quantity=item.quantity, size=item.size, price=item.price)
                for item in items
            ],
            total_amount=sum(item.line_total for item in items),
            shipping_address="" if pickup else self.address,
            fulfilment=Fulfilment.PICKUP if pickup else Fulfilment.DELIVERY,
            payment=Payment.PAY_AT_PICKUP if pickup else Payment.CASH_ON_DELIVERY,
            contact_name=self.name,
            contact_phone=self.phone,
            contact_email=self.email.strip() or None,
            note=self.note,
            cart_state=self._cart.state or None if self._cart else None,
        )


def _limit_text(problem: ServiceProblem, lang: Lang) -> str:
    """Return what to say of an order beyond a limit, "" for a problem of another kind."""
    if problem.code in TOO_MANY:
        return t(lang, f"checkout.{problem.code}", most=problem.body.get("most", ""), phone=PHONE)
    if problem.code == "rate_limited":
        return t(lang, "checkout.too_many_orders", minutes=minutes_left(problem), phone=PHONE)
    return ""
