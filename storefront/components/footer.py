"""The footer: where the shop is, when it is open, how to reach it."""

import reflex as rx

from storefront.components.links import anchor, link
from storefront.i18n import Lang, href, t
from storefront.shop import ADDRESS, EMAIL, PHONE, PHONE_URL
from storefront.state.terms import told

_LINK = "inline-flex min-h-11 items-center hover:underline underline-offset-4"


def footer(lang: Lang) -> rx.Component:
    """Return the footer in a language."""
    return rx.el.footer(
        rx.el.div(
            rx.el.div(
                rx.el.p("SweetDream", class_name="font-display text-3xl text-on-cocoa"),
                rx.el.p(t(lang, "shell.tagline"), class_name="mt-2 max-w-sm"),
            ),
            _column(
                t(lang, "shell.shop"),
                link(t(lang, "shell.menu"), to=href(lang, "/menu"), class_name=_LINK),
                link(t(lang, "shell.about"), to=href(lang, "/about"), class_name=_LINK),
                link(t(lang, "find.heading"), to=href(lang, "/track"), class_name=_LINK),
                link(t(lang, "shell.delivery"), to=href(lang, "/about#delivery"), class_name=_LINK),
            ),
            _column(
                t(lang, "shell.visit"),
                rx.el.address(ADDRESS[lang], class_name="py-2 not-italic"),
                rx.el.p(told(lang, "shell.hours")),
            ),
            _column(
                t(lang, "shell.contact"),
                anchor(PHONE, href=PHONE_URL, class_name=_LINK),
                anchor(EMAIL, href=f"mailto:{EMAIL}", class_name=_LINK),
            ),
            class_name="wrap grid gap-x-8 gap-y-8 py-14 sm:grid-cols-2 lg:grid-cols-[2fr_1fr_1.4fr_1.2fr]",
        ),
        rx.el.div(
            rx.el.p(t(lang, "shell.small_print"), class_name="wrap py-5 text-sm"),
            class_name="border-t border-white/15",
        ),
        class_name="mt-24 bg-cocoa text-on-cocoa-muted",
    )


def _column(title: str, *rows: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.h2(title, class_name="mb-1 text-lg text-on-cocoa"),
        *rows,
        class_name="flex flex-col items-start",
    )
