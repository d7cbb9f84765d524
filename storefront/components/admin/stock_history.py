"""How a product's stock came to be what it is."""

import reflex as rx

from storefront.components.buttons import button
from storefront.components.feedback import skeleton
from storefront.components.links import link
from storefront.i18n import Lang, t
from storefront.state.admin.stock import MoveRow, StockState


def stock_history(lang: Lang) -> rx.Component:
    """Return the list of moves, newest first."""
    return rx.el.section(
        rx.el.h2(t(lang, "admin_stock.history"), class_name="font-display text-xl"),
        rx.cond(
            StockState.has_moves,
            rx.cond(
                StockState.moves.length() > 0,
                rx.el.ol(rx.foreach(StockState.moves, lambda move: _move(lang, move)), class_name="mt-3"),
                rx.el.p(t(lang, "admin_stock.no_moves"), class_name="mt-3 text-muted"),
            ),
            rx.el.div(*[skeleton("h-10") for _ in range(3)], class_name="mt-3 grid gap-2"),
        ),
        rx.cond(
            StockState.has_more,
            button(
                t(lang, "admin_shell.load_more"),
                kind="secondary",
                class_name="btn-sm mt-3",
                on_click=StockState.load_more,
            ),
            rx.fragment(),
        ),
        class_name="card p-5",
    )


def _move(lang: Lang, move: rx.Var[MoveRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            move.delta,
            class_name="w-12 shrink-0 text-right font-semibold tabular-nums "
            + rx.cond(move.is_less, "text-accent", "text-leaf"),
        ),
        rx.el.div(
            rx.el.p(
                rx.el.span(move.size, class_name="font-semibold"),
                " · ",
                move.kind,
                rx.cond(move.reason != "", rx.fragment(": ", move.reason), rx.fragment()),
                class_name="wrap-anywhere",
            ),
            rx.el.p(
                move.at,
                rx.cond(move.who != "", rx.fragment(" · ", move.who), rx.fragment()),
                rx.cond(
                    move.order != "",
                    rx.fragment(" · ", link(t(lang, "admin_stock.order"), to=move.order, class_name="text-link")),
                    rx.fragment(),
                ),
                class_name="text-sm text-muted wrap-anywhere",
            ),
            class_name="min-w-0 grow",
        ),
        rx.el.span(
            t(lang, "admin_stock.left_after", stock=move.stock),
            class_name="shrink-0 text-sm tabular-nums text-muted",
        ),
        key=move.id,
        class_name="flex items-baseline gap-3 border-t border-line py-2.5 first:border-0",
    )
