"""Create an account."""

import reflex as rx

from storefront.components.buttons import submit
from storefront.components.form_notices import error_of, notice
from storefront.components.forms import field, text_area
from storefront.components.layout import page
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.pages.base import Page
from storefront.state.account import FORM_NOTICE, SignInState
from storefront.theme import TITLE


def register(lang: Lang) -> rx.Component:
    """Return the registration page in a language."""
    return page(
        lang,
        "/register",
        rx.el.div(
            rx.el.h1(t(lang, "account.register"), class_name=TITLE),
            rx.el.p(t(lang, "account.register_lead"), class_name="mt-2 text-muted"),
            _form(lang),
            rx.el.p(
                t(lang, "account.have_account"),
                " ",
                link(
                    t(lang, "account.sign_in"),
                    to=href(lang, "/login") + SignInState.next_query,
                    class_name="text-link inline-flex min-h-11 items-center",
                ),
                class_name="mt-5 text-center",
            ),
            class_name="mx-auto max-w-md sm:max-w-lg sm:rounded-[1.25rem] sm:border sm:border-line sm:bg-surface "
            "sm:p-10",
        ),
        class_name="wrap w-full py-8 lg:py-14",
    )


def _form(lang: Lang) -> rx.Component:
    def check(name: str) -> dict[str, object]:
        return {
            "on_blur": lambda value: SignInState.recheck(name, value),
            "error": error_of(SignInState.errors, name),
        }

    return rx.el.form(
        notice(SignInState.notice, id=FORM_NOTICE),
        field(
            "name", label=t(lang, "account.name"), required=True, auto_complete="name", max_length=100, **check("name")
        ),
        field(
            "email",
            label=t(lang, "account.email"),
            required=True,
            type="email",
            auto_complete="username",
            max_length=254,
            **check("email"),
        ),
        field(
            "password",
            label=t(lang, "account.password"),
            hint=t(lang, "account.password_hint"),
            required=True,
            type="password",
            auto_complete="new-password",
            max_length=128,
            **check("password"),
        ),
        field(
            "phone",
            label=t(lang, "account.phone"),
            hint=t(lang, "account.phone_hint"),
            type="tel",
            input_mode="tel",
            auto_complete="tel",
            max_length=20,
            **check("phone"),
        ),
        text_area(
            "address",
            label=t(lang, "account.address"),
            hint=t(lang, "account.address_hint"),
            auto_complete="street-address",
            max_length=500,
            rows="2",
            **check("address"),
        ),
        submit(t(lang, "account.register"), busy=SignInState.is_busy, class_name="mt-1 w-full"),
        on_submit=SignInState.register,
        no_validate=True,
        class_name="mt-7 grid gap-5",
    )


PAGE = Page(key="register", path="/register", build=register, on_load=(SignInState.open_form,), indexed=False)
