"""The order beside the checkout's form: its lines, what is wrong with them, and what it costs."""

import reflex as rx

from storefront.components.buttons import button
from storefront.components.feedback import skeleton
from storefront.components.icons import icon
from storefront.components.links import link
from storefront.components.product_card import picture
from storefront.i18n import Lang, href, t
from storefront.state.cart import CartState
from storefront.state.cart_view import CartLine
from storefront.state.checkout import CheckoutState


def summary(lang: Lang) -> rx.Component:
    """Return the summary. Its prices are exactly those that are sent with the order."""
    return rx.el.div(
        rx.el.div(
            rx.el.h2(t(lang, "checkout.summary"), class_name="font-display text-2xl"),
            link(t(lang, "checkout.edit_cart"), to=href(lang, "/cart"), class_name="btn btn-quiet -mr-3"),
            class_name="flex items-center justify-between gap-4",
        ),
        rx.cond(CartState.is_loaded, rx.fragment(), skeleton("my-3.5 h-14")),
        rx.el.ul(rx.foreach(CartState.lines, lambda line: _line(lang, line)), class_name="divide-y divide-line"),
        rx.el.dl(
            _sum(t(lang, "checkout.cakes"), CartState.total_text),
            _sum(t(lang, "checkout.fee"), CheckoutState.fee_text),
            rx.cond(
                CheckoutState.fee_hint != "",
                rx.el.div(
                    rx.el.dt(t(lang, "checkout.free_delivery"), class_name="sr-only"),
                    rx.el.dd(CheckoutState.fee_hint, class_name="text-sm text-leaf"),
                ),
                rx.fragment(),
            ),
            rx.el.div(
                rx.el.dt(t(lang, "checkout.total")),
                rx.el.dd(
                    CheckoutState.grand_total_text, class_name="font-display text-[1.75rem] leading-none tabular-nums"
                ),
                class_name="mt-2 flex items-baseline justify-between gap-4 font-semibold",
            ),
            aria_live="polite",
            class_name="mt-2 grid gap-1.5 border-t border-line pt-4",
        ),
        rx.cond(
            CheckoutState.expected_text != "",
            rx.el.p(
                icon("clock", 20, "text-accent"),
                CheckoutState.expected_text,
                aria_live="polite",
                class_name="mt-4 flex items-center gap-2 rounded-xl bg-sunk px-4 py-3 text-sm font-semibold",
            ),
            rx.fragment(),
        ),
    )


def _line(lang: Lang, line: rx.Var[CartLine]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                picture(line.image, class_name="rounded-xl bg-sunk", size=112),
                rx.el.span(
                    line.quantity,
                    aria_hidden="true",
                    class_name="absolute -right-2 -top-2 grid min-w-6 place-items-center rounded-full bg-cocoa px-1.5 "
                    "text-xs font-bold leading-6 text-on-cocoa",
                ),
                class_name="relative size-14 shrink-0",
            ),
            rx.el.div(
                rx.el.p(line.name, class_name="font-semibold leading-snug"),
                rx.el.p(
                    t(lang, "cart.size", size=line.size),
                    " · ",
                    t(lang, "order.times", count=line.quantity, price=line.price_text),
                    class_name="text-sm text-muted tabular-nums",
                ),
                class_name="min-w-0 grow",
            ),
            rx.el.span(line.total_text, class_name="shrink-0 font-semibold tabular-nums"),
            class_name="flex items-center gap-4",
        ),
        # A changed price that the button below accepts needs no second way to accept it.
        rx.cond(
            (line.problem != "") & ~((line.problem == "price") & CheckoutState.must_confirm),
            _problem(line),
            rx.fragment(),
        ),
        key=line.id,
        class_name="py-3.5",
    )


def _problem(line: rx.Var[CartLine]) -> rx.Component:
    return rx.el.div(
        rx.el.span(line.problem_text, class_name="grow text-sm font-medium"),
        button(
            line.mend_text,
            kind="secondary",
            on_click=CheckoutState.mend_line(line.id),
            class_name="min-h-11 bg-surface px-4 text-sm",
        ),
        class_name="mt-2.5 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-2xl bg-honey-soft p-2 pl-4",
    )


def _sum(label: str, amount: rx.Var[str]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label, class_name="text-muted"),
        rx.el.dd(amount, class_name="tabular-nums"),
        class_name="flex items-baseline justify-between gap-4",
    )
