"""Sign in."""

import reflex as rx

from storefront.components.buttons import submit
from storefront.components.form_notices import error_of, notice
from storefront.components.forms import field
from storefront.components.layout import page
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.pages.base import Page
from storefront.state.account import FORM_NOTICE, SignInState
from storefront.theme import TITLE


def login(lang: Lang) -> rx.Component:
    """Return the sign-in page in a language."""
    return page(
        lang,
        "/login",
        rx.el.div(
            rx.el.h1(t(lang, "account.sign_in"), class_name=TITLE),
            rx.el.p(t(lang, "account.sign_in_lead"), class_name="mt-2 text-muted"),
            rx.el.form(
                notice(SignInState.notice, id=FORM_NOTICE),
                field(
                    "email",
                    label=t(lang, "account.email"),
                    required=True,
                    type="email",
                    auto_complete="username",
                    max_length=254,
                    on_blur=lambda value: SignInState.recheck("email", value),
                    error=error_of(SignInState.errors, "email"),
                ),
                field(
                    "password",
                    label=t(lang, "account.password"),
                    required=True,
                    type="password",
                    auto_complete="current-password",
                    max_length=128,
                    error=error_of(SignInState.errors, "password"),
                ),
                submit(t(lang, "account.sign_in"), busy=SignInState.is_busy, class_name="mt-1 w-full"),
                on_submit=SignInState.sign_in,
                no_validate=True,
                class_name="mt-7 grid gap-5",
            ),
            rx.el.p(
                t(lang, "account.no_account"),
                " ",
                link(
                    t(lang, "account.register"),
                    to=href(lang, "/register") + SignInState.next_query,
                    class_name="text-link inline-flex min-h-11 items-center",
                ),
                class_name="mt-5 text-center",
            ),
            rx.el.p(
                t(lang, "find.lost"),
                " ",
                link(
                    t(lang, "find.heading"),
                    to=href(lang, "/track"),
                    class_name="text-link inline-flex min-h-11 items-center",
                ),
                class_name="text-center",
            ),
            class_name="mx-auto max-w-md sm:rounded-[1.25rem] sm:border sm:border-line sm:bg-surface sm:p-10",
        ),
        class_name="wrap w-full py-8 lg:py-14",
    )


PAGE = Page(key="login", path="/login", build=login, on_load=(SignInState.open_form,), indexed=False)
