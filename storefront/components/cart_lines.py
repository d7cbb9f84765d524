"""The lines of the cart, as the drawer and the cart's page show them, and the sum below."""

import reflex as rx

from storefront.components.buttons import button, icon_button, quantity
from storefront.components.icons import icon
from storefront.components.links import link
from storefront.components.product_card import picture
from storefront.i18n import Lang, href, t
from storefront.state.cart import UNDO_CLASS, CartState
from storefront.state.cart_view import CartLine


def cart_lines(lang: Lang) -> rx.Component:
    """Return the list of lines, with the way back from a removal above it."""
    return rx.el.div(
        undo(lang),
        rx.el.ul(
            rx.foreach(CartState.lines, lambda line: _line(lang, line)),
            class_name="divide-y divide-line",
        ),
    )


def cart_sum(lang: Lang) -> rx.Component:
    """Return the sum of the lines, and what is to know about delivery."""
    return rx.el.div(
        rx.el.p(
            rx.el.span(t(lang, "cart.subtotal")),
            rx.el.span(CartState.total_text, class_name="font-display text-2xl tabular-nums"),
            class_name="flex items-baseline justify-between gap-4 font-semibold",
        ),
        rx.el.p(t(lang, "cart.delivery_note"), class_name="mt-1 text-sm text-muted"),
    )


def announcer() -> rx.Component:
    """Return the place from which screen readers hear what happened to the cart. Once in a page."""
    return rx.el.p(CartState.announcement, role="status", aria_live="polite", class_name="sr-only")


def undo(lang: Lang) -> rx.Component:
    """Return the way back from a removal, while there is one."""
    return rx.cond(
        CartState.removed_text != "",
        rx.el.div(
            rx.el.span(CartState.removed_text),
            button(
                t(lang, "cart.undo"),
                kind="quiet",
                on_click=CartState.undo_remove,
                class_name=f"{UNDO_CLASS} -my-1 shrink-0",
            ),
            class_name="mb-2 flex items-center justify-between gap-3 rounded-2xl bg-sunk py-1 pl-4 pr-1 text-sm",
        ),
        rx.fragment(),
    )


def _line(lang: Lang, line: rx.Var[CartLine]) -> rx.Component:
    to_product = href(lang, "/product/") + line.slug
    return rx.el.li(
        rx.el.div(
            link(
                picture(line.image, class_name="rounded-2xl bg-sunk", size=192),
                to=to_product,
                tab_index=-1,
                aria_hidden="true",
                class_name="size-20 shrink-0 sm:size-24",
            ),
            rx.el.div(
                rx.el.div(
                    rx.el.div(
                        rx.el.p(
                            link(line.name, to=to_product, class_name="hover:underline underline-offset-4"),
                            class_name="font-display text-lg leading-snug",
                        ),
                        rx.el.p(
                            t(lang, "cart.size", size=line.size),
                            " · ",
                            t(lang, "cart.each", price=line.price_text),
                            class_name="text-sm text-muted",
                        ),
                    ),
                    icon_button(
                        "trash",
                        label=t(lang, "cart.remove_name", name=line.name),
                        on_click=CartState.remove(line.id),
                        class_name="-mr-2 -mt-2 text-muted hover:text-accent",
                    ),
                    class_name="flex items-start justify-between gap-2",
                ),
                rx.el.div(
                    quantity(
                        line.quantity,
                        lang,
                        on_less=CartState.step(line.id, -1),
                        on_more=CartState.step(line.id, 1),
                        most=line.most,
                        name=line.name,
                    ),
                    rx.el.span(line.total_text, class_name="font-semibold tabular-nums"),
                    class_name="mt-3 flex items-center justify-between gap-3",
                ),
                class_name="min-w-0 grow",
            ),
            class_name="flex gap-4",
        ),
        rx.cond(line.problem != "", _problem(line), rx.fragment()),
        key=line.id,
        aria_busy=CartState.busy_line == line.id,
        class_name="py-5 transition-opacity aria-busy:opacity-60",
    )


def _problem(line: rx.Var[CartLine]) -> rx.Component:
    return rx.el.div(
        icon("alert", 20, "text-honey"),
        rx.el.span(line.problem_text, class_name="grow font-medium"),
        button(
            line.mend_text,
            kind="secondary",
            on_click=CartState.mend(line.id),
            class_name="min-h-11 bg-surface px-4 text-sm",
        ),
        class_name="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-2xl bg-honey-soft p-2 pl-4 text-sm",
    )
