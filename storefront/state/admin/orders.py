"""The orders as staff see them: a board of what is to do, and a table of everything. Both follow the live stream."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from shopkit.clock import shop_day
from shopkit.contracts.orders import OrderPage, OrderStatus, OrderSummary
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.i18n import t
from storefront.state.admin.base import FAILURES, AdminState, Events
from storefront.state.admin.order_cards import OrderCard, show_card
from storefront.state.admin.orders_query import TABLE, OrderQuery
from storefront.state.admin.people import names_of

COLUMN_LIMIT = 50
DONE_LIMIT = 100
PAGE = 30
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

    @rx.event
    async def load(self) -> Events:
        """Show what the address asks for."""
        query = OrderQuery.parse(self.router.url.query_parameters)
        if query != self.query:
            self.is_loaded = self.is_loaded and query.view == self.query.view
            self.query, self.is_filtered = query, query.is_filtered
        self.board_query, self.table_query = query.but(view="", sort=""), query.but(view=TABLE)
        self._new, self.fresh = set(), 0
        yield self._show_search(query.q)
        await self._fetch()
        await self._name_customer()

    @rx.event
    async def retry(self) -> None:
        """Try again because somebody asked."""
        await self._fetch()

    @rx.event
    async def changed(self, changes: list[dict[str, str]]) -> None:
        """Show what has happened to orders: fetches what changed, or everything when nobody knows what did."""
        arrived = {change["id"]: change["number"] for change in changes if not change["before"]}
        if arrived:
            numbers = ", ".join(arrived.values())
            self.announcement = t(self._language(), "admin_orders.arrived", numbers=numbers)
        self._new |= arrived.keys()
        self._new -= {change["id"] for change in changes if change["before"]}
        if self.query.view == TABLE:
            await self._renew_rows(changes, len(arrived))
            return
        statuses = {change[moment] for change in changes for moment in ("before", "status")}
        touched = [name for name, column in _COLUMNS.items() if not changes or statuses.intersection(column)]
        await self._fetch_columns(touched)

    @rx.event
    def search(self, text: str) -> EventSpec | None:
        """Look for a number, a phone or a name."""
        return self._narrow("q", text)

    @rx.event
    def filter(self, name: str, value: str) -> EventSpec | None:
        """Narrow the orders by one filter; "" takes it away."""
        return self._narrow(name, value) if name in {"status", "fulfilment", "since", "until"} else None

    @rx.event
    def sort_by(self, sort: str) -> EventSpec:
        """Put the table in another order: "placed" is the oldest first, "-placed" the newest."""
        return self._to(f"/admin/orders{self.query.but(sort='oldest' if sort == 'placed' else '')}")

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

    def _narrow(self, name: str, value: str) -> EventSpec | None:
        query = self.query.but(**{name: value})
        # What is typed leaves no step back for every letter.
        return None if query == self.query.but() else self._to(f"/admin/orders{query}", replace=name == "q")

    async def _fetch(self) -> None:
        if self.query.view == TABLE:
            await self._fetch_rows()
        else:
            await self._fetch_columns(_COLUMNS)

    async def _fetch_rows(self) -> None:
        try:
            page = await self._page(self.query.filters() | {"limit": PAGE})
        except FAILURES:
            self.is_unreachable = True
            return
        self.rows, self.fresh = self._cards(page.items), 0
        self._show_page(page)
        self.is_loaded, self.is_unreachable = True, False

    async def _renew_rows(self, changes: list[dict[str, str]], arrived: int) -> None:
        """Renew the rows concerned where they stand: what somebody reads must not move under their eyes."""
        if not changes:
            if len(self.rows) <= PAGE:
                await self._fetch_rows()
            return
        self.fresh += arrived
        touched = {change["id"] for change in changes} & {row.id for row in self.rows}
        try:
            reads = (partial(wiring.orders().read, order_id) for order_id in touched)
            found = await asyncio.gather(*(self._call(read) for read in reads))
        except FAILURES:
            return  # the stream says "read anew" once it is back
        renewed = {card.id: card for card in self._cards(found)}
        self.rows = [renewed.get(row.id, row) for row in self.rows]

    async def _fetch_columns(self, names: Iterable[str]) -> None:
        wanted = [name for name in names if self._is_shown(name)]
        try:
            pages = await asyncio.gather(*(self._page(self._column(name)) for name in wanted))
        except FAILURES:
            self.is_unreachable = True
            return
        counts = dict(self.counts)
        for name, page in zip(wanted, pages, strict=True):
            last_first = sorted(page.items, key=lambda order: order.updated_at, reverse=True)
            setattr(self, name.lower(), self._cards(last_first if name == DONE else page.items))
            counts[name] = page.total
        for name in _COLUMNS:
            if not self._is_shown(name):
                setattr(self, name.lower(), [])
        self.counts = counts
        self.is_loaded, self.is_unreachable = True, False

    def _is_shown(self, name: str) -> bool:
        return not self.query.status or self.query.status in _COLUMNS[name]

    def _column(self, name: str) -> dict[str, Any]:
        """Return the API's parameters of a column: what waits longest first, what was finished last first."""
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
