"""The packing slip of an order: black on white, for a sheet of A5 or A4 that lies beside the cakes."""

from typing import Any

import reflex as rx

from storefront.components.admin.layout import admin_page
from storefront.components.buttons import button
from storefront.components.feedback import skeleton, trouble
from storefront.components.icons import icon
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.pages.admin.order import missing, title
from storefront.shop import ADDRESS, NAME, PHONE
from storefront.state.admin.order import OrderSheetState
from storefront.state.order_view import LineView

_LABEL = "text-xs font-semibold uppercase tracking-wide"
_HEAD = f"{_LABEL} py-1 pr-2 whitespace-nowrap"


def slip(lang: Lang) -> rx.Component:
    """Return the page of the slip in a language."""
    sheet = OrderSheetState.order
    return admin_page(
        lang,
        "orders",
        rx.cond(
            OrderSheetState.is_unreachable,
            rx.el.div(trouble(lang, retry=OrderSheetState.retry), class_name="mb-4 print:hidden"),
            rx.fragment(),
        ),
        rx.cond(
            OrderSheetState.is_found,
            rx.fragment(_bar(lang, sheet), _slip(lang, sheet)),
            rx.cond(OrderSheetState.is_missing, missing(lang), skeleton("mx-auto h-[40rem] max-w-[36rem]")),
        ),
        class_name="print:p-0",
    )


def _bar(lang: Lang, sheet: Any) -> rx.Component:
    return rx.el.div(
        link(
            icon("chevron", 16, "rotate-180"),
            t(lang, "admin_orders.slip_back"),
            to=href(lang, "/admin/orders/") + sheet.id,
            class_name="btn btn-sm btn-secondary",
        ),
        button(
            icon("print", 18),
            t(lang, "admin_orders.slip_print"),
            on_click=rx.call_script("window.print()"),
            class_name="btn-sm",
        ),
        class_name="mx-auto mb-4 flex max-w-[36rem] justify-between gap-3 print:hidden",
    )


def _slip(lang: Lang, sheet: Any) -> rx.Component:
    return rx.el.article(
        rx.el.header(
            rx.el.div(
                rx.el.p(t(lang, "admin_orders.slip_title"), class_name=_LABEL),
                rx.el.h1(
                    sheet.number,
                    class_name="text-[2.75rem] font-bold leading-none tracking-tight whitespace-nowrap tabular-nums",
                ),
                rx.el.p(t(lang, "admin_orders.placed_at", at=sheet.placed_at), class_name="mt-2 text-sm"),
            ),
            rx.el.div(
                rx.el.p(NAME, class_name="font-display text-lg leading-tight"),
                rx.el.p(ADDRESS[lang], class_name="text-xs sm:max-w-48 print:max-w-48"),
                rx.el.p(PHONE, class_name="text-xs"),
                class_name="sm:text-right print:text-right",
            ),
            class_name="flex flex-col gap-x-6 gap-y-3 border-b-2 border-black pb-4 sm:flex-row sm:justify-between "
            "print:flex-row print:justify-between",
        ),
        rx.el.section(
            rx.el.p(
                rx.cond(sheet.is_pickup, t(lang, "admin_orders.pickup"), t(lang, "admin_orders.delivery")),
                class_name=_LABEL,
            ),
            rx.el.p(sheet.name, class_name="break-words text-xl font-bold"),
            rx.cond(
                sheet.phone != "",
                rx.el.p(sheet.phone, class_name="text-xl font-bold tabular-nums"),
                rx.fragment(),
            ),
            rx.cond(
                sheet.is_pickup,
                rx.fragment(),
                rx.el.p(sheet.address, class_name="mt-1 whitespace-pre-line break-words text-lg"),
            ),
            class_name="py-4",
        ),
        rx.cond(
            sheet.note != "",
            rx.el.section(
                rx.el.p(t(lang, "admin_orders.buyer_note"), class_name=_LABEL),
                rx.el.p(sheet.note, class_name="whitespace-pre-line break-words text-lg"),
                class_name="mb-4 border-2 border-black p-3",
            ),
            rx.fragment(),
        ),
        rx.el.table(
            rx.el.caption(t(lang, "admin_orders.lines"), class_name="sr-only"),
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(t(lang, "admin_orders.slip_check"), scope="col", class_name=f"{_HEAD} w-14 sm:w-16"),
                    rx.el.th(t(lang, "admin_orders.slip_count"), scope="col", class_name=f"{_HEAD} w-16 sm:w-20"),
                    rx.el.th(t(lang, "admin_orders.cakes"), scope="col", class_name=_HEAD),
                    rx.el.th(t(lang, "admin_orders.slip_size"), scope="col", class_name=f"{_LABEL} w-px py-1 sm:w-14"),
                )
            ),
            rx.el.tbody(rx.foreach(sheet.lines, _line)),
            class_name="w-full border-collapse text-left",
        ),
        rx.el.footer(
            rx.el.p(t(lang, "admin_orders.slip_pieces", count=sheet.pieces)),
            rx.el.p(
                rx.cond(
                    sheet.due != "",
                    rx.fragment(
                        rx.el.span(t(lang, "admin_orders.due"), class_name=f"{_LABEL} block"),
                        rx.el.span(sheet.due, class_name="text-2xl font-bold tabular-nums"),
                    ),
                    rx.el.span(t(lang, "admin_orders.paid"), class_name="text-lg font-bold"),
                ),
                class_name="text-right",
            ),
            class_name="mt-4 flex items-end justify-between gap-6 border-t-2 border-black pt-3",
        ),
        rx.el.p(t(lang, "admin_orders.slip_thanks"), class_name="mt-6 text-center text-sm"),
        class_name="slip mx-auto max-w-[36rem] bg-white p-5 text-black shadow-card sm:p-8 print:max-w-none print:p-0 "
        "print:shadow-none",
    )


def _line(line: rx.Var[LineView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.span(class_name="block size-6 border-2 border-black"), class_name="py-2.5 align-top"),
        rx.el.td(line.quantity, " ×", class_name="py-2.5 align-top text-xl font-bold tabular-nums"),
        rx.el.td(line.name, class_name="py-2.5 pr-3 align-top text-lg"),
        rx.el.td(line.size, class_name="py-2.5 align-top text-lg font-bold"),
        class_name="break-inside-avoid border-t border-black",
    )


PAGE = AdminPage(
    key="admin_slip",
    path="/admin/orders/[order_id]/slip",
    build=slip,
    section="orders",
    on_load=(OrderSheetState.load,),
    on_orders=OrderSheetState.changed,
    title=title,
)
