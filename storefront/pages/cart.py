"""The cart's page."""

import reflex as rx

from storefront.components.cart_lines import cart_lines, cart_sum, undo
from storefront.components.feedback import empty_state, skeleton, trouble
from storefront.components.layout import page
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.pages.base import Page
from storefront.state.cart import CartState
from storefront.theme import TITLE


def cart(lang: Lang) -> rx.Component:
    """Return the cart's page in a language."""
    return page(
        lang,
        "/cart",
        rx.el.h1(t(lang, "cart.heading"), class_name=TITLE),
        rx.cond(
            CartState.is_unreachable,
            rx.el.div(
                trouble(lang, retry=CartState.load, text=t(lang, "cart.unavailable")),
                class_name="mt-6",
            ),
            rx.fragment(),
        ),
        rx.cond(
            CartState.is_loaded,
            rx.cond(
                CartState.item_count > 0,
                _content(lang),
                rx.fragment(rx.el.div(undo(lang), class_name="mt-4 max-w-3xl"), _empty(lang)),
            ),
            rx.cond(CartState.is_unreachable, rx.fragment(), _loading(lang)),
        ),
        class_name="wrap w-full py-8 lg:py-12",
    )


def _content(lang: Lang) -> rx.Component:
    return rx.el.div(
        rx.el.div(cart_lines(lang), class_name="min-w-0"),
        rx.el.aside(
            cart_sum(lang),
            rx.cond(
                CartState.has_problems,
                rx.el.p(
                    t(lang, "cart.fix_first"), class_name="mt-4 rounded-xl bg-honey-soft px-4 py-3 text-sm font-medium"
                ),
                rx.fragment(),
            ),
            link(t(lang, "cart.checkout"), to=href(lang, "/checkout"), class_name="btn btn-primary mt-5 w-full"),
            link(t(lang, "cart.continue"), to=href(lang, "/menu"), class_name="btn btn-quiet mt-1 w-full"),
            aria_label=t(lang, "cart.subtotal"),
            class_name="card p-6 lg:sticky lg:top-28",
        ),
        class_name="mt-4 grid items-start gap-8 lg:grid-cols-[1fr_24rem] lg:gap-14",
    )


def _empty(lang: Lang) -> rx.Component:
    return empty_state(
        t(lang, "cart.empty_title"),
        t(lang, "cart.empty_text"),
        link(t(lang, "cart.to_menu"), to=href(lang, "/menu"), class_name="btn btn-primary"),
        picture="/empty-cart.svg",
    )


def _loading(lang: Lang) -> rx.Component:
    return rx.el.div(
        rx.el.span(t(lang, "cart.loading"), role="status", class_name="sr-only"),
        *[skeleton("h-28 w-full") for _ in range(2)],
        class_name="mt-8 grid max-w-3xl gap-5",
    )


PAGE = Page(key="cart", path="/cart", build=cart, indexed=False)
