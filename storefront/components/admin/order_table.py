"""The table of the orders: all of them, however many."""

from typing import Any

import reflex as rx

from storefront.components.admin.order_actions import advance_button
from storefront.components.admin.order_steps import steps_button
from storefront.components.admin.pager import load_more
from storefront.components.admin.status import order_badge
from storefront.components.admin.table import Column, data_table
from storefront.components.buttons import button
from storefront.components.counts import counted
from storefront.components.icons import icon
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.state.admin.orders import OrdersState

_WIDE = "md:max-xl:hidden"
_TABLET = "hidden md:max-xl:flex"
"""Between a phone, which shows cards, and a wide screen: fewer columns, each with more in it."""


def order_table(lang: Lang) -> rx.Component:
    """Return the table, with what came in while it was open above it."""
    return rx.fragment(
        rx.cond(
            OrdersState.fresh > 0,
            button(
                icon("refresh", 16),
                t(lang, "admin_orders.fresh", count=counted(lang, OrdersState.fresh)),
                on_click=OrdersState.show_fresh,
                class_name="btn-sm mb-3",
            ),
            rx.fragment(),
        ),
        data_table(
            caption=t(lang, "admin_orders.caption"),
            columns=_columns(lang),
            rows=OrdersState.rows,
            key=lambda row: row.id,
            sorted_by=rx.cond(OrdersState.query.sort == "oldest", "placed", "-placed"),
            on_sort=OrdersState.sort_by,
        ),
        load_more(
            lang,
            shown=OrdersState.rows.length(),
            total=OrdersState.total,
            has_more=OrdersState.has_more,
            busy=OrdersState.is_loading_more,
            on_click=OrdersState.load_more,
        ),
    )


def _columns(lang: Lang) -> list[Column]:
    return [
        Column(
            t(lang, "admin_orders.number"),
            lambda row: _number(lang, row),
            heads=True,
        ),
        Column(t(lang, "admin_orders.status"), lambda row: _status(lang, row), class_name=_WIDE),
        Column(
            t(lang, "admin_orders.placed"),
            lambda row: row.placed_at,
            sort="placed",
            class_name=f"whitespace-nowrap tabular-nums {_WIDE}",
        ),
        Column(t(lang, "admin_orders.customer"), lambda row: _customer(lang, row), class_name="xl:max-w-52"),
        Column(
            t(lang, "admin_orders.fulfilment"),
            lambda row: rx.el.span(
                rx.cond(row.is_pickup, icon("shop", 20), icon("truck", 20)),
                rx.el.span(
                    rx.cond(row.is_pickup, t(lang, "admin_orders.pickup"), t(lang, "admin_orders.delivery")),
                    class_name="md:sr-only",
                ),
                title=rx.cond(row.is_pickup, t(lang, "admin_orders.pickup"), t(lang, "admin_orders.delivery")),
                class_name="inline-flex items-center gap-1.5",
            ),
            class_name=_WIDE,
        ),
        Column(t(lang, "admin_orders.cakes"), _cakes, class_name=_WIDE),
        Column(t(lang, "admin_orders.total"), lambda row: row.total, align="right", class_name="whitespace-nowrap"),
        Column(
            t(lang, "admin_orders.action"),
            lambda row: rx.el.div(
                advance_button(lang, row, class_name="grow whitespace-nowrap"),
                steps_button(lang, row),
                class_name="flex items-center justify-end gap-1 whitespace-nowrap",
            ),
            hides=True,
            class_name="max-md:pt-2 md:w-px",
        ),
    ]


def _status(lang: Lang, row: Any) -> rx.Component:
    return rx.el.span(
        order_badge(lang, row.status, pickup=row.is_pickup, returned=row.returned),
        rx.cond(
            row.failed != "",
            rx.el.span(row.failed, class_name="block text-[0.8125rem] font-semibold text-accent"),
            rx.fragment(),
        ),
        class_name="min-w-0 max-md:text-right",
    )


def _number(lang: Lang, row: Any) -> rx.Component:
    return rx.el.div(
        link(
            row.number,
            to=href(lang, "/admin/orders/") + row.id,
            class_name="whitespace-nowrap tabular-nums underline-offset-4 hover:underline",
        ),
        rx.el.div(
            rx.el.span(row.placed_at, class_name="text-sm font-normal text-muted tabular-nums"),
            _status(lang, row),
            class_name=f"{_TABLET} mt-1 flex-col items-start gap-1",
        ),
    )


def _customer(lang: Lang, row: Any) -> rx.Component:
    return rx.el.span(
        rx.el.span(
            rx.el.span(
                rx.cond(row.is_pickup, icon("shop", 18), icon("truck", 18)),
                rx.el.span(
                    rx.cond(row.is_pickup, t(lang, "admin_orders.pickup"), t(lang, "admin_orders.delivery")),
                    class_name="sr-only",
                ),
                class_name=_TABLET,
            ),
            rx.el.span(row.name, class_name="min-w-0 font-medium max-xl:break-words xl:truncate"),
            class_name="flex gap-1.5 max-md:justify-end",
        ),
        rx.el.span(row.phone, class_name="block text-sm text-muted tabular-nums"),
        rx.el.span(row.cakes.join(", "), class_name=f"{_TABLET} text-sm text-muted"),
        class_name="block min-w-0 max-md:text-right",
    )


def _cakes(row: Any) -> rx.Component:
    return rx.el.span(row.cakes.join(", "), class_name="min-w-0 text-sm text-muted max-md:text-right xl:line-clamp-2")
