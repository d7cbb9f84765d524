"""What staff do to an order beside its next step: a delivery that failed, another try, a return, a step taken back.

One dialog for all of it, on whichever page shows the order. It is about the order as it was when the dialog opened.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import reflex as rx
from pydantic import ValidationError

from shopkit.client import ServiceProblem
from shopkit.contracts.delivery import (
    CORRECTABLE_FOR,
    Correction,
    DeliveryFailure,
    DeliveryProblem,
    DeliveryRetry,
    OrderReturn,
    ReturnedStock,
)
from shopkit.contracts.orders import Fulfilment, Order, OrderStatus
from storefront.clients import wiring
from storefront.i18n import Lang, t
from storefront.state.admin.base import FAILURES, AdminState, Events
from storefront.state.admin.dialogs import close_dialog, open_dialog
from storefront.state.admin.live import follower_of
from storefront.state.admin.moves import MovesState, conflict_text
from storefront.state.admin.order_cards import can_correct, failed_text, reason_text
from storefront.state.validate import focus_script

STEPS_DIALOG = "order-steps"
FAIL, RETRY, RETURN, CORRECT = "fail", "retry", "return", "correct"
FIELDS = {"reason": "step-reason", "stock": "step-stock", "note": "step-note"}
"""The form's fields by what they say; other dialogs on the page have a reason and notes too."""
STOCKS = tuple(stock.value for stock in ReturnedStock)


class DeliveryState(AdminState):
    """The dialog of one order."""

    number: str = ""
    failed: str = ""
    choices: dict[str, bool] = {}  # noqa: RUF012 - Reflex copies a default for each tab
    """Which steps can be taken, by their names."""
    step: str = ""
    reasons: list[tuple[str, str]] = []  # noqa: RUF012
    correction: str = ""
    """What taking the last step back leads to, in words."""
    errors: dict[str, str] = {}  # noqa: RUF012
    notice: str = ""
    is_busy: bool = False
    form: int = 0
    """Counts openings: a new number makes a new, empty form."""

    _order_id: str = ""
    _version: int = 0
    _status: str = ""
    _is_pickup: bool = False

    @rx.event
    async def open(self, order_id: str) -> Events:
        """Ask what is to be done with an order. What was to happen to it meanwhile does not."""
        moves = await self.get_state(MovesState)
        if dropped := moves.waiting_moves.get(order_id):
            await moves._take(order_id)
            yield rx.toast.warning(t(self._language(), "admin_delivery.move_dropped", number=dropped), duration=10_000)
        try:
            await self._read(order_id)
        except FAILURES as error:
            yield self._explain(error)
            return
        if not self.choices:
            yield rx.toast.info(t(self._language(), "admin_delivery.nothing", number=self.number))
            return
        self.errors, self.notice, self.is_busy, self.form = {}, "", False, self.form + 1
        yield open_dialog(STEPS_DIALOG)

    @rx.event
    def choose(self, step: str) -> None:
        """Choose a step; what it needs to know is asked next."""
        if step in self.choices:
            self.step, self.errors = step, {}

    @rx.event
    async def take(self, form: dict[str, Any]) -> Events:
        """Take the step that was chosen."""
        lang, order_id, step = self._language(), self._order_id, self.step
        if self.is_busy or step not in self.choices:
            return
        try:
            request = self._request(step, form)
        except ValidationError as error:
            wrong = str(error.errors()[0]["loc"][0])
            self.errors = {wrong: t(lang, f"admin_delivery.{wrong}_missing")}
            yield rx.call_script(focus_script(FIELDS[wrong]))
            return
        self.errors, self.notice, self.is_busy = {}, "", True
        yield None
        try:
            order = await self._call(request)
        except ServiceProblem as problem:
            await self._refused(problem)
            return
        except FAILURES as error:
            yield self._explain(error)
            return
        finally:
            self.is_busy = False
        yield close_dialog(STEPS_DIALOG)
        different = step == RETRY and self._is_pickup
        done = f"admin_delivery.done_{step}{'_pickup' if different else ''}"
        yield rx.toast.success(t(lang, done, number=self.number))
        if follower := follower_of(self._path()):
            change = {"id": order_id, "number": self.number, "status": order.status.value, "before": self._status}
            yield follower([change])

    async def _refused(self, problem: ServiceProblem) -> None:
        """Say in the dialog, which keeps what was typed, why the step was not taken; and ask again about today."""
        lang = self._language()
        self.notice = t(lang, "session.failed")
        if problem.code == "too_late_to_correct":
            self.notice = t(lang, "admin_delivery.too_late", hours=CORRECTABLE_FOR // timedelta(hours=1))
        elif problem.status == 409:
            self.notice = await conflict_text(self._order_id, self.number, self._sid, lang)
        try:
            await self._read(self._order_id)
        except FAILURES:
            return

    def _request(self, step: str, form: dict[str, Any]) -> Callable[[str], Awaitable[Order]]:
        """Return the call of a step, given a token. Raises ValidationError where the form lacks something."""
        orders, order_id = wiring.orders(), self._order_id
        told = {name: form.get(field) for name, field in FIELDS.items()}
        said = {"version": self._version, "note": str(told["note"] or "").strip()[:500]}
        if step == FAIL:
            failure = DeliveryFailure.model_validate(said | {"reason": told["reason"]})
            return partial(orders.fail_delivery, order_id, failure)
        if step == RETURN:
            back = OrderReturn.model_validate(said | {"stock": told["stock"]})
            return partial(orders.give_back, order_id, back)
        if step == CORRECT:
            return partial(orders.correct, order_id, Correction.model_validate(said))
        return partial(orders.retry_delivery, order_id, DeliveryRetry.model_validate(said))

    async def _read(self, order_id: str) -> None:
        lang = self._language()
        order = await self._call(lambda token: wiring.orders().read(order_id, token))
        self._order_id, self._version, self._status = order_id, order.version, order.status.value
        self.number, self.failed = order.number, failed_text(order, lang)
        self.choices = dict.fromkeys(_choices(order), True)
        if self.step not in self.choices:
            self.step = next(iter(self.choices), "")
        self._is_pickup = pickup = order.fulfilment is Fulfilment.PICKUP
        self.reasons = [(reason, reason_text(reason, pickup, lang)) for reason in _reasons(pickup)]
        self.correction = _correction(order, pickup, lang)


def _choices(order: Order) -> list[str]:
    steps = [FAIL] if order.status is OrderStatus.SHIPPED else []
    if order.failed_delivery:
        steps = [RETRY, RETURN]
    return [*steps, CORRECT] if can_correct(order) else steps


def _reasons(pickup: bool) -> list[DeliveryProblem]:
    at_shop = (DeliveryProblem.NOT_COLLECTED, DeliveryProblem.REFUSED, DeliveryProblem.DAMAGED, DeliveryProblem.OTHER)
    return [*at_shop] if pickup else [one for one in DeliveryProblem if one is not DeliveryProblem.NOT_COLLECTED]


def _correction(order: Order, pickup: bool, lang: Lang) -> str:
    """Return where taking the last step back leads."""
    before = order.timeline[-1].from_status
    if before is None:
        return ""
    different = pickup and before is OrderStatus.SHIPPED
    return t(lang, f"order.{before.lower()}{'_pickup' if different else ''}")
