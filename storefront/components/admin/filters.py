"""What narrows a list. The address is the truth: each of these leads to another address of the page.

`filter_bar(lang, search_box(…), choice(…), period_fields(…), clear=…)`; `tabs([…])` for the one that matters most.
"""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from storefront.components.icons import icon
from storefront.components.links import link
from storefront.i18n import Lang, t
from storefront.state.admin.base import MAX_QUERY, SEARCH_ID

Text = str | rx.Var
_WAIT_MS = 300
_CONTROL = "field field-sm"


_SHEET = "list-filters"


def filter_bar(
    lang: Lang, first: rx.Component, *others: rx.Component, clear: rx.Component | None = None
) -> rx.Component:
    """Return the controls in one row that wraps, and what clears them all (see `clear_link`).

    A phone shows the first alone, and the others on a sheet behind a button.
    """
    return rx.el.div(
        first,
        _sheet(lang, *others) if others else rx.fragment(),
        clear or rx.fragment(),
        role="group",
        aria_label=t(lang, "admin_shell.filters"),
        class_name="mb-4 flex flex-wrap items-end gap-2 print:hidden",
    )


def _sheet(lang: Lang, *controls: rx.Component) -> rx.Component:
    return rx.fragment(
        rx.el.button(
            icon("filter", 18),
            t(lang, "admin_shell.filters"),
            type="button",
            custom_attrs={"popoverTarget": _SHEET},
            class_name="btn btn-sm btn-secondary md:hidden",
        ),
        rx.el.div(
            *controls,
            rx.el.button(
                t(lang, "admin_shell.close"),
                type="button",
                custom_attrs={"popoverTarget": _SHEET, "popoverTargetAction": "hide"},
                class_name="btn btn-secondary mt-2 md:hidden",
            ),
            id=_SHEET,
            custom_attrs={"popover": "auto"},
            # From a tablet on it is no box of its own: its controls stand in one row with the search.
            class_name="sheet flex-col gap-3 open:flex md:contents",
        ),
    )


def search_box(lang: Lang, *, value: rx.Var[str], on_search: Any, hint: Text, label: Text = "") -> rx.Component:
    """Return the page's search field: the `/` key comes here, and `on_search` is called with what is typed.

    The page's `load` handler should send `AdminState._show_search(value)`, for the way back through the history.
    """
    return rx.el.div(
        rx.el.label(label or t(lang, "admin_shell.search"), html_for=SEARCH_ID, class_name="sr-only"),
        icon("search", 18, "pointer-events-none absolute left-3 top-1/2 -translate-y-1/2 text-muted"),
        rx.el.input(
            id=SEARCH_ID,
            type="search",
            default_value=value,
            placeholder=hint,
            auto_complete="off",
            max_length=MAX_QUERY,
            on_change=on_search.debounce(_WAIT_MS),
            custom_attrs={"data-search": "1", "aria-keyshortcuts": "/"},
            class_name=f"{_CONTROL} pl-9",
        ),
        role="search",
        class_name="relative min-w-0 grow md:w-56 md:grow-0 xl:w-72",
    )


def choice(
    name: str,
    *,
    label: Text,
    value: rx.Var[str],
    options: Sequence[tuple[str, Text]],
    on_change: Any,
    more: rx.Component | None = None,
) -> rx.Component:
    """Return a drop-down of (value, text); `on_change` is called with the value chosen.

    `more` are options that only a State knows.
    """
    return _labelled(
        name,
        label,
        rx.el.select(
            *[rx.el.option(text, value=option) for option, text in options],
            more or rx.fragment(),
            id=name,
            value=value,
            on_change=on_change,
            class_name=f"{_CONTROL} md:w-auto",
        ),
    )


def period_fields(lang: Lang, *, since: rx.Var[str], until: rx.Var[str], on_change: Any) -> rx.Component:
    """Return fields for the first and the last shop day, "2026-03-01" or "" for none.

    `on_change` is called with "since" or "until", and the day; a year that is being typed begins with 0002, so see
    `with_day`. The page's `load` handler should send `AdminState._show_fields` with both.
    """
    return rx.fragment(
        _date_field("since", t(lang, "admin_shell.since"), since, on_change),
        _date_field("until", t(lang, "admin_shell.until"), until, on_change),
    )


def _date_field(name: str, label: Text, value: rx.Var[str], on_change: Any) -> rx.Component:
    return _labelled(
        name,
        label,
        rx.el.input(
            id=name,
            type="date",
            # Not `value`: React would empty the field under the hands of whoever types a date.
            default_value=value,
            on_change=lambda day: on_change(name, day).debounce(_WAIT_MS),
            class_name=f"{_CONTROL} md:w-auto",
        ),
    )


def suggestions(
    name: str, *, label: Text, value: rx.Var[str], found: rx.Var[list[str]], hint: Text, on_change: Any
) -> rx.Component:
    """Return a field that offers what fits what is typed; `on_change` is called with the text, typed or chosen.

    The page's `load` handler should send `AdminState._show_fields` with the value.
    """
    return _labelled(
        name,
        label,
        rx.fragment(
            rx.el.input(
                id=name,
                default_value=value,
                placeholder=hint,
                auto_complete="off",
                max_length=MAX_QUERY,
                on_change=on_change.debounce(_WAIT_MS),
                custom_attrs={"list": f"{name}-found"},
                class_name=f"{_CONTROL} md:w-44",
            ),
            rx.el.datalist(rx.foreach(found, lambda text: rx.el.option(value=text)), id=f"{name}-found"),
        ),
    )


def clear_link(lang: Lang, *, to: Any, shown: rx.Var[bool]) -> rx.Component:
    """Return the link that takes every filter away, while there is one."""
    return rx.cond(
        shown,
        link(icon("close", 16), t(lang, "admin_shell.clear"), to=to, class_name="btn btn-sm btn-quiet"),
        rx.fragment(),
    )


def tabs(label: Text, entries: Sequence[tuple[Any, Any, Any]], class_name: str = "") -> rx.Component:
    """Return links side by side, one of which is on: (text, address, whether it is on) each."""
    return rx.el.nav(
        *[
            link(
                text,
                to=to,
                custom_attrs={"aria-current": rx.cond(is_on, "true", rx.Var("undefined"))},
                class_name="inline-flex min-h-9 shrink-0 items-center gap-1.5 rounded-lg px-3 text-sm font-semibold "
                "text-muted hover:text-ink aria-[current]:bg-surface aria-[current]:text-ink "
                "aria-[current]:shadow-card max-lg:min-h-11",
            )
            for text, to, is_on in entries
        ],
        aria_label=label,
        class_name=f"flex w-fit max-w-full gap-1 overflow-x-auto rounded-xl bg-sunk p-1 {class_name} print:hidden",
    )


def _labelled(name: str, label: Text, control: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=name, class_name="text-xs font-semibold text-muted"),
        control,
        class_name="flex flex-col gap-1",
    )
