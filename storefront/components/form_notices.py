"""What a form says about itself: the message at a field, and the notice above its button."""

from typing import Any

import reflex as rx

from storefront.components.icons import icon


def error_of(errors: Any, field: str) -> rx.Var[str]:
    """Return the message for a field out of a State's `errors`, "" where there is none."""
    return rx.cond(errors.contains(field), errors[field], "")


def notice(text: rx.Var[str], *details: rx.Component, id: str) -> rx.Component:  # noqa: A002 - HTML's name
    """Return a form's notice. It takes the focus when a handler sends it there, so that it is read and seen."""
    return rx.el.div(
        rx.cond(
            text != "",
            rx.el.div(
                icon("alert", 22, "mt-0.5 text-honey"),
                rx.el.div(rx.el.p(text, class_name="font-medium"), *details, class_name="min-w-0 grow"),
                class_name="flex gap-3 rounded-2xl bg-honey-soft px-4 py-3.5 text-ink",
            ),
            rx.fragment(),
        ),
        id=id,
        role="alert",
        tab_index=-1,
        class_name="scroll-mt-28 rounded-2xl empty:hidden",
    )
