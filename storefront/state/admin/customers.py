"""The people the shop knows: the list, searched and narrowed by its address, and gone on with from the last one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import reflex as rx
from reflex.event import EventSpec

from shopkit.contracts.base import Page
from shopkit.contracts.orders import CustomerOrders
from shopkit.contracts.users import Role, User
from storefront.clients import wiring
from storefront.state.admin.base import FAILURES, AdminState, Events, Query
from storefront.state.admin.customer_view import CustomerRow, show_customer
from storefront.state.recovering import Recovering

PATH = "/admin/customers"
PAGE_SIZE = 25


@dataclass(frozen=True)
class CustomerQuery(Query):
    """What the list is narrowed by; `role` is one of `Role`, "" for everybody but guests."""

    q: str = ""
    role: str = ""

    def checked(self) -> Self:
        """Return the same without a role that there is not."""
        return self if self.role in set(Role) else replace(self, role="")


class CustomersState(Recovering, AdminState):
    """The list of customers. The address is the truth about filters; every change of it loads anew."""

    rows: list[CustomerRow] = []  # noqa: RUF012 - Reflex copies a default for each tab
    total: int = 0
    has_more: bool = False
    q: str = ""
    role: str = ""
    is_loaded: bool = False
    is_busy: bool = False
    is_loading_more: bool = False
    are_orders_unreachable: bool = False

    _query: CustomerQuery = CustomerQuery()

    @rx.event
    async def load(self) -> Events:
        """Show what the address asks for."""
        self._query = query = CustomerQuery.parse(self.router.url.query_parameters)
        self.q, self.role, self.is_busy = query.q, query.role, True
        yield self._show_search(query.q)
        if not await self._fetch():
            yield CustomersState.recover

    @rx.event
    async def load_more(self) -> Events:
        """Show more of the list."""
        if not self.has_more or self.is_loading_more:
            return
        query, last = self._query, self.rows[-1].id
        self.is_loading_more = True
        yield None
        try:
            people = await self._people(last)
            rows = await self._shown(people.items)
        except FAILURES as error:
            yield self._explain(error)
            return
        finally:
            self.is_loading_more = False
        if query == self._query and last == self.rows[-1].id:
            self._show_people(people, [*self.rows, *rows])

    @rx.event
    async def renew(self, user_id: int) -> Events:
        """Show one person as they are by now, where they stand: what somebody reads must not go from under them."""
        if user_id not in {row.id for row in self.rows}:
            if not await self._fetch():
                yield CustomersState.recover
            return
        try:
            [row] = await self._shown([await self._call(lambda token: wiring.users().person(user_id, token))])
        except FAILURES:
            return
        self.rows = [row if other.id == user_id else other for other in self.rows]

    @rx.event
    def search(self, text: str) -> EventSpec:
        """Search for what has been typed so far."""
        return self._to(PATH + self._query.but(q=" ".join(text.split())), replace=True)

    @rx.event
    def filter_role(self, role: str) -> EventSpec:
        """Show only people of a role; "" shows all but guests."""
        return self._to(PATH + self._query.but(role=role))

    async def _fetch(self) -> bool:
        try:
            people = await self._people()
            rows = await self._shown(people.items)
        except FAILURES:
            self.is_unreachable = True
            return False
        finally:
            self.is_busy = False
        self._show_people(people, rows)
        self.is_loaded, self.is_unreachable = True, False
        return True

    async def _people(self, after: int | None = None) -> Page[User]:
        """Return the people of the address, from the newest or from the one behind `after`."""
        filters = {"q": self._query.q or None, "role": self._query.role or None, "after": after, "limit": PAGE_SIZE}
        return await self._call(lambda token: wiring.users().find_people(filters, token))

    async def _shown(self, people: Iterable[User]) -> list[CustomerRow]:
        orders = await self._orders_of([user.id for user in people])
        self.are_orders_unreachable = orders is None
        lang, reader, known = self._language(), self._user_id(), orders or {}
        return [show_customer(user, known.get(user.id), lang, reader) for user in people]

    async def _orders_of(self, ids: list[int]) -> dict[int, CustomerOrders] | None:
        """Return what people ordered; None when the order service does not tell: the people are shown all the same."""
        try:
            return await self._call(lambda token: wiring.orders().of_customers(ids, token))
        except FAILURES:
            return None

    def _show_people(self, people: Page[User], rows: list[CustomerRow]) -> None:
        self.rows, self.total = rows, people.total
        self.has_more = len(people.items) == PAGE_SIZE and len(rows) < people.total
