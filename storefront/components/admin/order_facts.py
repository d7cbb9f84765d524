"""What there is to know about an order: its lines, who it is for, what was done with it, what staff noted."""

from typing import Any

import reflex as rx

from storefront.components.admin.status import order_badge
from storefront.components.buttons import submit
from storefront.components.forms import text_area
from storefront.components.icons import icon
from storefront.components.links import anchor, link
from storefront.components.product_card import picture
from storefront.i18n import Lang, href, t
from storefront.state.admin.order import OrderSheetState
from storefront.state.admin.order_sheet import Entry, NoteView
from storefront.state.order_view import LineView

CARD = "card p-5"
HEADING = "font-sans text-base font-bold tracking-normal"


def lines(lang: Lang, order: Any) -> rx.Component:
    """Return the order's lines and sums."""
    return rx.el.section(
        rx.el.h2(t(lang, "admin_orders.lines"), class_name=HEADING),
        rx.el.ul(rx.foreach(order.lines, lambda line: _line(lang, line)), class_name="mt-1 divide-y divide-line"),
        rx.el.dl(
            _sum(t(lang, "order.total"), order.total),
            _sum(t(lang, "order.fee"), order.fee),
            _sum(t(lang, "order.grand_total"), order.grand_total, strong=True),
            class_name="grid gap-1.5 border-t border-line pt-3",
        ),
        class_name=CARD,
    )


def _line(lang: Lang, line: rx.Var[LineView]) -> rx.Component:
    return rx.el.li(
        picture(line.image, class_name="!size-12 shrink-0 rounded-lg bg-sunk", size=96),
        rx.el.div(
            rx.el.p(line.name, class_name="font-semibold"),
            rx.el.p(
                t(lang, "cart.size", size=line.size),
                " · ",
                t(lang, "order.times", count=line.quantity, price=line.price),
                class_name="text-sm text-muted tabular-nums",
            ),
            class_name="min-w-0 grow",
        ),
        rx.el.span(line.total, class_name="shrink-0 font-semibold tabular-nums"),
        class_name="flex items-center gap-3 py-2.5",
    )


def _sum(label: str, amount: rx.Var[str], *, strong: bool = False) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label),
        rx.el.dd(amount, class_name="tabular-nums" + (" text-xl" if strong else "")),
        class_name="flex items-baseline justify-between gap-4" + (" font-bold" if strong else " text-muted"),
    )


def buyer(lang: Lang, order: Any) -> rx.Component:
    """Return whom the order is for, and how to reach them."""
    return rx.el.section(
        rx.el.h2(t(lang, "admin_orders.buyer"), class_name=HEADING),
        rx.el.p(order.name, class_name="mt-2 break-words text-lg font-semibold"),
        rx.cond(
            order.phone != "",
            rx.el.p(_reach("phone", "tel:" + order.phone, order.phone), class_name="tabular-nums"),
            rx.fragment(),
        ),
        rx.cond(
            order.email != "",
            rx.el.p(_reach("mail", "mailto:" + order.email, order.email)),
            rx.fragment(),
        ),
        rx.el.p(
            rx.cond(order.is_pickup, icon("shop", 18, "mt-0.5"), icon("pin", 18, "mt-0.5")),
            rx.el.span(
                rx.cond(order.is_pickup, t(lang, "admin_orders.pickup"), order.address),
                class_name="min-w-0 whitespace-pre-line break-words",
            ),
            class_name="mt-1 flex gap-2",
        ),
        rx.el.p(icon("shop", 18, "invisible"), order.payment, class_name="mt-1 flex gap-2 text-muted"),
        rx.cond(
            order.note != "",
            rx.el.div(
                rx.el.p(t(lang, "admin_orders.buyer_note"), class_name="text-sm font-semibold"),
                rx.el.p(order.note, class_name="whitespace-pre-line break-words"),
                class_name="mt-4 rounded-xl bg-honey-soft px-3.5 py-2.5 text-ink",
            ),
            rx.fragment(),
        ),
        rx.el.div(
            rx.el.p(t(lang, "admin_orders.account"), class_name="text-sm text-muted"),
            link(
                order.customer,
                to=href(lang, "/admin/customers/") + order.customer_id.to_string(),
                class_name="text-link break-words",
            ),
            rx.el.p(
                link(
                    t(lang, "admin_orders.all_orders_of"),
                    to=href(lang, "/admin/orders?view=table&customer=") + order.customer_id.to_string(),
                    class_name="text-sm underline underline-offset-4 hover:decoration-2",
                )
            ),
            class_name="mt-4 border-t border-line pt-3",
        ),
        class_name=f"{CARD} -order-1",
    )


def _reach(sign: str, address: Any, text: Any) -> rx.Component:
    return anchor(
        icon(sign, 18),
        rx.el.span(text, class_name="min-w-0 break-words"),
        href=address,
        class_name="inline-flex min-h-9 items-center gap-2 underline-offset-4 hover:underline",
    )


def timeline(lang: Lang, order: Any) -> rx.Component:
    """Return what was done with the order, the newest first."""
    return rx.el.section(
        rx.el.h2(t(lang, "admin_orders.timeline"), class_name=HEADING),
        rx.el.ol(
            rx.foreach(order.steps, lambda entry: _entry(lang, entry, order.is_pickup)), class_name="mt-3 grid gap-4"
        ),
        class_name=CARD,
    )


def _entry(lang: Lang, entry: rx.Var[Entry], is_pickup: rx.Var[bool]) -> rx.Component:
    return rx.el.li(
        order_badge(lang, entry.status, pickup=is_pickup),
        rx.cond(entry.event != "", rx.el.p(entry.event, class_name="mt-1 font-semibold"), rx.fragment()),
        rx.el.p(entry.at, " · ", entry.who, class_name="mt-1 text-sm text-muted tabular-nums"),
        rx.cond(
            entry.note != "",
            rx.el.p(
                rx.el.span(
                    rx.cond(entry.is_internal, t(lang, "admin_delivery.why"), t(lang, "admin_orders.message_shown")),
                    " ",
                    class_name="text-sm text-muted",
                ),
                entry.note,
                class_name="mt-1 break-words",
            ),
            rx.fragment(),
        ),
        class_name="border-l-2 border-line pl-3",
    )


def staff_notes(lang: Lang) -> rx.Component:
    """Return what staff noted, and the form for more."""
    return rx.el.section(
        rx.el.h2(t(lang, "admin_orders.notes"), class_name=HEADING),
        rx.el.p(t(lang, "admin_orders.notes_hint"), class_name="text-sm text-muted"),
        rx.cond(
            OrderSheetState.notes.length() > 0,
            rx.el.ul(rx.foreach(OrderSheetState.notes, _note), class_name="mt-3 grid gap-3"),
            rx.el.p(t(lang, "admin_orders.notes_empty"), class_name="mt-3 text-sm text-muted"),
        ),
        rx.el.form(
            text_area(
                "text",
                label=t(lang, "admin_orders.note"),
                rows="2",
                max_length=1000,
                error=OrderSheetState.note_error,
            ),
            submit(
                t(lang, "admin_orders.note_add"),
                busy=OrderSheetState.is_busy,
                kind="secondary",
                class_name="btn-sm justify-self-start",
            ),
            rx.el.input(type="hidden", name="form", value=OrderSheetState.note_form.to_string()),
            on_submit=OrderSheetState.add_note,
            no_validate=True,
            key=OrderSheetState.note_form.to_string(),
            class_name="mt-4 grid gap-2.5",
        ),
        class_name=CARD,
    )


def _note(note: rx.Var[NoteView]) -> rx.Component:
    return rx.el.li(
        rx.el.p(note.text, class_name="whitespace-pre-line break-words"),
        rx.el.p(note.who, " · ", note.at, class_name="mt-0.5 text-[0.8125rem] text-muted tabular-nums"),
        class_name="rounded-xl bg-sunk px-3.5 py-2.5",
    )
