"""How the back office shows people."""

import reflex as rx

from storefront.components.admin.status import TONES
from storefront.i18n import Lang, t


def role_badge(lang: Lang, role: rx.Var[str]) -> rx.Component:
    """Return a person's role in words on a tint."""
    return rx.el.span(
        rx.match(
            role,
            ("ADMIN", t(lang, "admin_customers.role_admin")),
            ("GUEST", t(lang, "admin_customers.role_guest")),
            t(lang, "admin_customers.role_customer"),
        ),
        class_name=rx.match(role, ("ADMIN", TONES["strong"]), TONES["plain"]),
    )
