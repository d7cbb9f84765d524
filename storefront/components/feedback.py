"""What a page says while it waits, has nothing, or cannot: skeleton, empty state, trouble, lost connection.

`skeleton("h-6 w-40")`; `empty_state(title, text, action)`; `trouble(lang, retry=State.load)` where a service is down;
`connection_notice(lang)` is in every page's layout already. Toasts: `yield rx.toast.success(text)` in a handler.
"""

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from storefront.components.buttons import button
from storefront.components.icons import icon
from storefront.components.images import image
from storefront.i18n import Lang, t


def skeleton(class_name: str) -> rx.Component:
    """Return a shimmering block in place of content to come; give it the content's size."""
    return rx.el.div(aria_hidden="true", class_name=f"skeleton {class_name}")


def empty_state(
    title: str | rx.Var, text: str | rx.Var, *action: rx.Component, picture: str = "", level: int = 2
) -> rx.Component:
    """Return a friendly "nothing here" with something to do next; its title is a heading of `level` 1 or 2."""
    heading = rx.el.h1 if level == 1 else rx.el.h2
    return rx.el.div(
        image(picture, "", 160, 160, class_name="size-40") if picture else rx.fragment(),
        heading(title, class_name="font-display text-3xl"),
        rx.el.p(text, class_name="max-w-md text-muted"),
        rx.el.div(*action, class_name="mt-3 flex flex-wrap justify-center gap-3"),
        class_name="flex flex-col items-center gap-2 px-4 py-16 text-center",
    )


def trouble(lang: Lang, *, retry: Any, text: str | rx.Var | None = None) -> rx.Component:
    """Return the message that part of the shop cannot be reached, with a button that tries again."""
    return rx.el.div(
        icon("alert", 24, "text-honey"),
        rx.el.div(
            rx.el.p(t(lang, "shell.trouble_title"), class_name="font-semibold"),
            rx.el.p(t(lang, "shell.trouble_text") if text is None else text, class_name="text-sm"),
            class_name="grow",
        ),
        button(t(lang, "shell.retry"), kind="secondary", on_click=retry),
        role="alert",
        class_name="flex flex-wrap items-center gap-3 rounded-2xl bg-honey-soft p-4 text-ink",
    )


def connection_notice(lang: Lang) -> rx.Component:
    """Return a bar that says the page lost the shop and is trying to reach it, while that is so."""
    return rx.cond(
        has_connection_errors,
        rx.el.div(
            rx.el.span(
                aria_hidden="true",
                class_name="size-3 animate-spin rounded-full border-2 border-current border-t-transparent",
            ),
            t(lang, "shell.offline"),
            role="status",
            class_name="flex items-center justify-center gap-2 bg-honey-soft px-4 py-2 text-sm font-medium text-ink",
        ),
        rx.fragment(),
    )
