"""The menu: the filters of its address, and the cakes they leave."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import CallOptions, ServiceProblem, ServiceUnavailable
from shopkit.contracts.catalog import Category, Occasion, ProductPage
from shopkit.money import format_vnd
from storefront.clients import wiring
from storefront.i18n import href, language_of, t
from storefront.shelf import Changed
from storefront.snapshot import PAGE_SIZE, load_snapshot
from storefront.state.catalog import Card, card
from storefront.state.menu_query import MenuQuery
from storefront.state.shelf_page import ShelfPage, renewed
from storefront.state.visit import whose

PRICE_BANDS = ((0, 200_000), (200_000, 350_000), (350_000, 500_000), (500_000, 0))
"""Price ranges to choose from, in VND; zero is no limit."""


@dataclass(frozen=True)
class Choice:
    """One choice of a filter: `query` is the address it leads to."""

    key: str
    name: str
    name_en: str
    count: int
    query: str
    on: bool


@dataclass(frozen=True)
class PageLink:
    """A page of the menu; `number` 0 stands for pages left out."""

    number: int
    query: str
    on: bool


def category_choices(query: MenuQuery, categories: list[Category], page: ProductPage) -> list[Choice]:
    """Return the categories with how many cakes each has under the other filters."""
    counts = {entry.slug: entry.count for entry in page.facets.categories}
    return [
        Choice(
            key=entry.slug,
            name=entry.name,
            name_en=entry.name_en or entry.name,
            count=counts.get(entry.slug, 0),
            query=query.but(category="" if query.category == entry.slug else entry.slug),
            on=query.category == entry.slug,
        )
        for entry in categories
    ]


def occasion_choices(query: MenuQuery, page: ProductPage) -> list[Choice]:
    """Return the occasions that there are cakes for under the other filters, and the one that is on in any case."""
    counts = {entry.occasion.value: entry.count for entry in page.facets.occasions}
    return [
        Choice(
            key=one.value,
            name=t("vi", f"product.occasion_{one.value}"),
            name_en=t("en", f"product.occasion_{one.value}"),
            count=counts.get(one.value, 0),
            query=query.but(occasion="" if query.occasion == one.value else one.value),
            on=query.occasion == one.value,
        )
        for one in Occasion
        if counts.get(one.value) or query.occasion == one.value
    ]


def price_choices(query: MenuQuery, least: int, most: int) -> list[Choice]:
    """Return the price bands that reach into prices from `least` to `most`; the one that is on leads to no band."""
    choices = []
    for low, high in PRICE_BANDS:
        on = (query.min, query.max) == (low, high)
        if not on and (not most or low > most or (high and high < least)):
            continue
        low_text, high_text = format_vnd(low), format_vnd(high)
        names = (
            (f"Dưới {high_text}", f"Under {high_text}")
            if not low
            else (f"{low_text} – {high_text}",) * 2
            if high
            else (f"Trên {low_text}", f"Over {low_text}")
        )
        key = f"{low}-{high}"
        choices.append(Choice(key, names[0], names[1], 0, query.but(**_band(query, key)), on))
    return choices


def _band(query: MenuQuery, key: str) -> dict[str, int]:
    low, high = map(int, key.split("-"))
    return {"min": 0, "max": 0} if (query.min, query.max) == (low, high) else {"min": low, "max": high}


def page_links(query: MenuQuery, pages: int) -> list[PageLink]:
    """Return links to the first, the last and the neighbouring pages; empty when there is only one."""
    if pages < 2:
        return []
    shown = sorted({1, pages, *range(max(1, query.page - 1), min(pages, query.page + 1) + 1)})
    links: list[PageLink] = []
    for number in shown:
        if links and number - links[-1].number > 1:
            links.append(PageLink(0, "", on=False))
        links.append(PageLink(number, query.but(page=number), number == query.page))
    return links


def query_fields(query: MenuQuery) -> dict[str, Any]:
    """Return what `MenuState` holds of its address."""
    return {
        "category": query.category,
        "q": query.q,
        "sort": query.sort,
        "in_stock": query.stock,
        "min_price": str(query.min or ""),
        "max_price": str(query.max or ""),
        "all_query": query.but(category=""),
        "stock_query": query.but(stock=not query.stock),
        "is_filtered": query.is_filtered,
        "filter_count": bool(query.min or query.max) + query.stock + bool(query.occasion),
        "occasion": query.occasion,
        "any_occasion_query": query.but(occasion=""),
        "any_price_query": query.but(min=0, max=0),
    }


def page_fields(query: MenuQuery, page: ProductPage, categories: list[Category]) -> dict[str, Any]:
    """Return what `MenuState` holds of the cakes that its address leaves."""
    least, most = page.facets.min_price or 0, page.facets.max_price or 0
    return {
        "prices": price_choices(query, least, most),
        "least_price": format_vnd(least),
        "most_price": format_vnd(most),
        "cards": [card(product) for product in page.items],
        "total": page.total,
        "page": query.page,
        "is_fuzzy": page.fuzzy and page.total > 0,
        "categories": category_choices(query, categories, page),
        "occasions": occasion_choices(query, page),
        "pages": page_links(query, page.pages),
        "previous_page": query.but(page=query.page - 1) if query.page > 1 else "",
        "next_page": query.but(page=query.page + 1) if query.page < page.pages else "",
        "is_loading": False,
        "is_unreachable": False,
    }


async def find(query: MenuQuery, searcher: CallOptions | None = None) -> ProductPage:
    """Return the cakes that a query leaves."""
    return await wiring.catalog().products(searcher, limit=PAGE_SIZE, **query.filters())


_SNAPSHOT = load_snapshot()
_START = query_fields(MenuQuery()) | page_fields(MenuQuery(), _SNAPSHOT.menu, _SNAPSHOT.categories)


class MenuState(ShelfPage, rx.State):
    """What the menu shows. The address is the truth about filters; every change of it loads anew."""

    cards: list[Card] = _START["cards"]
    total: int = _START["total"]
    categories: list[Choice] = _START["categories"]
    occasions: list[Choice] = _START["occasions"]
    prices: list[Choice] = _START["prices"]
    pages: list[PageLink] = _START["pages"]
    previous_page: str = ""
    next_page: str = _START["next_page"]
    page: int = 1

    category: str = ""
    occasion: str = ""
    q: str = ""
    sort: str = _START["sort"]
    in_stock: bool = False
    min_price: str = ""
    max_price: str = ""
    all_query: str = ""
    stock_query: str = _START["stock_query"]
    any_price_query: str = ""
    any_occasion_query: str = ""
    least_price: str = _START["least_price"]
    most_price: str = _START["most_price"]
    """What there is under the other filters, whatever price is asked for."""
    is_filtered: bool = False
    filter_count: int = 0
    is_fuzzy: bool = False
    is_loading: bool = False

    _categories: list[Category] = []  # noqa: RUF012
    _query: MenuQuery = MenuQuery()
    _seen: bool = False

    @rx.event
    async def load(self) -> AsyncGenerator[Any, None]:
        """Show what the address asks for."""
        query = MenuQuery.parse(self.router.url.query_parameters)
        if query != self._query:
            # On a first visit the document brought the cakes along: they stay until today's are here.
            self.is_loading = self._seen
            self._show_query(query)
        self._seen = True
        yield
        if not await self._fetch(await whose(self) if query.q else None):
            yield MenuState.recover
        yield MenuState.follow

    @rx.event
    def sort_by(self, sort: str) -> EventSpec:
        """Put the cakes in another order."""
        return self._go(self._query.but(sort=sort))

    @rx.event
    def filter_price(self, form: dict[str, str]) -> EventSpec:
        """Show what costs between two amounts that somebody typed, swapped if need be."""
        typed = MenuQuery.parse({"min": form.get("min", ""), "max": form.get("max", "")})
        low, high = typed.min, typed.max
        if high and low > high:
            low, high = high, low
        return self._go(self._query.but(min=low, max=high))

    def _go(self, query: str) -> EventSpec:
        return rx.redirect(href(language_of(self), "/menu") + query)

    async def _fetch(self, searcher: CallOptions | None = None) -> bool:
        query = self._query
        try:
            self._categories = self._categories or await wiring.catalog().categories()
            page = await find(query, searcher)
        except (ServiceProblem, ServiceUnavailable):
            self.is_unreachable, self.is_loading = True, False
            return False
        self._set(page_fields(query, page, self._categories))
        return True

    def _shown(self) -> list[int]:
        return [shown.id for shown in self.cards]

    def _take(self, changed: Changed) -> None:
        self.cards = renewed(self.cards, changed)

    def _show_query(self, query: MenuQuery) -> None:
        self._query = query
        self._set(query_fields(query))
        self.prices = [
            replace(choice, on=choice.key == f"{query.min}-{query.max}", query=query.but(**_band(query, choice.key)))
            for choice in self.prices
        ]
        self.occasions = [
            replace(
                choice,
                query=query.but(occasion="" if choice.key == query.occasion else choice.key),
                on=choice.key == query.occasion,
            )
            for choice in self.occasions
        ]
        self.categories = [
            replace(
                choice,
                query=query.but(category="" if choice.key == query.category else choice.key),
                on=choice.key == query.category,
            )
            for choice in self.categories
        ]

    def _set(self, fields: dict[str, Any]) -> None:
        for name, value in fields.items():
            setattr(self, name, value)
