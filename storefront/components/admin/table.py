"""The list of everything: a real table on wide screens, a card for each row on a phone.

data_table(
    caption=t(lang, "admin_products.caption"),
    columns=[
        Column(t(lang, "…name"), lambda row: link(row.name, to=row.path), sort="name", heads=True),
        Column(t(lang, "…stock"), lambda row: row.stock, align="right"),
    ],
    rows=ProductsState.rows, key=lambda row: row.id,
    sorted_by=ProductsState.sort, on_sort=ProductsState.sort_by,
)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from storefront.components.icons import icon

Text = str | rx.Var


@dataclass(frozen=True)
class Column:
    """A column. `cell` makes what stands in it from a row.

    `heads` names the row (one column should: it is the row's header for screen readers, and the card's title on a
    phone). `sort` is the name by which the list can be sorted by it. `hides` leaves the column's title out of cards,
    where what stands in it speaks for itself.
    """

    title: Text
    cell: Callable[[Any], Any]
    sort: str = ""
    align: str = "left"
    heads: bool = False
    hides: bool = False
    class_name: str = ""


def data_table(
    *,
    caption: Text,
    columns: Sequence[Column],
    rows: Any,
    key: Callable[[Any], Any],
    sorted_by: rx.Var[str] | None = None,
    on_sort: Callable[[str], Any] | None = None,
    row_class: Callable[[Any], Any] | None = None,
    busy: rx.Var[bool] | bool = False,
) -> rx.Component:
    """Return the table. Rows are hoverable.

    A link in the heading cell with the classes `after:absolute after:inset-0` covers the whole row; what else can be
    pressed there needs `relative`.
    `sorted_by` is a column's `sort`, with "-" before it for downwards; `on_sort` is called with the wanted one.
    `busy` dims what is there while something newer is on its way.
    """
    return rx.el.div(
        rx.el.table(
            rx.el.caption(caption, class_name="sr-only"),
            rx.el.thead(
                rx.el.tr(*[_header(column, sorted_by, on_sort) for column in columns], role="row"),
                role="rowgroup",
                # On a phone each cell says its column; a page offers the sorts of the list among its filters.
                class_name="max-md:hidden",
            ),
            rx.el.tbody(
                rx.foreach(rows, lambda row: _row(row, columns, key, row_class)),
                role="rowgroup",
                class_name="max-md:grid max-md:grid-cols-[minmax(0,1fr)] max-md:gap-3",
            ),
            # Shown as cards, a table would no longer be one to screen readers: the roles say so.
            role="table",
            aria_busy=rx.cond(busy, "true", "false"),
            class_name="w-full border-collapse text-left text-[0.9375rem] max-md:block aria-busy:opacity-60",
        ),
        class_name="md:overflow-x-auto md:rounded-2xl md:border md:border-line md:bg-surface",
    )


def _header(column: Column, sorted_by: rx.Var[str] | None, on_sort: Callable[[str], Any] | None) -> rx.Component:
    end = column.align == "right"
    align = "text-right" if end else "text-left"
    look = f"whitespace-nowrap px-4 py-2 text-[0.8125rem] font-semibold text-muted {align} {column.class_name}"
    if not column.sort or sorted_by is None or on_sort is None:
        return rx.el.th(column.title, scope="col", role="columnheader", class_name=look)
    down = f"-{column.sort}"
    return rx.el.th(
        rx.el.button(
            column.title,
            rx.match(
                sorted_by,
                (column.sort, icon("up", 14)),
                (down, icon("down", 14)),
                icon("down", 14, "opacity-0 group-hover:opacity-60"),
            ),
            type="button",
            on_click=on_sort(rx.cond(sorted_by == column.sort, down, column.sort)),
            class_name="group -mx-2 inline-flex min-h-9 items-center gap-1 rounded-lg px-2 hover:bg-sunk "
            f"hover:text-ink {'flex-row-reverse' if end else ''}",
        ),
        scope="col",
        role="columnheader",
        aria_sort=rx.match(sorted_by, (column.sort, "ascending"), (down, "descending"), "none"),
        class_name=look,
    )


def _row(
    row: Any, columns: Sequence[Column], key: Callable[[Any], Any], row_class: Callable[[Any], Any] | None
) -> rx.Component:
    look = (
        "group/row relative transition-colors hover:bg-sunk/60 md:border-t md:border-line max-md:grid "
        "max-md:grid-cols-[minmax(0,1fr)] max-md:gap-1.5 max-md:rounded-2xl max-md:border max-md:border-line "
        "max-md:bg-surface max-md:p-4"
    )
    return rx.el.tr(
        *[_cell(column, row) for column in columns],
        key=key(row),
        role="row",
        class_name=look if row_class is None else rx.Var.create(look + " ") + row_class(row),
    )


def _cell(column: Column, row: Any) -> rx.Component:
    end = column.align == "right"
    look = f"md:px-4 md:py-2.5 {'md:text-right tabular-nums' if end else ''} {column.class_name}"
    content = column.cell(row)
    if column.heads:
        return rx.el.th(
            content,
            scope="row",
            role="rowheader",
            class_name=f"font-semibold max-md:text-base {look}",
        )
    if column.hides:
        return rx.el.td(content, role="cell", class_name=look)
    return rx.el.td(
        content,
        role="cell",
        custom_attrs={"data-label": column.title},
        class_name=f"{look} max-md:flex max-md:items-baseline max-md:justify-between max-md:gap-4 "
        "max-md:before:text-sm max-md:before:text-muted max-md:before:content-[attr(data-label)]",
    )
