"""The orders: what waits, what is being made, what is on its way; and all there ever were."""

import reflex as rx

from shopkit.contracts.orders import OrderStatus
from storefront.components.admin.filters import (
    choice,
    clear_link,
    filter_bar,
    period_fields,
    search_box,
    suggestions,
    tabs,
)
from storefront.components.admin.layout import admin_page
from storefront.components.admin.order_board import order_board
from storefront.components.admin.order_steps import steps_dialog
from storefront.components.admin.order_table import order_table
from storefront.components.admin.page_header import page_header
from storefront.components.admin.states import list_states, nothing, nothing_matches
from storefront.components.icons import icon
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.state.admin.orders import CUSTOMER_ID, OrdersState
from storefront.state.admin.orders_query import TABLE


def orders(lang: Lang) -> rx.Component:
    """Return the page of the orders in a language."""
    query = OrdersState.query
    columns = (OrdersState.pending, OrdersState.processing, OrdersState.shipped, OrdersState.done)
    nothing_there = sum(cards.length() for cards in columns) == 0
    return admin_page(
        lang,
        "orders",
        page_header(t(lang, "admin_shell.orders"), _views(lang)),
        _filters(lang),
        rx.cond(
            query.customer > 0,
            rx.el.p(
                t(lang, "admin_orders.only_customer", name=OrdersState.customer_name), class_name="mb-4 font-semibold"
            ),
            rx.fragment(),
        ),
        steps_dialog(lang),
        rx.el.p(OrdersState.announcement, role="status", class_name="sr-only"),
        list_states(
            lang,
            rx.cond(query.view == TABLE, order_table(lang), order_board(lang)),
            is_loaded=OrdersState.is_loaded,
            is_empty=rx.cond(
                query.view == TABLE, OrdersState.rows.length() == 0, OrdersState.is_filtered & nothing_there
            ),
            is_unreachable=OrdersState.is_unreachable,
            retry=OrdersState.retry,
            empty=rx.cond(
                OrdersState.is_filtered,
                nothing_matches(lang, _clear(lang)),
                nothing(t(lang, "admin_orders.empty_title"), t(lang, "admin_orders.empty_text")),
            ),
        ),
    )


def _views(lang: Lang) -> rx.Component:
    here, is_table = href(lang, "/admin/orders"), OrdersState.query.view == TABLE
    return tabs(
        t(lang, "admin_orders.view"),
        [
            (
                rx.fragment(icon("columns", 18), t(lang, "admin_orders.board")),
                here + OrdersState.board_query,
                ~is_table,
            ),
            (rx.fragment(icon("rows", 18), t(lang, "admin_orders.table")), here + OrdersState.table_query, is_table),
        ],
    )


def _filters(lang: Lang) -> rx.Component:
    query, everything = OrdersState.query, t(lang, "admin_shell.any")
    return filter_bar(
        lang,
        search_box(
            lang,
            value=query.q,
            hint=t(lang, "admin_orders.search_hint"),
            on_search=OrdersState.search,
        ),
        choice(
            "status",
            label=t(lang, "admin_orders.status"),
            value=query.status,
            options=[
                ("", everything),
                *[(status.value, t(lang, f"order.{status.lower()}")) for status in OrderStatus],
            ],
            on_change=lambda value: OrdersState.filter("status", value),
        ),
        choice(
            "fulfilment",
            label=t(lang, "admin_orders.fulfilment"),
            value=query.fulfilment,
            options=[
                ("", everything),
                ("DELIVERY", t(lang, "admin_orders.delivery")),
                ("PICKUP", t(lang, "admin_orders.pickup")),
            ],
            on_change=lambda value: OrdersState.filter("fulfilment", value),
        ),
        suggestions(
            CUSTOMER_ID,
            label=t(lang, "admin_orders.customer"),
            value=OrdersState.customer_name,
            found=OrdersState.people,
            hint=t(lang, "admin_orders.customer_hint"),
            on_change=OrdersState.find_customer,
        ),
        rx.cond(query.view == TABLE, rx.el.div(_sort(lang), class_name="xl:hidden"), rx.fragment()),
        period_fields(lang, since=query.since, until=query.until, on_change=OrdersState.filter),
        clear=_clear(lang),
    )


def _sort(lang: Lang) -> rx.Component:
    return choice(
        "sort",
        label=t(lang, "admin_orders.sort"),
        value=rx.cond(OrdersState.query.sort == "oldest", "placed", "-placed"),
        options=[("-placed", t(lang, "admin_orders.newest")), ("placed", t(lang, "admin_orders.oldest"))],
        on_change=OrdersState.sort_by,
    )


def _clear(lang: Lang) -> rx.Component:
    to = rx.cond(
        OrdersState.query.view == TABLE, href(lang, f"/admin/orders?view={TABLE}"), href(lang, "/admin/orders")
    )
    return clear_link(lang, to=to, shown=OrdersState.is_filtered)


PAGE = AdminPage(
    key="admin_orders",
    path="/admin/orders",
    build=orders,
    section="orders",
    on_load=(OrdersState.load,),
    on_orders=OrdersState.changed,
)
