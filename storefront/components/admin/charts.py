"""Charts, each with the same figures as a table behind a disclosure. For pages of staff alone: they weigh much.

Colours are the theme's own variables, so that a chart follows the page into the dark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from storefront.components.icons import icon
from storefront.i18n import Lang, t

Text = str | rx.Var

_UNITS: dict[Lang, tuple[str, str]] = {"vi": ("\u00a0tr", "k"), "en": ("M", "k")}
"""Millions and thousands, as an axis writes them."""
_VND = rx.Var("((n) => Number(n).toLocaleString('vi') + '\\u00a0₫')")
_TICK = {"fill": "var(--muted)", "fontSize": 12}


@dataclass(frozen=True)
class Series:
    """Amounts of a chart, in VND, under `key` in each row. `outlined` tells it from another one without its colour."""

    key: str
    name: Text
    outlined: bool = False


def bar_chart(lang: Lang, data: Any, series: Sequence[Series]) -> rx.Component:
    """Return one or more series as bars side by side."""
    bars = [
        rx.recharts.bar(
            data_key=one.key,
            name=one.name,
            fill="var(--sunk)" if one.outlined else "var(--accent)",
            stroke="var(--line-strong)" if one.outlined else "var(--accent)",
            radius=[4, 4, 0, 0],
            max_bar_size=36,
            is_animation_active=False,
        )
        for one in series
    ]
    chart = rx.recharts.bar_chart(
        *_axes(lang),
        *bars,
        data=data,
        height=240,
        bar_gap=1,
        margin={"top": 8, "right": 8, "bottom": 0, "left": 0},
        custom_attrs={"accessibilityLayer": False},
    )
    # Screen readers get the summary before it and the table behind it; the drawing says nothing more.
    return rx.el.div(chart, aria_hidden="true", class_name="h-63 w-full pt-3")


def legend(series: Sequence[Series]) -> rx.Component:
    """Return which bars are which."""
    look = "size-3 rounded-[3px] border"
    return rx.el.ul(
        *[
            rx.el.li(
                rx.el.span(
                    aria_hidden="true",
                    class_name=f"{look} {'border-line-strong bg-sunk' if one.outlined else 'border-accent bg-accent'}",
                ),
                one.name,
                class_name="inline-flex items-center gap-2",
            )
            for one in series
        ],
        class_name="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm text-muted",
    )


def behind(lang: Lang, caption: str, data: Any, columns: Sequence[tuple[str, Text]]) -> rx.Component:
    """Return the chart's figures as a table that one may open; `columns` are (key, title), the first heads its row."""
    (first, head), *others = columns
    cell = "border-t border-line px-2 py-1.5"
    return rx.el.details(
        rx.el.summary(
            icon("chevron", 16, "transition-transform group-open:rotate-90"),
            t(lang, "admin_overview.as_table"),
            class_name="-ml-2 inline-flex min-h-9 gap-1 items-center rounded-lg px-2 text-sm font-semibold text-muted "
            "hover:bg-sunk hover:text-ink",
        ),
        rx.el.div(
            rx.el.table(
                rx.el.caption(caption, class_name="sr-only"),
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(head, scope="col", class_name="px-2 py-1.5 text-left font-semibold text-muted"),
                        *[
                            rx.el.th(title, scope="col", class_name="px-2 py-1.5 text-right font-semibold text-muted")
                            for _, title in others
                        ],
                    )
                ),
                rx.el.tbody(
                    rx.foreach(
                        data,
                        lambda row: rx.el.tr(
                            rx.el.th(row[first], scope="row", class_name=f"{cell} text-left font-medium"),
                            *[rx.el.td(row[key], class_name=f"{cell} text-right tabular-nums") for key, _ in others],
                            key=row["name"],
                        ),
                    )
                ),
                class_name="w-full border-collapse text-sm",
            ),
            tab_index=0,
            role="region",
            aria_label=caption,
            class_name="mt-2 max-h-80 overflow-auto",
        ),
        class_name="group mt-2",
    )


def _axes(lang: Lang) -> list[rx.Component]:
    millions, thousands = _UNITS[lang]
    short = rx.Var(
        f"(n => n >= 1e6 ? (n / 1e6).toLocaleString('{lang}', {{maximumFractionDigits: 1}}) + '{millions}'"
        f" : n >= 1e3 ? Math.round(n / 1e3) + '{thousands}' : n)"
    )
    return [
        rx.recharts.cartesian_grid(vertical=False, stroke="var(--line)"),
        rx.recharts.x_axis(
            data_key="label",
            tick_line=False,
            axis_line=False,
            min_tick_gap=12,
            custom_attrs={"tick": _TICK},
        ),
        rx.recharts.y_axis(
            width=58,
            tick_count=4,
            tick_line=False,
            axis_line=False,
            custom_attrs={"tick": _TICK, "tickFormatter": short},
        ),
        rx.recharts.graphing_tooltip(
            is_animation_active=False,
            custom_attrs={
                "formatter": _VND,
                "labelFormatter": rx.Var("((label, rows) => rows?.[0]?.payload?.name ?? label)"),
                "cursor": {"fill": "var(--sunk)", "stroke": "var(--line-strong)", "fillOpacity": 0.6},
                "contentStyle": {
                    "background": "var(--surface)",
                    "border": "1px solid var(--line)",
                    "borderRadius": "0.75rem",
                    "boxShadow": "var(--shadow-lift)",
                },
                "labelStyle": {"color": "var(--muted)", "fontSize": "0.8125rem"},
                "itemStyle": {"color": "var(--ink)", "fontSize": "0.875rem", "fontWeight": 600},
            },
        ),
    ]
