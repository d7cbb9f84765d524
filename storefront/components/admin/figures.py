"""How a figure compares with the one before: the same on every page of figures."""

from typing import Any

import reflex as rx

from storefront.components.icons import icon


def comparison(figure: Any) -> tuple[rx.Component, rx.Component]:
    """Return the change of a figure and what it was before, for the `dl` that lists it.

    `figure` is a Var with `tone` ("up", "down" or neither), `change` and `before`.
    """
    look = "mt-1 flex items-center gap-1.5 text-sm font-semibold"
    return (
        rx.el.dd(
            rx.match(figure.tone, ("up", icon("up", 16)), ("down", icon("down", 16)), rx.fragment()),
            figure.change,
            class_name=rx.match(
                figure.tone, ("up", f"{look} text-leaf"), ("down", f"{look} text-accent"), f"{look} text-muted"
            ),
        ),
        rx.el.dd(figure.before, class_name="text-sm text-muted tabular-nums"),
    )
