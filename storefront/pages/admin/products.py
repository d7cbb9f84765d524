"""The products: found, filtered, taken off the shelf and put back."""

from typing import Any

import reflex as rx

from shopkit.contracts.catalog import AdminProductSort, ShelfStatus, StockLevel
from storefront.components.admin.filters import choice, clear_link, filter_bar, search_box, tabs
from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.components.admin.pager import page_numbers
from storefront.components.admin.states import list_states, nothing, nothing_matches
from storefront.components.admin.status import badge, badge_of
from storefront.components.admin.table import Column, data_table
from storefront.components.counts import counted
from storefront.components.icons import icon
from storefront.components.images import image
from storefront.components.links import anchor, link
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.state.admin.products import PATH, ProductRow, ProductsState, SizeMark

VIEW = ProductsState.view


def products(lang: Lang) -> rx.Component:
    """Return the list of products in a language."""
    return admin_page(
        lang,
        "products",
        page_header(
            t(lang, "admin_shell.products"),
            link(
                icon("plus", 18),
                t(lang, "admin_products.new"),
                to=href(lang, f"{PATH}/new"),
                class_name="btn btn-primary btn-sm",
            ),
        ),
        tabs(
            t(lang, "admin_products.status"),
            [
                (
                    t(lang, f"admin_products.status_{status.value}"),
                    _to(lang, VIEW.status_links[place]),
                    VIEW.status == status,
                )
                for place, status in enumerate(ShelfStatus)
            ],
            class_name="mb-4",
        ),
        _filters(lang),
        list_states(
            lang,
            rx.fragment(
                _table(lang),
                page_numbers(lang, page=VIEW.page, pages=VIEW.pages, before=VIEW.before, after=VIEW.after),
            ),
            is_loaded=VIEW.is_loaded,
            is_empty=(VIEW.total == 0) | VIEW.is_beyond,
            is_unreachable=ProductsState.is_unreachable,
            retry=ProductsState.retry,
            empty=_empty(lang),
        ),
    )


def _empty(lang: Lang) -> rx.Component:
    look = "btn btn-secondary"
    return rx.cond(
        VIEW.is_beyond,
        nothing(
            t(lang, "admin_products.no_page_title"),
            t(lang, "admin_products.no_page_text", count=counted(lang, VIEW.pages)),
            link(t(lang, "admin_products.last_page"), to=VIEW.last, class_name=look),
        ),
        rx.cond(
            VIEW.is_filtered,
            nothing_matches(lang, link(t(lang, "admin_shell.clear"), to=href(lang, PATH), class_name=look)),
            nothing(t(lang, "admin_products.none_title"), t(lang, "admin_products.none_text")),
        ),
    )


def _to(lang: Lang, query: Any) -> Any:
    return href(lang, PATH) + query


def _filters(lang: Lang) -> rx.Component:
    return filter_bar(
        lang,
        search_box(lang, value=VIEW.q, on_search=ProductsState.search, hint=t(lang, "admin_products.search_hint")),
        choice(
            "category",
            label=t(lang, "admin_products.category"),
            value=VIEW.category,
            options=[("", t(lang, "admin_shell.any"))],
            more=rx.foreach(
                VIEW.categories, lambda one: rx.el.option(one.name_en if lang == "en" else one.name, value=one.slug)
            ),
            on_change=lambda value: ProductsState.narrow("category", value),
        ),
        choice(
            "stock",
            label=t(lang, "admin_products.stock"),
            value=VIEW.stock,
            options=[(level.value, t(lang, f"admin_products.stock_{level.value}")) for level in StockLevel],
            on_change=lambda value: ProductsState.narrow("stock", value),
        ),
        choice(
            "sort",
            label=t(lang, "admin_products.sort"),
            value=VIEW.sort,
            options=[(sort.value, t(lang, f"admin_products.sort_{sort.value}")) for sort in AdminProductSort],
            on_change=lambda value: ProductsState.narrow("sort", value),
        ),
        clear=clear_link(lang, to=href(lang, PATH), shown=VIEW.is_filtered),
    )


def _table(lang: Lang) -> rx.Component:
    return rx.fragment(
        rx.el.p(
            t(lang, "admin_products.count", count=counted(lang, VIEW.total)),
            role="status",
            class_name="mb-2 text-sm text-muted",
        ),
        data_table(
            caption=t(lang, "admin_shell.products"),
            columns=[
                Column(t(lang, "admin_products.product"), lambda row: _name(lang, row), heads=True),
                Column(
                    t(lang, "admin_products.category"),
                    lambda row: rx.el.span(row.category_en if lang == "en" else row.category),
                    class_name="md:max-xl:hidden xl:min-w-40",
                ),
                Column(t(lang, "admin_products.price"), lambda row: _price(lang, row), align="right"),
                Column(t(lang, "admin_products.stock"), lambda row: _stock(lang, row)),
                Column(
                    t(lang, "admin_products.changed"),
                    lambda row: rx.el.span(row.changed, class_name="whitespace-nowrap text-sm text-muted"),
                    class_name="md:max-xl:hidden",
                ),
                Column(
                    rx.el.span(t(lang, "admin_products.actions"), class_name="sr-only"),
                    lambda row: _actions(lang, row),
                    hides=True,
                    align="right",
                ),
            ],
            rows=VIEW.rows,
            key=lambda row: row.id,
            busy=VIEW.is_busy,
        ),
    )


def _name(lang: Lang, row: rx.Var[ProductRow]) -> rx.Component:
    first, second = (row.name_en, row.name) if lang == "en" else (row.name, row.name_en)
    return rx.el.div(
        image(row.image, "", 48, 48, class_name="size-12 shrink-0 rounded-xl bg-sunk object-cover"),
        rx.el.div(
            rx.el.div(
                link(
                    first,
                    to=href(lang, f"{PATH}/") + row.id.to_string(),
                    class_name="line-clamp-2 hover:underline",
                ),
                rx.cond(row.archived, badge(t(lang, "admin_products.is_archived")), rx.fragment()),
                class_name="flex items-center gap-2",
            ),
            rx.cond(
                second != first,
                rx.el.span(second, class_name="line-clamp-1 text-sm font-normal text-muted"),
                rx.fragment(),
            ),
            rx.el.span(
                row.category_en if lang == "en" else row.category,
                class_name="hidden text-sm font-normal text-muted md:max-xl:block",
            ),
            class_name="min-w-0",
        ),
        class_name="flex min-w-0 items-center gap-3 md:min-w-44 xl:min-w-56",
    )


def _price(lang: Lang, row: rx.Var[ProductRow]) -> rx.Component:
    return rx.el.span(
        rx.cond(row.has_prices, rx.el.span(t(lang, "shell.from"), " ", class_name="text-sm text-muted"), rx.fragment()),
        row.price,
        class_name="whitespace-nowrap",
    )


def _stock(lang: Lang, row: rx.Var[ProductRow]) -> rx.Component:
    def mark(size: rx.Var[SizeMark]) -> rx.Component:
        text = rx.match(
            size.level,
            ("out", size.size + " · " + t(lang, "admin_products.out")),
            ("low", size.size + " · " + t(lang, "admin_products.left", count=size.stock)),
            size.size + " · " + size.stock.to_string(),
        )
        return rx.el.li(badge_of(text, rx.match(size.level, ("out", "bad"), ("low", "warn"), "plain")), key=size.size)

    return rx.el.ul(rx.foreach(row.sizes, mark), class_name="flex flex-wrap gap-1 max-md:justify-end xl:min-w-56")


def _actions(lang: Lang, row: rx.Var[ProductRow]) -> rx.Component:
    name = row.name_en if lang == "en" else row.name
    return rx.el.div(
        rx.cond(
            row.archived,
            rx.fragment(),
            anchor(
                icon("external", 18),
                href=href(lang, "/product/") + row.slug,
                target="_blank",
                rel="noopener",
                aria_label=t(lang, "admin_products.see_in_shop", name=name),
                title=t(lang, "admin_products.see"),
                class_name="icon-btn",
            ),
        ),
        rx.el.button(
            rx.cond(row.archived, icon("undo", 18), icon("archive", 18)),
            type="button",
            aria_label=rx.cond(
                row.archived,
                t(lang, "admin_products.restore_of", name=name),
                t(lang, "admin_products.archive_of", name=name),
            ),
            title=rx.cond(row.archived, t(lang, "admin_products.restore"), t(lang, "admin_products.archive")),
            on_click=rx.cond(row.archived, ProductsState.put_back(row.id), ProductsState.archive(row.id)),
            class_name="icon-btn",
        ),
        class_name="flex justify-end max-md:-mb-2 max-md:-mr-2",
    )


PAGE = AdminPage(
    key="admin_products",
    path=PATH,
    build=products,
    section="products",
    on_load=(ProductsState.load,),
    on_catalogue=ProductsState.renew,
)
