"""The cart at the side of the page: it opens when a cake is added, and the page behind stays as it was."""

import reflex as rx

from storefront.components.buttons import icon_button
from storefront.components.cart_lines import announcer, cart_lines, cart_sum, undo
from storefront.components.feedback import empty_state
from storefront.components.links import link
from storefront.components.session_sync import session_sync
from storefront.i18n import Lang, href, t
from storefront.state.cart import DRAWER_ID, CartState

_CLOSE = rx.call_script(f"document.getElementById('{DRAWER_ID}')?.close()")


def cart_drawer(lang: Lang) -> rx.Component:
    """Return the drawer, closed. A native dialog: it keeps the focus, closes with Escape and gives the focus back."""
    return rx.el.dialog(
        rx.el.div(
            rx.el.div(
                rx.el.h2(t(lang, "cart.heading"), id="cart-drawer-title", class_name="font-display text-2xl"),
                icon_button("close", label=t(lang, "cart.close"), on_click=_CLOSE, class_name="-mr-2"),
                class_name="flex items-center justify-between gap-4 px-5 pt-4 sm:px-7",
            ),
            rx.el.div(
                rx.cond(CartState.item_count > 0, cart_lines(lang), rx.fragment(undo(lang), _empty(lang))),
                class_name="grow overflow-y-auto overscroll-contain px-5 sm:px-7",
            ),
            rx.cond(CartState.item_count > 0, _actions(lang), rx.fragment()),
            announcer(),
            session_sync(),
            class_name="flex h-full flex-col",
        ),
        id=DRAWER_ID,
        aria_labelledby="cart-drawer-title",
        # A click on the backdrop hits the dialog itself; its content fills the rest.
        on_click=rx.Var(
            f"(e) => {{ if (e.target.id === '{DRAWER_ID}' || e.target.closest('a')) "
            f"document.getElementById('{DRAWER_ID}').close() }}"
        ).to(rx.EventChain),
        class_name="fixed inset-y-0 left-auto right-0 m-0 h-dvh max-h-none w-full max-w-[28rem] translate-x-full "
        "bg-surface text-ink shadow-lift transition-[translate,display,overlay] duration-300 ease-soft "
        "transition-discrete backdrop:bg-black/50 open:translate-x-0 starting:open:translate-x-full",
    )


def _empty(lang: Lang) -> rx.Component:
    return empty_state(
        t(lang, "cart.empty_title"),
        t(lang, "cart.empty_text"),
        link(t(lang, "cart.to_menu"), to=href(lang, "/menu"), class_name="btn btn-primary"),
    )


def _actions(lang: Lang) -> rx.Component:
    return rx.el.div(
        cart_sum(lang),
        rx.el.div(
            link(t(lang, "cart.checkout"), to=href(lang, "/checkout"), class_name="btn btn-primary w-full"),
            link(t(lang, "cart.view"), to=href(lang, "/cart"), class_name="btn btn-secondary w-full"),
            class_name="mt-4 grid gap-2.5 sm:grid-cols-2 sm:*:first:order-last",
        ),
        class_name="border-t border-line px-5 pb-[calc(1.25rem+env(safe-area-inset-bottom))] pt-4 sm:px-7",
    )
