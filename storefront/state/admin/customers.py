"""The people the shop knows: the list, searched and narrowed by its address."""

from dataclasses import dataclass, replace
from typing import Self

import reflex as rx
from reflex.event import EventSpec

from shopkit.contracts.base import Page
from shopkit.contracts.orders import CustomerOrders
from shopkit.contracts.users import Role, User
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.i18n import href
from storefront.state.admin.base import FAILURES, AdminState, Events, Query
from storefront.state.admin.customer_view import CustomerRow, show_customer

PATH = "/admin/customers"
PAGE_SIZE = 25


@dataclass(frozen=True)
class CustomerQuery(Query):
    """What the list is narrowed by; `role` is one of `Role`, "" for everybody but guests."""

    q: str = ""
    role: str = ""
    page: int = 1

    def checked(self) -> Self:
        """Return the same without a role that there is not."""
        return self if self.role in set(Role) else replace(self, role="")


class CustomersState(AdminState):
    """The list of customers. The address is the truth about filters; every change of it loads anew."""

    rows: list[CustomerRow] = []  # noqa: RUF012 - Reflex copies a default for each tab
    total: int = 0
    page: int = 1
    pages: int = 0
    before: str = ""
    after: str = ""
    q: str = ""
    role: str = ""
    is_loaded: bool = False
    is_busy: bool = False
    is_unreachable: bool = False
    are_orders_unreachable: bool = False

    _query: CustomerQuery = CustomerQuery()

    @rx.event
    async def load(self) -> Events:
        """Show what the address asks for."""
        self._query = query = CustomerQuery.parse(self.router.url.query_parameters)
        self.q, self.role, self.is_busy = query.q, query.role, True
        yield self._show_search(query.q)
        try:
            people = await self._call(lambda token: wiring.users().find_people(_filters(query), token))
        except SessionEnded:
            yield self._leave_office()
        except FAILURES:
            self.is_unreachable = True
        else:
            self._show_people(people, await self._orders_of([user.id for user in people.items]))
        finally:
            self.is_busy = False

    @rx.event
    def search(self, text: str) -> EventSpec:
        """Search for what has been typed so far."""
        return self._to(PATH + self._query.but(q=" ".join(text.split())), replace=True)

    @rx.event
    def filter_role(self, role: str) -> EventSpec:
        """Show only people of a role; "" shows all but guests."""
        return self._to(PATH + self._query.but(role=role))

    async def _orders_of(self, ids: list[int]) -> dict[int, CustomerOrders] | None:
        """Return what people ordered; None when the order service does not tell: the people are shown all the same."""
        try:
            return await self._call(lambda token: wiring.orders().of_customers(ids, token))
        except FAILURES:
            return None

    def _show_people(self, people: Page[User], orders: dict[int, CustomerOrders] | None) -> None:
        lang, query, reader = self._language(), self._query, self._user_id()
        known = orders or {}
        self.rows = [show_customer(user, known.get(user.id), lang, reader) for user in people.items]
        self.total, self.page, self.pages = people.total, people.page, people.pages
        self.before = href(lang, PATH + query.but(page=people.page - 1))
        self.after = href(lang, PATH + query.but(page=people.page + 1))
        self.is_loaded, self.is_unreachable, self.are_orders_unreachable = True, False, orders is None


def _filters(query: CustomerQuery) -> dict[str, str | int | None]:
    return {"q": query.q or None, "role": query.role or None, "page": query.page, "limit": PAGE_SIZE}
