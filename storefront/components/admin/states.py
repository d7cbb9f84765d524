"""What a list shows when there is nothing in it, not yet, or not any more."""

from typing import Any

import reflex as rx

from storefront.components.feedback import empty_state, skeleton, trouble
from storefront.i18n import Lang, t


def list_states(
    lang: Lang,
    content: rx.Component,
    *,
    is_loaded: rx.Var[bool],
    is_empty: rx.Var[bool],
    is_unreachable: rx.Var[bool],
    retry: Any,
    empty: rx.Component,
) -> rx.Component:
    """Return `content`, or what stands in its place. Trouble is told above what was there before it."""
    return rx.fragment(
        rx.cond(is_unreachable, rx.el.div(trouble(lang, retry=retry), class_name="mb-4"), rx.fragment()),
        rx.cond(
            is_loaded,
            rx.cond(is_empty, empty, content),
            rx.cond(is_unreachable, rx.fragment(), loading_rows(lang)),
        ),
    )


def loading_rows(lang: Lang, count: int = 8) -> rx.Component:
    """Return the shape of a list to come."""
    return rx.el.div(
        rx.el.p(t(lang, "admin_shell.loading"), role="status", class_name="sr-only"),
        *[skeleton("h-12") for _ in range(count)],
        class_name="grid gap-2",
    )


def nothing(title: str | rx.Var, text: str | rx.Var, *actions: rx.Component) -> rx.Component:
    """Return what an empty list says, and what to do about it."""
    return rx.el.div(empty_state(title, text, *actions), class_name="card border-dashed")


def nothing_matches(lang: Lang, clear: rx.Component) -> rx.Component:
    """Return what a list says that has nothing under its filters."""
    return nothing(t(lang, "admin_shell.empty_filtered_title"), t(lang, "admin_shell.empty_filtered_text"), clear)
