"""The account: orders, profile, password, and the way out."""

import reflex as rx

from storefront.components.buttons import button, spinner, submit
from storefront.components.feedback import empty_state, skeleton, trouble
from storefront.components.form_notices import error_of, notice
from storefront.components.forms import field, text_area
from storefront.components.icons import icon
from storefront.components.layout import page
from storefront.components.links import link
from storefront.components.order_parts import not_again, order_row
from storefront.i18n import Lang, href, t
from storefront.pages.base import Page
from storefront.state.account import FORM_NOTICE, ProfileState
from storefront.state.order_view import OrderRow
from storefront.state.orders import HistoryState
from storefront.state.session import SessionState
from storefront.theme import TITLE

_CARD_TITLE = "font-display text-2xl"


def account(lang: Lang) -> rx.Component:
    """Return the account's page in a language."""
    return page(
        lang,
        "/account",
        rx.cond(SessionState.is_signed_in, rx.fragment(), _waiting(lang)),
        # Hidden, never taken out: the browser keeps what is typed in it even while the storefront itself restarts.
        rx.el.div(_signed_in(lang), hidden=~SessionState.is_signed_in),
        class_name="wrap w-full py-8 lg:py-12",
    )


def _signed_in(lang: Lang) -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.div(
                rx.el.h1(t(lang, "account.heading", name=SessionState.person_name), class_name=TITLE),
                rx.el.p(t(lang, "account.signed_in_as", email=SessionState.person_email), class_name="mt-2 text-muted"),
                class_name="min-w-0",
            ),
            button(t(lang, "account.sign_out"), kind="secondary", on_click=ProfileState.leave),
            class_name="flex flex-wrap items-end justify-between gap-4",
        ),
        rx.el.div(
            _history(lang),
            rx.el.div(_profile(lang), _password(lang), class_name="grid gap-6"),
            class_name="mt-8 grid items-start gap-8 lg:grid-cols-[1fr_26rem] lg:gap-10",
        ),
    )


def _waiting(lang: Lang) -> rx.Component:
    return rx.fragment(
        rx.cond(
            HistoryState.is_unreachable | HistoryState.is_history_unreachable,
            trouble(lang, retry=ProfileState.retry, text=t(lang, "account.waiting")),
            rx.fragment(),
        ),
        skeleton("mt-2 h-11 w-72 max-w-full"),
        rx.el.div(skeleton("h-72"), skeleton("h-96"), class_name="mt-10 grid gap-8 lg:grid-cols-[1fr_26rem] lg:gap-10"),
    )


def _history(lang: Lang) -> rx.Component:
    return rx.el.section(
        rx.el.h2(t(lang, "account.orders"), class_name=_CARD_TITLE),
        rx.cond(
            HistoryState.is_history_unreachable,
            rx.el.div(
                trouble(lang, retry=HistoryState.load_history, text=t(lang, "account.orders_unavailable")),
                class_name="mt-4",
            ),
            rx.fragment(),
        ),
        rx.cond(HistoryState.not_again.length() > 0, not_again(lang, HistoryState.not_again), rx.fragment()),
        rx.cond(
            HistoryState.orders.length() > 0,
            rx.el.ul(
                rx.foreach(
                    HistoryState.orders,
                    lambda row: order_row(lang, row, to=href(lang, "/order/") + row.id, action=_order_again(lang, row)),
                ),
                class_name="mt-4 grid gap-3",
            ),
            rx.cond(
                HistoryState.is_history_loaded,
                empty_state(
                    t(lang, "account.orders_empty_title"),
                    t(lang, "account.orders_empty_text"),
                    link(t(lang, "account.to_menu"), to=href(lang, "/menu"), class_name="btn btn-primary"),
                ),
                rx.cond(
                    HistoryState.is_history_unreachable,
                    rx.fragment(),
                    rx.el.div(*[skeleton("h-24") for _ in range(3)], class_name="mt-4 grid gap-3"),
                ),
            ),
        ),
        rx.cond(
            HistoryState.has_more,
            button(
                spinner(HistoryState.is_loading_more),
                t(lang, "account.more"),
                kind="secondary",
                on_click=HistoryState.load_more,
                disabled=HistoryState.is_loading_more,
                class_name="mt-5 w-full",
            ),
            rx.fragment(),
        ),
    )


def _order_again(lang: Lang, row: rx.Var[OrderRow]) -> rx.Component:
    return button(
        spinner(HistoryState.reordering == row.id),
        t(lang, "account.again"),
        kind="secondary",
        aria_label=t(lang, "account.again_label", number=row.number),
        on_click=HistoryState.order_again(row.id),
        disabled=HistoryState.reordering != "",
        class_name="btn-sm relative z-10 ml-auto max-sm:min-h-11",
    )


def _profile(lang: Lang) -> rx.Component:
    def check(name: str) -> dict[str, object]:
        return {
            "on_blur": lambda value: ProfileState.recheck(name, value),
            "error": error_of(ProfileState.errors, name),
        }

    return rx.el.form(
        rx.el.h2(t(lang, "account.profile"), class_name=_CARD_TITLE),
        notice(ProfileState.notice, id=FORM_NOTICE),
        field(
            "name",
            label=t(lang, "account.name"),
            required=True,
            auto_complete="name",
            max_length=100,
            default_value=ProfileState.profile_name,
            **check("name"),
        ),
        field(
            "phone",
            label=t(lang, "account.phone"),
            type="tel",
            input_mode="tel",
            auto_complete="tel",
            max_length=20,
            default_value=ProfileState.profile_phone,
            **check("phone"),
        ),
        text_area(
            "address",
            label=t(lang, "account.address"),
            auto_complete="street-address",
            max_length=500,
            rows="2",
            default_value=ProfileState.profile_address,
            **check("address"),
        ),
        submit(t(lang, "account.save"), busy=ProfileState.is_busy),
        on_submit=ProfileState.save,
        no_validate=True,
        class_name="card grid gap-5 p-6",
    )


def _password(lang: Lang) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            t(lang, "account.password_heading"),
            icon("chevron", 20, "transition-transform group-open:rotate-90"),
            class_name="flex min-h-11 cursor-pointer list-none items-center justify-between gap-4 rounded-xl "
            "font-display text-xl",
        ),
        rx.el.form(
            # Password managers want to know whose password it is.
            rx.el.input(
                type="text",
                name="username",
                auto_complete="username",
                value=SessionState.person_email,
                read_only=True,
                hidden=True,
            ),
            field(
                "current_password",
                label=t(lang, "account.current_password"),
                required=True,
                type="password",
                auto_complete="current-password",
                max_length=128,
                error=error_of(ProfileState.errors, "current_password"),
            ),
            field(
                "new_password",
                label=t(lang, "account.new_password"),
                hint=t(lang, "account.password_hint"),
                required=True,
                type="password",
                auto_complete="new-password",
                max_length=128,
                error=error_of(ProfileState.errors, "new_password"),
            ),
            submit(t(lang, "account.change_password"), busy=ProfileState.is_changing_password),
            on_submit=ProfileState.change_password,
            no_validate=True,
            key=ProfileState.password_form,
            class_name="mt-4 grid gap-5",
        ),
        class_name="card group p-6 py-4",
    )


PAGE = Page(
    key="account",
    path="/account",
    build=account,
    on_load=(ProfileState.open, HistoryState.load_history),
    indexed=False,
)
