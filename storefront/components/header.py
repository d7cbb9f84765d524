"""The header: name, navigation, search, languages, colours, account, cart."""

from typing import Any

import reflex as rx

from storefront.components.icons import icon
from storefront.components.links import anchor, link
from storefront.components.search import search
from storefront.i18n import Lang, href, t
from storefront.state.cart import DRAWER_ID, CartState
from storefront.state.session import SessionState

NAVIGATION = (("shell.menu", "/menu"), ("shell.about", "/about"))


def header(lang: Lang, path: str) -> rx.Component:
    """Return the header of the page at `path`."""
    return rx.el.header(
        rx.el.div(
            _name(lang),
            rx.el.nav(
                *[_nav_link(lang, key, to, path) for key, to in NAVIGATION],
                aria_label=t(lang, "shell.navigation"),
                class_name="ml-6 hidden items-center gap-1 lg:flex",
            ),
            # The menu has a larger field of its own.
            rx.fragment()
            if path == "/menu"
            else search(
                lang,
                "header",
                class_name="ml-auto hidden w-full max-w-72 md:block md:[&+div]:ml-0",
                list_class="right-0 w-96",
            ),
            rx.el.div(
                rx.el.div(
                    language_switch(lang, path), colours_button(lang), class_name="hidden items-center gap-1 md:flex"
                ),
                _back_office(lang),
                _account(lang),
                _cart(lang),
                _more(lang),
                class_name="ml-auto flex items-center gap-1",
            ),
            class_name="wrap flex h-16 items-center gap-3 lg:h-20",
        ),
        _panel(lang, path),
        class_name="sticky top-0 z-30 border-b border-line bg-page/95 backdrop-blur-sm",
    )


def _name(lang: Lang) -> rx.Component:
    return link(
        rx.el.span(class_name="mr-2 size-8 bg-accent [mask:url(/logo.svg)_center/contain_no-repeat]"),
        rx.el.span("Sweet", class_name="text-accent"),
        "Dream",
        to=href(lang, "/"),
        aria_label=t(lang, "shell.home_label"),
        class_name="inline-flex min-h-11 items-center font-display text-[1.6rem] leading-none tracking-tight",
    )


def _nav_link(lang: Lang, key: str, to: str, path: str) -> rx.Component:
    current: dict[str, Any] = {"aria_current": "page"} if to == path else {}
    return link(
        t(lang, key),
        to=href(lang, to),
        class_name="inline-flex min-h-11 items-center rounded-full px-4 font-semibold hover:bg-sunk "
        "aria-[current]:text-accent",
        **current,
    )


def language_switch(lang: Lang, path: str, *, in_full: bool = False) -> rx.Component:
    """Return the link to this page in the other language."""
    other: Lang = "en" if lang == "vi" else "vi"
    # The edge remembers the choice and leads back to this page: a whole document, which brings the right <html lang>.
    return anchor(
        rx.fragment() if in_full else rx.el.span(other.upper(), aria_hidden="true"),
        rx.el.span(t(other, "shell.this_language"), class_name="" if in_full else "sr-only"),
        href=f"/language/{other}?page={path}",
        lang=other,
        title=t(other, "shell.this_language"),
        class_name="inline-flex min-h-11 items-center text-lg font-semibold"
        if in_full
        else "icon-btn text-sm font-bold",
    )


def colours_button(lang: Lang) -> rx.Component:
    """Return the button that changes between light and dark."""
    return rx.el.button(
        icon("moon", class_name="dark:hidden"),
        icon("sun", class_name="hidden dark:block"),
        type="button",
        aria_label=t(lang, "shell.colours"),
        title=t(lang, "shell.colours"),
        on_click=rx.toggle_color_mode,
        class_name="icon-btn",
    )


def _back_office(lang: Lang) -> rx.Component:
    return rx.cond(
        SessionState.is_admin,
        link(
            icon("gauge"),
            rx.el.span(t(lang, "shell.back_office"), class_name="sr-only"),
            to=href(lang, "/admin"),
            title=t(lang, "shell.back_office"),
            class_name="icon-btn",
        ),
        rx.fragment(),
    )


def _account(lang: Lang) -> rx.Component:
    return link(
        icon("user"),
        rx.el.span(
            rx.cond(
                SessionState.is_signed_in,
                t(lang, "shell.account_of", name=SessionState.person_name),
                t(lang, "shell.sign_in"),
            ),
            class_name="sr-only",
        ),
        rx.cond(
            SessionState.is_signed_in,
            rx.el.span(class_name="absolute right-2 top-2 size-2.5 rounded-full bg-leaf ring-2 ring-page"),
            rx.fragment(),
        ),
        to=rx.cond(SessionState.is_signed_in, href(lang, "/account"), href(lang, "/login")),
        class_name="icon-btn hidden sm:inline-flex",
    )


def _cart(lang: Lang) -> rx.Component:
    return link(
        icon("cart"),
        rx.el.span(t(lang, "shell.cart_of", count=CartState.item_count), class_name="sr-only"),
        rx.cond(
            CartState.item_count > 0,
            rx.el.span(
                CartState.item_count,
                aria_hidden="true",
                class_name="absolute -right-0.5 top-0 min-w-5 rounded-full bg-accent px-1 text-center text-xs "
                "font-bold leading-5 text-on-accent",
            ),
            rx.fragment(),
        ),
        to=href(lang, "/cart"),
        # Opens the drawer; without a script, or on the cart page itself, it stays a link to the page.
        on_click=rx.call_script(f"document.getElementById('{DRAWER_ID}')?.showModal?.()").prevent_default,
        class_name="icon-btn",
    )


def _more(lang: Lang) -> rx.Component:
    return rx.el.button(
        icon("menu"),
        type="button",
        aria_label=t(lang, "shell.open_menu"),
        custom_attrs={"popoverTarget": "more"},
        class_name="icon-btn -mr-2.5 lg:hidden",
    )


def _panel(lang: Lang, path: str) -> rx.Component:
    # A native popover: opens before the script has loaded, closes with Escape or a tap beside it.
    row = "flex min-h-13 items-center gap-3 border-b border-line text-lg font-semibold"
    return rx.el.div(
        search(lang, "sheet", has_button=True, floats=False, class_name="mb-3"),
        rx.el.nav(
            link(t(lang, "shell.home"), to=href(lang, "/"), class_name=row),
            *[link(t(lang, key), to=href(lang, to), class_name=row) for key, to in NAVIGATION],
            link(
                rx.cond(SessionState.is_signed_in, t(lang, "shell.account"), t(lang, "shell.sign_in")),
                to=rx.cond(SessionState.is_signed_in, href(lang, "/account"), href(lang, "/login")),
                class_name=row,
            ),
            aria_label=t(lang, "shell.navigation"),
            on_mouse_down=rx.prevent_default,
        ),
        rx.el.div(
            language_switch(lang, path, in_full=True),
            colours_button(lang),
            on_mouse_down=rx.prevent_default,
            class_name="mt-3 flex justify-between",
        ),
        id="more",
        custom_attrs={"popover": "auto"},
        # While somebody types, the field stays where it is, and what is pressed below it too: the focus stays as well.
        class_name="sheet has-[input:focus]:h-[85dvh]",
    )
