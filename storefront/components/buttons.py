"""Buttons. Each is at least 44 px high; `class_name` adds to the look.

`button("Text", on_click=…)`, `submit("Text", busy=State.saving)`, `icon_button("close", label="Đóng", on_click=…)`,
`quantity(value, lang, on_less=…, on_more=…)`.
"""

from typing import Any

import reflex as rx

from storefront.components.icons import icon
from storefront.i18n import Lang, t


def button(*children: Any, kind: str = "primary", class_name: str = "", **props: Any) -> rx.Component:
    """Return a button. `kind` is primary (one on a screen), secondary or quiet."""
    props.setdefault("type", "button")
    return rx.el.button(*children, class_name=f"btn btn-{kind} {class_name}", **props)


def submit(*children: Any, busy: rx.Var | bool = False, **props: Any) -> rx.Component:
    """Return a form's submit button, which cannot be pressed again while `busy`."""
    return button(spinner(busy), *children, type="submit", disabled=busy, aria_busy=busy, **props)


def spinner(busy: rx.Var | bool) -> rx.Component:
    """Return a small ring that turns while `busy`, and nothing otherwise."""
    return rx.cond(
        busy,
        rx.el.span(
            aria_hidden="true",
            class_name="size-4 shrink-0 animate-spin rounded-full border-2 border-current border-t-transparent",
        ),
        rx.fragment(),
    )


def icon_button(name: str, label: str | rx.Var, class_name: str = "", **props: Any) -> rx.Component:
    """Return a round button that shows an icon and says `label`."""
    props.setdefault("type", "button")
    return rx.el.button(icon(name), aria_label=label, title=label, class_name=f"icon-btn {class_name}", **props)


def quantity(
    value: rx.Var | int,
    lang: Lang,
    *,
    on_less: Any,
    on_more: Any,
    least: rx.Var | int = 1,
    most: rx.Var | int = 99,
    name: str | rx.Var = "",
) -> rx.Component:
    """Return a stepper between `least` and `most`; `name` says of what, to screen readers."""
    step = "icon-btn disabled:text-line-strong disabled:opacity-60"
    return rx.el.div(
        rx.el.button(
            icon("minus", 18),
            type="button",
            aria_label=t(lang, "shell.less", name=name),
            on_click=on_less,
            disabled=value <= least,
            class_name=step,
        ),
        rx.el.output(value, aria_live="polite", class_name="w-8 text-center font-semibold tabular-nums"),
        rx.el.button(
            icon("plus", 18),
            type="button",
            aria_label=t(lang, "shell.more", name=name),
            on_click=on_more,
            disabled=value >= most,
            class_name=step,
        ),
        role="group",
        aria_label=t(lang, "shell.quantity"),
        class_name="inline-flex items-center rounded-full border border-line-strong bg-surface",
    )
