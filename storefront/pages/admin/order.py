"""One order, for those who make it and bring it."""

from typing import Any

import reflex as rx

from storefront.components.admin.dialog import close_button, dialog
from storefront.components.admin.layout import admin_page
from storefront.components.admin.order_actions import advance_button
from storefront.components.admin.order_facts import CARD, HEADING, buyer, lines, staff_notes, timeline
from storefront.components.admin.order_steps import failed_note, steps_button, steps_dialog
from storefront.components.admin.page_header import page_header
from storefront.components.admin.status import order_badge
from storefront.components.buttons import button, submit
from storefront.components.feedback import empty_state, skeleton, trouble
from storefront.components.form_notices import notice
from storefront.components.forms import field, text_area
from storefront.components.icons import icon
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.shop import NAME
from storefront.state.admin.moves import MESSAGE_ID, MovesState
from storefront.state.admin.order import CANCEL_DIALOG, OrderSheetState

_COLUMN = "contents min-w-0 gap-5 xl:grid"


def order(lang: Lang) -> rx.Component:
    """Return the page of an order in a language."""
    return admin_page(
        lang,
        "orders",
        rx.cond(
            OrderSheetState.is_unreachable,
            rx.el.div(trouble(lang, retry=OrderSheetState.retry), class_name="mb-4"),
            rx.fragment(),
        ),
        rx.cond(
            OrderSheetState.is_found,
            _order(lang, OrderSheetState.order),
            rx.cond(OrderSheetState.is_missing, missing(lang), _loading(lang)),
        ),
        _cancel_dialog(lang),
        steps_dialog(lang),
    )


def title(lang: Lang) -> rx.Var:
    """Return the order's number as the tab's title, once it is known."""
    number = OrderSheetState.order.number
    return rx.cond(number != "", f"{number} · {NAME}", f"{t(lang, 'admin_shell.orders')} · {NAME}")


def missing(lang: Lang) -> rx.Component:
    """Return what stands in place of an order that is not there."""
    return empty_state(
        t(lang, "admin_orders.missing_title"),
        t(lang, "admin_orders.missing_text"),
        link(t(lang, "admin_orders.to_orders"), to=href(lang, "/admin/orders"), class_name="btn btn-primary"),
        level=1,
    )


def _loading(lang: Lang) -> rx.Component:
    return rx.el.div(
        rx.el.h1(t(lang, "admin_shell.loading"), class_name="sr-only"),
        skeleton("h-9 w-56"),
        rx.el.div(skeleton("h-96"), skeleton("h-80"), class_name="mt-6 grid gap-5 xl:grid-cols-[1fr_24rem]"),
    )


def _order(lang: Lang, sheet: Any) -> rx.Component:
    return rx.fragment(
        page_header(
            t(lang, "admin_orders.heading", number=sheet.number),
            order_badge(lang, sheet.status, pickup=sheet.is_pickup, returned=sheet.returned),
            link(
                icon("print", 18),
                t(lang, "admin_orders.print"),
                to=href(lang, "/admin/orders/") + sheet.id + "/slip",
                class_name="btn btn-sm btn-secondary",
            ),
            lead=t(lang, "admin_orders.placed_at", at=sheet.placed_at),
            back=(href(lang, "/admin/orders"), t(lang, "admin_orders.to_orders")),
        ),
        rx.el.div(
            # One column where there is no room for two, with the recipient before the cakes.
            rx.el.div(_next(lang, sheet), lines(lang, sheet), staff_notes(lang), class_name=_COLUMN),
            rx.el.div(buyer(lang, sheet), timeline(lang, sheet), class_name=_COLUMN),
            class_name="grid grid-cols-[minmax(0,1fr)] items-start gap-5 xl:grid-cols-[minmax(0,1fr)_24rem]",
        ),
    )


def _next(lang: Lang, sheet: Any) -> rx.Component:
    return rx.el.section(
        rx.el.h2(t(lang, "admin_orders.next_step"), class_name=HEADING),
        rx.cond(
            sheet.next == "",
            rx.el.div(
                rx.cond(
                    sheet.failed != "",
                    failed_note(lang, sheet),
                    rx.el.p(t(lang, "admin_orders.finished"), class_name="text-muted"),
                ),
                rx.el.div(steps_button(lang, sheet, worded=True), class_name="mt-3 flex empty:hidden sm:max-w-xs"),
                class_name="mt-2",
            ),
            rx.el.form(
                # What the button says is what is asked for, whatever has happened to the order meanwhile.
                *[
                    rx.el.input(type="hidden", name=name, value=value)
                    for name, value in (
                        ("order_id", sheet.id),
                        ("number", sheet.number),
                        ("status", sheet.next),
                        ("version", sheet.version.to_string()),
                    )
                ],
                field(
                    MESSAGE_ID,
                    label=t(lang, "admin_orders.message"),
                    hint=t(lang, "admin_orders.message_hint"),
                    max_length=500,
                    auto_complete="off",
                ),
                rx.el.div(
                    advance_button(lang, sheet, kind="primary", submits=True),
                    rx.cond(
                        sheet.can_cancel,
                        button(
                            t(lang, "admin_orders.cancel"),
                            kind="quiet",
                            on_click=OrderSheetState.ask_cancel,
                            class_name="btn-sm",
                        ),
                        rx.fragment(),
                    ),
                    steps_button(lang, sheet, worded=True),
                    class_name="flex flex-wrap gap-3",
                ),
                on_submit=MovesState.advance_with_message,
                class_name="mt-3 grid gap-4",
            ),
        ),
        rx.el.p(
            link(
                icon("external", 16),
                t(lang, "admin_orders.tracking"),
                to=href(lang, "") + sheet.tracking_path,
                class_name="inline-flex min-h-9 items-center gap-1.5 text-sm underline-offset-4 hover:underline",
            ),
            class_name="mt-3",
        ),
        class_name=f"{CARD} order-first",
    )


def _cancel_dialog(lang: Lang) -> rx.Component:
    return dialog(
        CANCEL_DIALOG,
        rx.el.div(
            notice(OrderSheetState.cancel_notice, id="cancel-notice"),
            text_area(
                "reason",
                label=t(lang, "admin_orders.reason"),
                hint=t(lang, "admin_orders.reason_hint"),
                error=OrderSheetState.cancel_error,
                required=True,
                max_length=500,
            ),
            class_name="mt-4 grid gap-4",
        ),
        title=t(lang, "admin_orders.cancel_title", number=OrderSheetState.order.number),
        text=t(lang, "admin_orders.cancel_text"),
        actions=[
            close_button(lang, CANCEL_DIALOG, t(lang, "admin_orders.keep")),
            submit(
                t(lang, "admin_orders.cancel"),
                busy=OrderSheetState.is_busy | ~OrderSheetState.order.can_cancel,
            ),
        ],
        on_submit=OrderSheetState.cancel,
    )


PAGE = AdminPage(
    key="admin_order",
    path="/admin/orders/[order_id]",
    build=order,
    section="orders",
    on_load=(OrderSheetState.load,),
    on_orders=OrderSheetState.changed,
    title=title,
)
