"""Dialogs: native ones, which keep the focus, close with Escape and give the focus back.

    dialog("archive", title=…, text=…, actions=[close_button(lang, "archive"), button(…, on_click=State.archive)])

opened by `on_click=open_dialog("archive")` in the page or from a handler, closed by `close_dialog("archive")` likewise.
"""

from typing import Any

import reflex as rx

from storefront.components.buttons import button
from storefront.i18n import Lang, t
from storefront.state.admin.dialogs import close_dialog, open_dialog

__all__ = ["close_button", "close_dialog", "dialog", "open_dialog"]

Text = str | rx.Var


def close_button(lang: Lang, name: str, text: Text = "", *, is_first: bool = True) -> rx.Component:
    """Return the button that closes a dialog and does nothing else.

    It has the focus first, so that Enter alone is harmless; not where there is a field to fill in.
    """
    return button(
        text or t(lang, "admin_shell.cancel"), kind="secondary", on_click=close_dialog(name), auto_focus=is_first
    )


def dialog(
    name: str,
    *content: Any,
    title: Text,
    text: Text = "",
    actions: list[rx.Component] | None = None,
    on_submit: Any = None,
) -> rx.Component:
    """Return a dialog, closed. With `on_submit` it is a form, whose `actions` should hold a submit button."""
    inside = [
        rx.el.h2(title, id=f"{name}-title", class_name="font-display text-2xl"),
        rx.el.p(text, id=f"{name}-text", class_name="mt-2 text-muted"),
        *content,
        rx.el.div(*(actions or []), class_name="mt-6 flex flex-wrap justify-end gap-3"),
    ]
    body = rx.el.form(*inside, on_submit=on_submit, no_validate=True) if on_submit is not None else rx.el.div(*inside)
    return rx.el.dialog(
        body,
        id=name,
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-text",
        class_name="card m-auto max-h-[calc(100dvh-2rem)] w-[min(30rem,calc(100vw-2rem))] overflow-y-auto p-6 text-ink "
        "shadow-lift backdrop:bg-black/50",
    )
