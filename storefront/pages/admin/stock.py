"""What runs low: what to bake next."""

import reflex as rx

from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.components.admin.pager import load_more
from storefront.components.admin.states import list_states, nothing
from storefront.components.admin.status import badge
from storefront.components.admin.stock_dialog import stock_dialog
from storefront.components.admin.table import Column, data_table
from storefront.components.buttons import button
from storefront.components.counts import counted
from storefront.components.icons import icon
from storefront.components.images import image
from storefront.components.links import link
from storefront.components.product_card import name_of
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.state.admin.low_stock import LowRow, LowStockState
from storefront.state.admin.products import PATH
from storefront.state.admin.stock import StockState

_QUICK = 10
"""Pieces that a row proposes to add."""


def stock(lang: Lang) -> rx.Component:
    """Return the list of what runs low in a language."""
    state = LowStockState
    return admin_page(
        lang,
        "stock",
        page_header(
            t(lang, "admin_stock.low_title"),
            link(
                icon("rows", 18),
                t(lang, "admin_stock.in_products"),
                to=href(lang, f"{PATH}?stock=low"),
                class_name="btn btn-secondary btn-sm",
            ),
            lead=rx.cond(
                state.is_loaded & (state.total > 0),
                t(
                    lang,
                    "admin_stock.low_lead",
                    total=counted(lang, state.total),
                    out=counted(lang, state.out),
                    low_at=state.low_at,
                ),
                "",
            ),
        ),
        list_states(
            lang,
            rx.fragment(
                _table(lang),
                load_more(
                    lang,
                    shown=state.rows.length(),
                    total=state.total,
                    has_more=state.has_more,
                    busy=state.is_loading_more,
                    on_click=state.load_more,
                ),
            ),
            is_loaded=state.is_loaded,
            is_empty=state.total == 0,
            is_unreachable=state.is_unreachable,
            retry=state.retry,
            empty=nothing(
                t(lang, "admin_stock.none_title"),
                t(lang, "admin_stock.none_text", low_at=state.low_at),
                link(t(lang, "admin_stock.to_products"), to=href(lang, PATH), class_name="btn btn-secondary"),
            ),
        ),
        stock_dialog(lang),
    )


def _table(lang: Lang) -> rx.Component:
    return data_table(
        caption=t(lang, "admin_stock.low_title"),
        columns=[
            Column(t(lang, "admin_products.product"), lambda row: _name(lang, row), heads=True),
            Column(t(lang, "admin_product.size"), lambda row: rx.el.span(row.size, class_name="font-semibold")),
            Column(t(lang, "admin_products.stock"), lambda row: _left(lang, row)),
            Column(
                t(lang, "admin_stock.held"),
                lambda row: rx.cond(row.held > 0, row.held.to_string(), "–"),
                align="right",
                class_name="md:max-xl:hidden",
            ),
            Column(t(lang, "admin_stock.restock"), lambda row: _add(lang, row), align="right", hides=True),
        ],
        rows=LowStockState.rows,
        key=lambda row: row.key,
    )


def _name(lang: Lang, row: rx.Var[LowRow]) -> rx.Component:
    return rx.el.div(
        image(row.image, "", 48, 48, class_name="size-12 shrink-0 rounded-xl bg-sunk object-cover"),
        link(
            name_of(lang, row),
            to=href(lang, f"{PATH}/") + row.product_id.to_string(),
            class_name="line-clamp-2 hover:underline",
        ),
        class_name="flex min-w-0 items-center gap-3 xl:min-w-56",
    )


def _left(lang: Lang, row: rx.Var[LowRow]) -> rx.Component:
    return rx.el.div(
        rx.cond(
            row.stock == 0,
            badge(t(lang, "admin_products.stock_out"), "bad"),
            badge(t(lang, "admin_products.left", count=row.stock), "warn"),
        ),
        rx.cond(
            row.held > 0,
            rx.el.span(
                t(lang, "admin_stock.held"),
                ": ",
                row.held,
                class_name="mt-1 hidden text-sm text-muted md:max-xl:block",
            ),
            rx.fragment(),
        ),
    )


def _add(lang: Lang, row: rx.Var[LowRow]) -> rx.Component:
    name = name_of(lang, row)
    field = "add-" + row.key
    return rx.el.div(
        rx.el.form(
            rx.el.label(t(lang, "admin_stock.add_of", name=name, size=row.size), html_for=field, class_name="sr-only"),
            rx.el.span("+", aria_hidden="true", class_name="text-muted"),
            rx.el.input(
                id=field,
                name="amount",
                default_value=str(_QUICK),
                input_mode="numeric",
                auto_complete="off",
                max_length=7,
                class_name="field field-sm w-20 text-right tabular-nums",
            ),
            button(
                t(lang, "admin_stock.add"),
                type="submit",
                kind="secondary",
                class_name="btn-sm",
                aria_label=t(lang, "admin_stock.add_to", name=name, size=row.size),
            ),
            # A form's handler stands outside the row: what it needs to know of the row is in the form.
            rx.el.input(type="hidden", name="product", value=row.product_id.to_string()),
            rx.el.input(type="hidden", name="size", value=row.size),
            on_submit=LowStockState.add.throttle(500),  # a double click adds once
            no_validate=True,
            class_name="flex items-center gap-2",
        ),
        rx.el.button(
            icon("edit", 18),
            type="button",
            aria_label=t(lang, "admin_stock.change_of", name=name, size=row.size),
            title=t(lang, "admin_stock.change"),
            on_click=StockState.ask(row.product_id, name, row.size, row.stock),
            class_name="icon-btn",
        ),
        class_name="flex items-center justify-end gap-1 max-md:w-full",
    )


PAGE = AdminPage(
    key="admin_stock",
    path="/admin/stock",
    build=stock,
    section="stock",
    on_load=(LowStockState.load,),
    on_catalogue=LowStockState.renew,
)
