"""The button that moves an order on, and takes it back for a few seconds; and the same for who has left the page."""

from typing import Any

import reflex as rx

from storefront.components.buttons import button
from storefront.components.icons import icon
from storefront.i18n import Lang, t
from storefront.state.admin.moves import MovesState


def advance_button(
    lang: Lang, order: Any, *, class_name: str = "", kind: str = "secondary", submits: bool = False
) -> rx.Component:
    """Return the next step's button of an order (an `OrderCard` or `OrderSheet`); nothing where there is no next step.

    One element for the step and its undoing: the focus stays where it is, and a second press takes the first back.
    With `submits` it is the submit button of the form around it, which then has to ask for the move.
    """
    waits = MovesState.waiting_moves.contains(order.id)
    advance = MovesState.advance(order.id, order.number, order.next, order.version, "")
    return rx.cond(
        order.next != "",
        button(
            rx.cond(
                waits,
                rx.fragment(
                    rx.el.span(
                        aria_hidden="true",
                        class_name="absolute inset-x-0 bottom-0 h-1 origin-left animate-[shrink_5s_linear] bg-accent",
                    ),
                    icon("undo", 16),
                    rx.el.span(t(lang, "admin_orders.undo")),
                ),
                rx.fragment(rx.el.span(order.next_text), icon("arrow", 16)),
            ),
            kind=kind,
            aria_label=rx.cond(
                waits,
                t(lang, "admin_orders.undo_label", number=order.number),
                t(lang, "admin_orders.advance_label", action=order.next_text, number=order.number),
            ),
            type=rx.cond(waits, "button", "submit") if submits else "button",
            on_click=rx.cond(waits, MovesState.undo(order.id), rx.noop() if submits else advance),
            class_name=f"btn-sm relative z-10 overflow-hidden {class_name}",
        ),
        rx.fragment(),
    )


def undo_bar(lang: Lang) -> rx.Component:
    """Return what takes back the moves that wait, for pages that do not show their orders."""
    return rx.el.div(
        rx.foreach(MovesState.waiting_moves, lambda move: _waiting(lang, move)),
        role="status",
        class_name="pointer-events-none fixed inset-x-0 bottom-[calc(4.75rem+env(safe-area-inset-bottom))] z-30 grid "
        "justify-items-center gap-2 px-4 lg:bottom-5 print:hidden",
    )


def _waiting(lang: Lang, move: Any) -> rx.Component:
    order_id, number = move[0], move[1]
    return rx.el.div(
        rx.el.span(t(lang, "admin_orders.undo_bar", number=number), class_name="font-semibold"),
        button(
            icon("undo", 16),
            t(lang, "admin_orders.undo"),
            kind="secondary",
            aria_label=t(lang, "admin_orders.undo_label", number=number),
            on_click=MovesState.undo(order_id),
            class_name="btn-sm",
        ),
        key=order_id,
        class_name="card pointer-events-auto flex items-center gap-4 py-2 pl-4 pr-2 shadow-lift",
    )
