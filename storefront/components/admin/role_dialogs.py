"""The questions before a role is given or taken: for one person, and for an e-mail."""

import reflex as rx

from storefront.components.admin.dialog import close_button, dialog
from storefront.components.buttons import button, submit
from storefront.components.form_notices import notice
from storefront.components.forms import field, select
from storefront.components.icons import icon
from storefront.i18n import Lang, t
from storefront.state.admin.roles import DIALOG, EMAIL_DIALOG, RoleState


def role_dialog(lang: Lang) -> rx.Component:
    """Return the question for one person, which `RoleState.ask` opens."""
    gets_admin = RoleState.role == "ADMIN"
    name = RoleState.person
    return dialog(
        DIALOG,
        rx.el.p(t(lang, "admin_customers.sessions_end"), class_name="mt-3 rounded-xl bg-sunk px-4 py-3 text-sm"),
        rx.el.div(notice(RoleState.notice, id=f"{DIALOG}-notice"), class_name="mt-3 empty:hidden"),
        title=rx.cond(gets_admin, t(lang, "admin_customers.promote_title"), t(lang, "admin_customers.demote_title")),
        text=rx.cond(
            gets_admin,
            t(lang, "admin_customers.promote_text", name=name),
            t(lang, "admin_customers.demote_text", name=name),
        ),
        actions=[
            close_button(lang, DIALOG),
            submit(
                rx.cond(gets_admin, t(lang, "admin_customers.promote"), t(lang, "admin_customers.demote")),
                busy=RoleState.is_busy,
            ),
        ],
        on_submit=RoleState.give,
    )


def role_by_email_dialog(lang: Lang) -> rx.Component:
    """Return the form for an e-mail and a role, which `RoleState.ask_by_email` opens."""
    return dialog(
        EMAIL_DIALOG,
        rx.el.div(
            field(
                "role_email",
                label=t(lang, "admin_customers.email"),
                error=RoleState.email_error,
                required=True,
                type="email",
                auto_complete="off",
            ),
            select(
                "role_wanted",
                label=t(lang, "admin_customers.role"),
                options=[
                    ("ADMIN", t(lang, "admin_customers.role_admin")),
                    ("CUSTOMER", t(lang, "admin_customers.role_customer")),
                ],
                hint=t(lang, "admin_customers.sessions_end"),
            ),
            notice(RoleState.notice, id=f"{EMAIL_DIALOG}-notice"),
            class_name="mt-4 grid gap-4",
        ),
        title=t(lang, "admin_customers.by_email"),
        text=t(lang, "admin_customers.by_email_text"),
        actions=[
            close_button(lang, EMAIL_DIALOG),
            submit(t(lang, "admin_customers.give_role"), busy=RoleState.is_busy),
        ],
        on_submit=RoleState.give_by_email,
    )


def role_button(lang: Lang, user_id: rx.Var[int], name: rx.Var[str], is_admin: rx.Var[bool]) -> rx.Component:
    """Return the button that asks to change a person's role; `name` tells screen readers whose."""
    return button(
        rx.cond(is_admin, t(lang, "admin_customers.demote"), t(lang, "admin_customers.promote")),
        rx.el.span(": ", name, class_name="sr-only"),
        kind="secondary",
        class_name="btn-sm relative",
        on_click=RoleState.ask(user_id, name, is_admin),
    )


def role_icon(lang: Lang, user_id: rx.Var[int], name: rx.Var[str], is_admin: rx.Var[bool]) -> rx.Component:
    """Return the same for a row of a list: seldom needed, so it does not shout."""
    what = rx.cond(is_admin, t(lang, "admin_customers.demote"), t(lang, "admin_customers.promote"))
    return rx.el.button(
        icon("key", 20),
        type="button",
        aria_label=what + ": " + name,
        title=what,
        on_click=RoleState.ask(user_id, name, is_admin),
        class_name="icon-btn text-muted hover:text-ink",
    )
