"""About: the story, where the shop is, and the terms of delivery."""

from typing import Any

import reflex as rx

from storefront.components.icons import icon
from storefront.components.images import image
from storefront.components.layout import page
from storefront.components.links import anchor
from storefront.i18n import Lang, t
from storefront.pages.base import Page
from storefront.shop import ADDRESS, EMAIL, PHONE, PHONE_URL
from storefront.state.terms import told
from storefront.theme import SECTION_TITLE, TITLE

_LINK = "inline-flex min-h-11 items-center text-link"


def about(lang: Lang) -> rx.Component:
    """Return the page in a language."""
    return page(lang, "/about", _story(lang), _visit(lang), _delivery(lang), _privacy(lang))


def _story(lang: Lang) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h1(t(lang, "about.title"), class_name=TITLE),
            rx.el.p(t(lang, "about.story1"), class_name="mt-6 text-lg"),
            rx.el.p(t(lang, "about.story2"), class_name="mt-4 text-muted"),
        ),
        image(
            "/shopfront.svg",
            t(lang, "about.picture_alt"),
            720,
            640,
            eager=True,
            class_name="aspect-[9/8] w-full object-contain",
        ),
        class_name="wrap grid items-center gap-10 pt-10 lg:grid-cols-2 lg:gap-16 lg:pt-16",
    )


def _visit(lang: Lang) -> rx.Component:
    def fact(name: str, title: str, *content: Any) -> rx.Component:
        return rx.el.div(
            icon(name, 26, "text-accent"),
            rx.el.h3(title, class_name="mt-3 font-display text-xl"),
            rx.el.div(*content, class_name="mt-1 flex flex-col items-start"),
            class_name="card p-6",
        )

    return rx.el.section(
        rx.el.h2(t(lang, "about.visit"), class_name=SECTION_TITLE),
        rx.el.div(
            fact("pin", t(lang, "about.address"), rx.el.address(ADDRESS[lang], class_name="not-italic")),
            fact("clock", t(lang, "about.hours"), rx.el.p(told(lang, "shell.hours"))),
            fact(
                "phone",
                t(lang, "about.contact"),
                anchor(PHONE, href=PHONE_URL, class_name=_LINK),
                anchor(EMAIL, href=f"mailto:{EMAIL}", class_name=_LINK),
            ),
            class_name="mt-6 grid gap-4 md:grid-cols-3",
        ),
        class_name="wrap pt-20",
    )


def _delivery(lang: Lang) -> rx.Component:
    return rx.el.section(
        rx.el.h2(t(lang, "about.delivery"), class_name=SECTION_TITLE),
        rx.el.dl(
            *[
                rx.el.div(
                    rx.el.dt(told(lang, f"about.delivery{number}_title"), class_name="font-display text-lg"),
                    rx.el.dd(told(lang, f"about.delivery{number}_text"), class_name="mt-1 text-muted"),
                    class_name="border-t border-line pt-4",
                )
                for number in (1, 2, 3, 4)
            ],
            class_name="mt-6 grid gap-x-10 gap-y-6 md:grid-cols-2",
        ),
        id="delivery",
        class_name="wrap pt-20",
    )


def _privacy(lang: Lang) -> rx.Component:
    return rx.el.section(
        rx.el.h2(t(lang, "about.privacy"), class_name=SECTION_TITLE),
        rx.el.p(t(lang, "about.privacy_text"), class_name="mt-6 max-w-3xl"),
        rx.el.p(t(lang, "about.privacy_out"), class_name="mt-3 max-w-3xl text-muted"),
        id="privacy",
        class_name="wrap pt-20",
    )


PAGE = Page(key="about", path="/about", build=about)
