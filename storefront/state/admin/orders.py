"""The orders as staff see them: a board of what is to do, and a table of everything. Both follow the live stream."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from shopkit.clock import shop_day
from shopkit.contracts.orders import OrderPage, OrderStatus, OrderSummary
from shopkit.contracts.users import User
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.i18n import t
from storefront.state.admin.base import FAILURES, MAX_QUERY, SEARCH_ID, AdminState, Events, with_day
from storefront.state.admin.order_cards import OrderCard, show_card
from storefront.state.admin.orders_query import TABLE, OrderQuery
from storefront.state.admin.people import names_of

COLUMN_LIMIT = 50
DONE_LIMIT = 100
PAGE = 30
MOST_ROWS = 300
"""Rows that are kept in the table for whoever comes back to it."""
MOST_ASKED = 100
"""What the order service gives at once."""
MOST_PEOPLE = 8
CUSTOMER_ID = "customer"
DONE = "DONE"
"""The board's last column: what was delivered or cancelled today."""

_COLUMNS: dict[str, tuple[OrderStatus, ...]] = {
    "PENDING": (OrderStatus.PENDING,),
    "PROCESSING": (OrderStatus.PROCESSING,),
    "SHIPPED": (OrderStatus.SHIPPED,),
    DONE: (OrderStatus.DELIVERED, OrderStatus.CANCELLED),
}


class OrdersState(AdminState):
    """The board and the table. The address is the truth about the filters; every change of it loads anew."""

    query: OrderQuery = OrderQuery()
    is_filtered: bool = False
    board_query: str = ""
    table_query: str = ""
    column_queries: dict[str, str] = {}  # noqa: RUF012
    """Where all of a column is to be seen."""
    people: list[str] = []  # noqa: RUF012
    """Customers found for the filter, as it is to be filled in."""
    customer_name: str = ""
    pending: list[OrderCard] = []  # noqa: RUF012 - Reflex copies a default for each tab
    processing: list[OrderCard] = []  # noqa: RUF012
    shipped: list[OrderCard] = []  # noqa: RUF012
    done: list[OrderCard] = []  # noqa: RUF012
    counts: dict[str, int] = {}  # noqa: RUF012
    rows: list[OrderCard] = []  # noqa: RUF012
    total: int = 0
    fresh: int = 0
    """Orders that came while the table was open, and are not in it."""
    has_more: bool = False
    announcement: str = ""
    """What has just come in, for those who do not see the board."""
    is_loaded: bool = False
    is_unreachable: bool = False
    is_loading_more: bool = False

    _next: str | None = None
    _new: set[str] = set()  # noqa: RUF012
    """Orders that came while the page was open, marked until they are dealt with."""
    _moved: set[str] = set()  # noqa: RUF012
    """Orders that were moved while the page was open: they stay in sight, however long their column is."""
    _people: dict[str, int] = {}  # noqa: RUF012

    @rx.event
    async def load(self) -> Events:
        """Show what the address asks for."""
        query = OrderQuery.parse(self.router.url.query_parameters)
        # Whoever comes back from an order finds the table as long as it was.
        rows = len(self.rows) if query == self.query else PAGE
        if query != self.query:
            self.is_loaded = self.is_loaded and query.view == self.query.view
            self.query, self.is_filtered = query, query.is_filtered
        self.board_query, self.table_query = query.but(view="", sort=""), query.but(view=TABLE)
        self.column_queries = {name: query.but(view=TABLE, status=name, sort="oldest") for name in _COLUMNS}
        self._new, self._moved, self.fresh = set(), set(), 0
        yield self._show_fields({SEARCH_ID: query.q, "since": query.since, "until": query.until})
        await self._fetch(rows)
        await self._name_customer()
        yield self._show_fields({CUSTOMER_ID: self.customer_name})

    @rx.event
    async def retry(self) -> None:
        """Try again because somebody asked."""
        await self._fetch(len(self.rows))

    @rx.event
    async def changed(self, changes: list[dict[str, str]]) -> None:
        """Show what has happened to orders: fetches what changed, or everything when nobody knows what did."""
        arrived = {change["id"]: change["number"] for change in changes if not change["before"]}
        if arrived:
            numbers = ", ".join(arrived.values())
            self.announcement = t(self._language(), "admin_orders.arrived", numbers=numbers)
        moved = {change["id"] for change in changes if change["before"]}
        self._new, self._moved = (self._new | arrived.keys()) - moved, self._moved | moved
        if self.query.view == TABLE:
            await self._renew_rows(changes)
            return
        statuses = {change[moment] for change in changes for moment in ("before", "status")}
        touched = [name for name, column in _COLUMNS.items() if not changes or statuses.intersection(column)]
        await self._fetch_columns(touched)

    @rx.event
    def search(self, text: str) -> EventSpec | None:
        """Look for a number, a phone or a name."""
        return self._narrow(q=text)

    @rx.event
    def filter(self, name: str, value: str) -> EventSpec | None:
        """Narrow the orders by one filter; "" takes it away."""
        if name in {"since", "until"}:
            changes = with_day(self.query.since, self.query.until, name, value)
            return self._narrow(**changes) if changes else None
        return self._narrow(**{name: value}) if name in {"status", "fulfilment"} else None

    @rx.event
    async def find_customer(self, text: str) -> Events:
        """Offer the customers whom what is typed may mean, or show the orders of the one who was chosen."""
        text = " ".join(text.split())
        if not text or text in self._people:
            yield self._narrow(customer=self._people.get(text, 0))
            return
        filters = {"q": text[:MAX_QUERY], "limit": MOST_PEOPLE}
        try:
            found = await self._call(lambda token: wiring.users().find_people(filters, token))
        except FAILURES:
            return
        self._people = {_called(user): user.id for user in found.items}
        self.people = [*self._people]

    @rx.event
    def sort_by(self, sort: str) -> EventSpec:
        """Put the table in another order: "placed" is the oldest first, "-placed" the newest."""
        return self._to(f"/admin/orders{self.query.but(sort='oldest' if sort == 'placed' else '')}")

    @rx.event
    async def show_fresh(self) -> Events:
        """Show what has come in, on top of the list."""
        if self.query.sort:
            yield self._to(f"/admin/orders{self.query.but(sort='')}")
            return
        await self._fetch_rows(PAGE)

    @rx.event
    async def load_more(self) -> Events:
        """Show more of the table."""
        if self._next is None or self.is_loading_more:
            return
        self.is_loading_more = True
        yield None
        try:
            page = await self._page(self.query.filters() | {"limit": PAGE, "after": self._next})
        except FAILURES as error:
            yield self._explain(error)
            return
        finally:
            self.is_loading_more = False
        known = {row.id for row in self.rows}
        self.rows = [*self.rows, *(card for card in self._cards(page.items) if card.id not in known)]
        self._show_page(page)

    def _narrow(self, **changes: Any) -> EventSpec | None:
        query = self.query.but(**changes)
        # What is typed leaves no step back for every letter.
        return None if query == self.query.but() else self._to(f"/admin/orders{query}", replace="q" in changes)

    async def _fetch(self, rows: int) -> None:
        if self.query.view == TABLE:
            await self._fetch_rows(rows)
        else:
            await self._fetch_columns(_COLUMNS)

    async def _fetch_rows(self, count: int) -> None:
        """Show the first `count` rows of the table, a page at least."""
        count = min(max(count, PAGE), MOST_ROWS)
        orders: list[OrderSummary] = []
        after: UUID | None = None
        try:
            while True:
                limit = min(count - len(orders), MOST_ASKED)
                page = await self._page(self.query.filters() | {"limit": limit, "after": after})
                orders, after = [*orders, *page.items], page.next
                if after is None or len(orders) >= count:
                    break
        except FAILURES:
            self.is_unreachable = True
            return
        self.rows, self.fresh = self._cards(orders), 0
        self._show_page(page)
        self.is_loaded, self.is_unreachable = True, False

    async def _renew_rows(self, changes: list[dict[str, str]]) -> None:
        """Renew the rows concerned where they stand: what somebody reads must not move under their eyes."""
        if not changes:
            await self._fetch_rows(len(self.rows))
            return
        known = {row.id for row in self.rows}
        touched = {change["id"] for change in changes} & known
        try:
            if self._new - known:
                newest = await self._page(self.query.filters() | {"sort": None, "limit": MOST_ASKED})
                self.fresh = len(self._new.intersection(str(order.id) for order in newest.items) - known)
            reads = (partial(wiring.orders().read, order_id) for order_id in touched)
            found = await asyncio.gather(*(self._call(read) for read in reads))
        except FAILURES:
            return  # the stream says "read anew" once it is back
        renewed = {card.id: card for card in self._cards(found)}
        self.rows = [renewed.get(row.id, row) for row in self.rows]

    async def _fetch_columns(self, names: Iterable[str]) -> None:
        wanted = [name for name in names if self._is_shown(name)]
        try:
            columns = await asyncio.gather(*(self._orders_of(name) for name in wanted))
        except FAILURES:
            self.is_unreachable = True
            return
        counts = dict(self.counts)
        for name, (orders, total) in zip(wanted, columns, strict=True):
            setattr(self, name.lower(), self._cards(orders))
            counts[name] = total
        for name in _COLUMNS:
            if not self._is_shown(name):
                setattr(self, name.lower(), [])
        self.counts = counts
        self.is_loaded, self.is_unreachable = True, False

    async def _orders_of(self, name: str) -> tuple[list[OrderSummary], int]:
        """Return what stands in a column, and how many there are: what just came first, then what waits longest."""
        page = await self._page(self._column(name))
        orders = page.items
        if name == DONE:
            return sorted(orders, key=lambda order: order.updated_at, reverse=True), page.total
        recent = self._new | self._moved
        if page.total > len(orders) and recent:
            newest = await self._page(self._column(name) | {"sort": None})
            known = {order.id for order in orders}
            orders = [*(one for one in newest.items if str(one.id) in recent and one.id not in known), *orders]
        arrived = [order for order in orders if str(order.id) in self._new]
        others = [order for order in orders if str(order.id) not in self._new]
        return [*sorted(arrived, key=lambda order: order.id, reverse=True), *others], page.total

    def _is_shown(self, name: str) -> bool:
        return not self.query.status or self.query.status in _COLUMNS[name]

    def _column(self, name: str) -> dict[str, Any]:
        """Return the API's parameters of a column."""
        filters = self.query.filters()
        if name != DONE:
            return filters | {"status": name, "sort": "oldest", "limit": COLUMN_LIMIT}
        statuses = [self.query.status] if self.query.status else list(_COLUMNS[DONE])
        today = shop_day(datetime.now(UTC)).isoformat()
        return filters | {"status": statuses, "sort": None, "changedFrom": today, "limit": DONE_LIMIT}

    async def _page(self, params: dict[str, Any]) -> OrderPage:
        return await self._call(lambda token: wiring.orders().page(params, token))

    def _cards(self, orders: Iterable[OrderSummary]) -> list[OrderCard]:
        return [show_card(order, self._language(), is_new=str(order.id) in self._new) for order in orders]

    def _show_page(self, page: OrderPage) -> None:
        self.total, self._next = page.total, str(page.next) if page.next else None
        self.has_more = self._next is not None

    async def _name_customer(self) -> None:
        self.customer_name = ""
        if number := self.query.customer:
            try:
                names = await names_of({number}, self._sid)
            except SessionEnded:
                return
            self.customer_name = names.get(number) or t(self._language(), "admin_orders.person", number=number)


def _called(user: User) -> str:
    """Return what tells a customer from all others, in a field with suggestions."""
    return " · ".join(part for part in (user.name, user.email or user.phone) if part)
