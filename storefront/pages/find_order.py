"""Find an order again: by its number and phone, or among those this browser remembers."""

import reflex as rx

from storefront.components.buttons import button, submit
from storefront.components.feedback import skeleton, trouble
from storefront.components.form_notices import error_of, notice
from storefront.components.forms import field
from storefront.components.layout import page
from storefront.components.links import anchor, link
from storefront.components.order_parts import order_row
from storefront.i18n import Lang, href, t
from storefront.pages.base import Page
from storefront.shop import PHONE, PHONE_URL
from storefront.state.find_order import FIND_NOTICE, FindOrderState
from storefront.state.session import SessionState
from storefront.theme import TITLE


def find_order(lang: Lang) -> rx.Component:
    """Return the page in a language."""
    return page(
        lang,
        "/track",
        rx.el.h1(t(lang, "find.heading"), class_name=TITLE),
        rx.el.p(t(lang, "find.lead"), class_name="mt-2 max-w-prose text-muted"),
        rx.el.div(
            _form(lang),
            _remembered(lang),
            class_name="mt-8 grid items-start gap-8 lg:grid-cols-[26rem_1fr] lg:gap-12",
        ),
        class_name="wrap w-full py-8 lg:py-12",
    )


def _form(lang: Lang) -> rx.Component:
    def check(name: str) -> dict[str, object]:
        return {
            "on_blur": lambda value: FindOrderState.recheck(name, value),
            "error": error_of(FindOrderState.errors, name),
        }

    return rx.el.form(
        notice(FindOrderState.notice, id=FIND_NOTICE),
        field(
            "number",
            label=t(lang, "find.number"),
            hint=t(lang, "find.number_hint"),
            required=True,
            auto_complete="off",
            auto_capitalize="characters",
            spell_check=False,
            max_length=30,
            **check("number"),
        ),
        field(
            "phone",
            label=t(lang, "find.phone"),
            hint=t(lang, "find.phone_hint"),
            required=True,
            type="tel",
            input_mode="tel",
            auto_complete="tel",
            max_length=20,
            **check("phone"),
        ),
        submit(t(lang, "find.find"), busy=FindOrderState.is_busy, class_name="w-full"),
        rx.el.p(
            t(lang, "find.help"),
            " ",
            anchor(PHONE, href=PHONE_URL, class_name="text-link inline-flex min-h-11 items-center tabular-nums"),
            class_name="text-sm text-muted",
        ),
        on_submit=FindOrderState.find,
        no_validate=True,
        class_name="card grid gap-5 p-6",
    )


def _remembered(lang: Lang) -> rx.Component:
    return rx.el.section(
        rx.el.h2(t(lang, "find.device"), class_name="font-display text-2xl"),
        rx.cond(
            FindOrderState.is_unreachable,
            rx.el.div(
                trouble(lang, retry=FindOrderState.retry, text=t(lang, "find.device_unavailable")), class_name="mt-4"
            ),
            rx.fragment(),
        ),
        rx.cond(
            FindOrderState.orders.length() > 0,
            rx.fragment(
                rx.el.ul(
                    rx.foreach(
                        FindOrderState.orders, lambda row: order_row(lang, row, to=href(lang, "/track/") + row.id)
                    ),
                    class_name="mt-4 grid gap-3",
                ),
                button(
                    t(lang, "find.forget"),
                    kind="quiet",
                    on_click=FindOrderState.forget_all,
                    class_name="-ml-3 mt-3",
                ),
            ),
            rx.cond(
                FindOrderState.is_recalled,
                rx.cond(
                    FindOrderState.is_unreachable,
                    rx.fragment(),
                    rx.el.p(t(lang, "find.device_empty"), class_name="mt-3 max-w-prose text-muted"),
                ),
                rx.el.div(skeleton("h-24"), class_name="mt-4"),
            ),
        ),
        rx.cond(
            SessionState.is_signed_in,
            _onward(lang, "find.to_account", "/account"),
            _onward(lang, "find.to_login", "/login"),
        ),
        class_name="min-w-0",
    )


def _onward(lang: Lang, key: str, path: str) -> rx.Component:
    return rx.el.p(
        link(t(lang, key), to=href(lang, path), class_name="text-link inline-flex min-h-11 items-center"),
        class_name="mt-3",
    )


PAGE = Page(key="find", path="/track", build=find_order, on_load=(FindOrderState.open,), indexed=True)
