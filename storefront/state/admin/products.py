"""Staff's list of products: the filters of its address, and what they leave."""

from dataclasses import dataclass, replace
from typing import Any

import reflex as rx
from pydantic import ValidationError
from reflex.event import EventSpec

from shopkit.contracts.base import MAX_OFFSET
from shopkit.contracts.catalog import (
    AdminProduct,
    AdminProductFilter,
    AdminProductPage,
    AdminProductSort,
    Category,
    ProductChange,
    ShelfStatus,
    StockLevel,
)
from shopkit.money import format_vnd
from storefront.clients import wiring
from storefront.dates import format_moment
from storefront.i18n import Lang, href, t
from storefront.state.admin.base import FAILURES, AdminState, Events, Query
from storefront.state.catalog import PLACEHOLDER
from storefront.state.recovering import Recovering

PATH = "/admin/products"
PAGE_SIZE = 50
MAX_PAGE = MAX_OFFSET // PAGE_SIZE + 1
"""The backend's lists go 10,000 items deep by page."""


@dataclass(frozen=True)
class ProductsQuery(Query):
    """The list's filters."""

    q: str = ""
    category: str = ""
    status: str = ShelfStatus.ACTIVE.value
    stock: str = StockLevel.ANY.value
    sort: str = AdminProductSort.UPDATED.value
    page: int = 1

    def checked(self) -> "ProductsQuery":
        """Return the same without what the service would refuse."""
        plain = ProductsQuery()
        return replace(
            self,
            category=self.category if self.category.replace("-", "").isalnum() and self.category.isascii() else "",
            status=self.status if self.status in set(ShelfStatus) else plain.status,
            stock=self.stock if self.stock in set(StockLevel) else plain.stock,
            sort=self.sort if self.sort in set(AdminProductSort) else plain.sort,
            page=max(1, self.page),
        )

    def wanted(self) -> AdminProductFilter:
        """Return what the service is asked for. Raises ValidationError for a category that cannot be."""
        return AdminProductFilter(
            q=self.q or None,
            category=self.category or None,
            status=ShelfStatus(self.status),
            stock=StockLevel(self.stock),
            sort=AdminProductSort(self.sort),
            page=min(self.page, MAX_PAGE),
            limit=PAGE_SIZE,
        )


@dataclass(frozen=True)
class SizeMark:
    """A size in the list: `level` is out, low or "" for enough."""

    size: str
    stock: int
    level: str


@dataclass(frozen=True)
class ProductRow:
    """A product in the list, in both languages; the page shows one."""

    id: int
    slug: str
    name: str
    name_en: str
    category: str
    category_en: str
    image: str
    price: str
    has_prices: bool
    sizes: tuple[SizeMark, ...]
    archived: bool
    changed: str


@dataclass(frozen=True)
class Option:
    """A category to filter by."""

    slug: str
    name: str
    name_en: str


@dataclass(frozen=True)
class ProductsView:
    """What the page shows. Addresses are without their language."""

    rows: tuple[ProductRow, ...] = ()
    total: int = 0
    page: int = 1
    pages: int = 0
    last: str = ""
    before: str = ""
    after: str = ""
    is_beyond: bool = False
    """There is no such page; `pages` are those that can be reached, `last` leads to the last of them."""
    q: str = ""
    category: str = ""
    status: str = ShelfStatus.ACTIVE.value
    stock: str = StockLevel.ANY.value
    sort: str = AdminProductSort.UPDATED.value
    is_filtered: bool = False
    status_links: tuple[str, ...] = ("", "", "")
    categories: tuple[Option, ...] = ()
    is_loaded: bool = False
    is_busy: bool = False


def row(product: AdminProduct, low_at: int, lang: Lang) -> ProductRow:
    """Return a product ready to show."""
    return ProductRow(
        id=product.id,
        slug=product.slug,
        name=product.name,
        name_en=product.name_en or product.name,
        category=product.category.name,
        category_en=product.category.name_en or product.category.name,
        image=product.image or PLACEHOLDER,
        price=format_vnd(product.price_from),
        has_prices=len({size.price for size in product.sizes}) > 1,
        sizes=tuple(SizeMark(s.size, s.stock, level_of(s.stock, low_at)) for s in product.sizes),
        archived=product.archived,
        changed=format_moment(product.updated_at, lang),
    )


def level_of(stock: int, low_at: int) -> str:
    """Return whether a stock is out, low, or "" for enough."""
    return "out" if stock == 0 else "low" if stock <= low_at else ""


class ProductsState(Recovering, AdminState):
    """What the list shows. The address is the truth about filters; every change of it loads anew."""

    view: ProductsView = ProductsView()

    _query: ProductsQuery = ProductsQuery()

    @rx.event
    async def load(self) -> Events:
        """Show what the address asks for."""
        query = ProductsQuery.parse(self.router.url.query_parameters)
        same = query == self._query
        self._query = query
        self.view = replace(self.view, **_filters(query), is_busy=not same)
        yield ProductsState._show_search(query.q)
        if not await self._fetch():
            yield ProductsState.recover

    @rx.event
    async def renew(self) -> Events:
        """Show the list as it is by now."""
        if not await self._fetch():
            yield ProductsState.recover

    @rx.event
    def search(self, text: str) -> EventSpec:
        """Look for what is typed."""
        return self._to(PATH + self._query.but(q=text.strip()), replace=True)

    @rx.event
    def narrow(self, field: str, value: str) -> EventSpec | None:
        """Choose a filter's value, or another order."""
        if field not in {"category", "stock", "sort"}:
            return None
        return self._to(PATH + self._query.but(**{field: value}))

    @rx.event
    async def archive(self, product_id: int) -> Events:
        """Take a product off the shelf; it can be undone."""
        async for event in self._shelve(product_id, archived=True):
            yield event

    @rx.event
    async def put_back(self, product_id: int) -> Events:
        """Put a product back on the shelf; it can be undone."""
        async for event in self._shelve(product_id, archived=False):
            yield event

    async def _shelve(self, product_id: int, *, archived: bool) -> Events:
        lang = self._language()
        change = ProductChange(archived=archived)
        try:
            product = await self._call(lambda token: wiring.staff_catalog().change(product_id, change, token))
        except FAILURES as error:
            yield self._explain(error, {"not_found": "admin_products.gone"})
            return
        yield shelved_toast(product.id, product.name, archived=archived, lang=lang)
        if not await self._fetch():
            yield ProductsState.recover

    async def _fetch(self) -> bool:
        lang, query = self._language(), self._query
        try:
            wanted = query.wanted()
            page = await self._call(lambda token: wiring.staff_catalog().page(wanted, token))
            categories = await self._call(wiring.staff_catalog().categories)
        except ValidationError:
            page, categories = AdminProductPage(items=[], page=1, limit=PAGE_SIZE, total=0, pages=0, low_at=0), []
        except FAILURES:
            self.is_unreachable = True
            self.view = replace(self.view, is_busy=False)
            return False
        self.is_unreachable = False
        self.view = replace(self.view, **_shown(query, page, categories, lang))
        return True


def shelved_toast(product_id: int, name: str, *, archived: bool, lang: Lang) -> EventSpec:
    """Return the toast that says what was done, with the way back."""
    undo: Any = ProductsState.put_back if archived else ProductsState.archive
    text = t(lang, "admin_products.archived" if archived else "admin_products.restored", name=name)
    toast: EventSpec = rx.toast.success(
        text,
        action={"label": t(lang, "admin_products.undo"), "on_click": undo(product_id)},
        duration=10_000,
        id=f"shelf-{product_id}-{archived}",
    )
    return toast


def _filters(query: ProductsQuery) -> dict[str, Any]:
    plain = replace(query, sort=ProductsQuery().sort, page=1, status=ProductsQuery().status)
    return {
        "q": query.q,
        "category": query.category,
        "status": query.status,
        "stock": query.stock,
        "sort": query.sort,
        "is_filtered": plain != ProductsQuery(),
        "status_links": tuple(query.but(status=status.value) for status in ShelfStatus),
    }


def _shown(query: ProductsQuery, page: AdminProductPage, categories: list[Category], lang: Lang) -> dict[str, Any]:
    pages = min(page.pages, MAX_PAGE)
    is_beyond = 0 < pages < query.page
    return {
        "rows": () if is_beyond else tuple(row(product, page.low_at, lang) for product in page.items),
        "total": page.total,
        "page": query.page,
        "pages": pages,
        "last": href(lang, PATH) + query.but(page=pages),
        "before": href(lang, PATH) + query.but(page=query.page - 1) if query.page > 1 else "",
        "after": href(lang, PATH) + query.but(page=query.page + 1) if query.page < pages else "",
        "is_beyond": is_beyond,
        "categories": tuple(Option(one.slug, one.name, one.name_en or one.name) for one in categories),
        "is_loaded": True,
        "is_busy": False,
    }
