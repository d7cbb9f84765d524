"""One customer: who they are, what they ordered last and in all."""

from contextlib import suppress
from dataclasses import dataclass

import reflex as rx

from shopkit.client import ServiceProblem
from shopkit.contracts.orders import CustomerOrders, OrderPage, OrderSummary
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.i18n import Lang, href
from storefront.state.admin.base import FAILURES, AdminState, Events
from storefront.state.admin.customer_habits import Habits, habits_of
from storefront.state.admin.customer_view import CustomerRow, show_customer
from storefront.state.order_view import show_row
from storefront.state.recovering import Recovering

LAST_ORDERS = 5


@dataclass
class LastOrder:
    """One of a customer's last orders."""

    number: str
    path: str
    placed_at: str
    status: str
    is_pickup: bool
    cakes: str
    total: str


class CustomerState(Recovering, AdminState):
    """What the page of one customer shows."""

    customer: CustomerRow = CustomerRow()
    orders: list[LastOrder] = []  # noqa: RUF012 - Reflex copies a default for each tab
    habits: Habits = Habits()
    is_loaded: bool = False
    is_missing: bool = False
    are_orders_unreachable: bool = False

    _number: int = 0

    @rx.event
    async def load(self) -> Events:
        """Show the person of the page's address."""
        self._number = number = self._id_in_path()
        if self.customer.id != number:
            self.customer, self.orders, self.habits, self.is_loaded = CustomerRow(), [], Habits(), False
        self.is_missing, self.is_unreachable = number == 0, False
        yield None
        if number and not await self._fetch():
            yield CustomerState.recover
        if number and self.is_loaded:
            yield None
            with suppress(SessionEnded):
                self.habits = await habits_of(self._sid, number, self._language())

    async def _fetch(self) -> bool:
        number, lang = self._number, self._language()
        try:
            user = await self._call(lambda token: wiring.users().person(number, token))
        except FAILURES as error:
            self.is_missing = isinstance(error, ServiceProblem) and error.status == 404
            self.is_unreachable = not self.is_missing
            return self.is_missing
        sums, page = await self._orders_of(number)
        self.customer = show_customer(user, sums, lang, self._user_id())
        self.orders = [_show(order, lang) for order in page.items] if page else []
        self.are_orders_unreachable, self.is_loaded = page is None, True
        self.is_missing = self.is_unreachable = False
        return True

    async def _orders_of(self, number: int) -> tuple[CustomerOrders | None, OrderPage | None]:
        """Return what a person ordered in all, and last; None while the order service does not tell."""
        last = {"userId": number, "limit": LAST_ORDERS}
        try:
            sums = await self._call(lambda token: wiring.orders().of_customers([number], token))
            return sums.get(number), await self._call(lambda token: wiring.orders().page(last, token))
        except FAILURES:
            return None, None


def _show(order: OrderSummary, lang: Lang) -> LastOrder:
    row = show_row(order, lang)
    return LastOrder(
        number=order.number,
        path=href(lang, f"/admin/orders/{order.id}"),
        placed_at=row.placed_at,
        status=order.status,
        is_pickup=order.fulfilment == "PICKUP",
        cakes=row.cakes,
        total=row.grand_total,
    )
