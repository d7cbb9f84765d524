"""What continues a list: more of the same below, or numbered pages."""

from typing import Any

import reflex as rx

from storefront.components.buttons import button, spinner
from storefront.components.counts import counted
from storefront.components.icons import icon
from storefront.components.links import link
from storefront.i18n import Lang, t


def load_more(
    lang: Lang, *, shown: Any, total: Any, has_more: rx.Var[bool], busy: rx.Var[bool], on_click: Any
) -> rx.Component:
    """Return how much of a list is shown, and the button for more of it (`Page.next`: as fast on any page)."""
    return rx.el.div(
        rx.el.p(
            t(lang, "admin_shell.shown_of", shown=counted(lang, shown), total=counted(lang, total)),
            role="status",
            class_name="text-sm text-muted tabular-nums",
        ),
        rx.cond(
            has_more,
            button(
                spinner(busy),
                t(lang, "admin_shell.load_more"),
                kind="secondary",
                on_click=on_click,
                disabled=busy,
                class_name="btn-sm",
            ),
            rx.fragment(),
        ),
        class_name="mt-4 flex min-h-10 items-center justify-between gap-4 print:hidden",
    )


def page_numbers(lang: Lang, *, page: rx.Var[int], pages: rx.Var[int], before: Any, after: Any) -> rx.Component:
    """Return "3 of 12" between the ways to the page before and after; their addresses count only where they lead."""
    look = "btn btn-sm btn-secondary"
    return rx.cond(
        pages > 1,
        rx.el.nav(
            rx.cond(
                page > 1,
                link(icon("chevron", 16, "rotate-180"), t(lang, "admin_shell.previous"), to=before, class_name=look),
                rx.fragment(),
            ),
            rx.el.span(
                t(lang, "admin_shell.shown_of", shown=counted(lang, page), total=counted(lang, pages)),
                class_name="text-sm text-muted tabular-nums",
            ),
            rx.cond(
                page < pages,
                link(t(lang, "admin_shell.next"), icon("chevron", 16), to=after, class_name=look),
                rx.fragment(),
            ),
            aria_label=t(lang, "admin_shell.pages"),
            class_name="mt-4 flex items-center justify-center gap-4 print:hidden",
        ),
        rx.fragment(),
    )
