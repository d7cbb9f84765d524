"""Form parts. Every input has a visible label; hint and error are tied to it for screen readers.

`field("email", label=…, type="email", auto_complete="email", error=State.errors["email"])` inside an `rx.el.form`;
`text_area(…)` likewise; `select("city", label=…, options=[("hcm", "TP. HCM")])`;
`radio_cards("payment", legend=…, options=[("CASH", "Tiền mặt", "Trả khi nhận")], value=…, on_change=…)`.
"""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from storefront.components.icons import icon

Text = str | rx.Var


def _labelled(name: str, label: Text, control: rx.Component, hint: Text, error: Text, required: bool) -> rx.Component:
    parts = [
        rx.el.label(
            label,
            rx.el.span(" *", aria_hidden="true", class_name="text-accent") if required else rx.fragment(),
            html_for=name,
            class_name="font-semibold",
        ),
        control,
    ]
    if not (isinstance(hint, str) and hint == ""):
        parts.append(rx.el.p(hint, id=f"{name}-hint", class_name="text-sm text-muted"))
    if not (isinstance(error, str) and error == ""):
        parts.append(
            rx.el.p(
                rx.cond(error != "", rx.fragment(icon("alert", 18), error), rx.fragment()),
                id=f"{name}-error",
                aria_live="polite",
                class_name="flex items-center gap-1.5 text-sm font-medium text-accent empty:hidden",
            )
        )
    return rx.el.div(*parts, class_name="flex flex-col gap-1.5")


def _attributes(name: str, hint: Text, error: Text, required: bool) -> dict[str, Any]:
    # React re-renders inputs: ids stay plain so that labels and error links keep pointing at them.
    return {
        "id": name,
        "name": name,
        "required": required,
        "aria_invalid": rx.cond(error != "", "true", "false") if isinstance(error, rx.Var) else "false",
        "aria_describedby": f"{name}-hint {name}-error",
        "class_name": "field",
    }


def field(
    name: str, *, label: Text, hint: Text = "", error: Text = "", required: bool = False, **props: Any
) -> rx.Component:
    """Return a labelled one-line input; `props` go to the `<input>` (type, auto_complete, default_value, on_blur…)."""
    control = rx.el.input(**{**_attributes(name, hint, error, required), **props})
    return _labelled(name, label, control, hint, error, required)


def text_area(
    name: str, *, label: Text, hint: Text = "", error: Text = "", required: bool = False, **props: Any
) -> rx.Component:
    """Return a labelled input of several lines."""
    control = rx.el.textarea(**{**_attributes(name, hint, error, required), "rows": "3", **props})
    return _labelled(name, label, control, hint, error, required)


def select(
    name: str,
    *,
    label: Text,
    options: Sequence[tuple[str, Text]],
    more: rx.Component | None = None,
    hint: Text = "",
    error: Text = "",
    **props: Any,
) -> rx.Component:
    """Return a labelled drop-down of (value, text) options; `more` are options that a State knows, behind those."""
    control = rx.el.select(
        *[rx.el.option(text, value=value) for value, text in options],
        more or rx.fragment(),
        **{**_attributes(name, hint, error, required=False), **props},
    )
    return _labelled(name, label, control, hint, error, required=False)


def radio_cards(
    name: str,
    *,
    legend: Text,
    options: Sequence[tuple[str, Text, Text]],
    value: rx.Var | str,
    on_change: Any,
    columns: str = "sm:grid-cols-2",
) -> rx.Component:
    """Return a choice between cards: (value, title, detail) each; arrow keys move between them."""
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="mb-2 font-semibold"),
        rx.el.div(
            *[
                rx.el.label(
                    rx.el.input(
                        type="radio",
                        name=name,
                        value=option,
                        checked=value == option,
                        on_change=on_change,
                        class_name="mt-1 size-4 shrink-0 accent-(--accent)",
                    ),
                    rx.el.span(
                        rx.el.span(title, class_name="block font-semibold"),
                        rx.el.span(detail, class_name="block text-sm text-muted"),
                    ),
                    class_name=f"{CHOICE_CARD} items-start gap-3 p-4",
                )
                for option, title, detail in options
            ],
            class_name=f"grid gap-3 {columns}",
        ),
    )


CHOICE_CARD = (
    "card flex transition-colors hover:border-line-strong has-checked:border-accent has-checked:bg-accent-soft "
    "has-checked:ring-1 has-checked:ring-accent has-disabled:cursor-not-allowed has-disabled:border-dashed "
    "has-disabled:bg-transparent has-disabled:text-muted has-focus-visible:outline-3 "
    "has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
)
"""The look of a card around a radio button."""
