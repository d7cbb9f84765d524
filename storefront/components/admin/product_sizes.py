"""The sizes of a product in its form: price, how many each serves, and its stock."""

from typing import Any

import reflex as rx

from storefront.components.buttons import button
from storefront.components.form_notices import error_of
from storefront.components.icons import icon
from storefront.components.product_card import name_of
from storefront.i18n import Lang, t
from storefront.state.admin.product import ProductState
from storefront.state.admin.product_form import SizeRow
from storefront.state.admin.stock import StockState

_REQUIRED = ("size", "price")
_COLUMNS = "md:grid-cols-[7rem_minmax(8rem,1fr)_7rem_minmax(10rem,1fr)_2.75rem]"


def product_sizes(lang: Lang) -> rx.Component:
    """Return the sizes, and the button that adds one."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t(lang, "admin_product.sizes"), class_name="font-display text-xl"),
            rx.el.p(t(lang, "admin_product.sizes_hint"), class_name="text-sm text-muted"),
        ),
        _error(error_of(ProductState.errors, "sizes"), "sizes-error"),
        rx.el.div(
            *[
                rx.el.span(t(lang, f"admin_product.{name}"), _asterisk(name), class_name="text-sm font-semibold")
                for name in ("size", "price", "serves", "stock")
            ],
            aria_hidden="true",
            class_name=f"hidden gap-3 md:grid {_COLUMNS}",
        ),
        rx.el.div(rx.foreach(ProductState.rows, lambda row: _row(lang, row)), class_name="grid gap-3"),
        button(
            icon("plus", 18),
            t(lang, "admin_product.add_size"),
            kind="secondary",
            class_name="btn-sm w-fit",
            on_click=ProductState.add_size,
        ),
        id="sizes",
        tab_index=-1,
        class_name="card grid gap-4 p-5",
    )


def _row(lang: Lang, row: rx.Var[SizeRow]) -> rx.Component:
    label = rx.cond(row.size != "", row.size, t(lang, "admin_product.new_size"))
    return rx.el.fieldset(
        rx.el.legend(label, class_name="sr-only"),
        rx.el.input(type="hidden", name="removed-" + row.key, value=rx.cond(row.is_removed, "1", "")),
        rx.cond(
            row.is_removed,
            rx.el.div(
                rx.el.p(t(lang, "admin_product.size_goes", size=row.size), class_name="grow text-muted"),
                button(
                    icon("undo", 18),
                    t(lang, "admin_product.keep_size"),
                    kind="secondary",
                    class_name="btn-sm",
                    on_click=ProductState.keep_size(row.key),
                ),
                class_name="flex flex-wrap items-center gap-3",
            ),
            rx.fragment(),
        ),
        # Hidden, never taken out: what is typed stays.
        rx.el.div(
            _cell(
                lang,
                row,
                "size",
                rx.cond(
                    row.is_new & ~row.is_lost,
                    _input(row, "size", max_length=20, placeholder="M"),
                    rx.el.p(row.size, class_name="flex min-h-10 items-center font-semibold md:px-1"),
                ),
            ),
            _cell(lang, row, "price", _input(row, "price", numeric=True, custom_attrs={"data-vnd": "1"}), unit="₫"),
            _cell(lang, row, "serves", _input(row, "serves", numeric=True, max_length=3)),
            _cell(
                lang,
                row,
                "stock",
                rx.cond(row.is_new, _input(row, "stock", numeric=True, placeholder="0"), _stock(lang, row)),
            ),
            rx.el.button(
                icon("trash", 20),
                type="button",
                aria_label=t(lang, "admin_product.remove_size", size=label),
                title=t(lang, "admin_product.remove"),
                on_click=ProductState.remove_size(row.key),
                class_name="icon-btn max-md:absolute max-md:right-1 max-md:top-1",
            ),
            rx.cond(
                row.is_lost,
                rx.el.p(t(lang, "admin_product.size_lost"), class_name="col-span-full text-sm text-honey"),
                rx.fragment(),
            ),
            hidden=row.is_removed,
            class_name=f"grid grid-cols-2 items-start gap-3 {_COLUMNS}",
        ),
        key=row.key,
        class_name="relative max-md:rounded-2xl max-md:border max-md:border-line max-md:p-4",
    )


def _cell(lang: Lang, row: rx.Var[SizeRow], name: str, control: Any, unit: str = "") -> rx.Component:
    field = name + "-" + row.key
    conflict = ProductState.conflicts.contains(field)
    return rx.el.div(
        rx.el.label(
            t(lang, f"admin_product.{name}"),
            _asterisk(name),
            html_for=field,
            class_name="text-sm font-semibold md:sr-only",
        ),
        rx.el.div(
            control,
            rx.el.span(
                unit,
                aria_hidden="true",
                class_name="pointer-events-none absolute right-3 top-1/2 -translate-y-1/2 text-muted",
            )
            if unit
            else rx.fragment(),
            class_name="relative",
        ),
        _error(error_of(ProductState.errors, field), field + "-error"),
        rx.cond(conflict, theirs(lang, field), rx.fragment()),
        class_name="grid content-start gap-1",
    )


def _input(row: rx.Var[SizeRow], name: str, *, numeric: bool = False, **props: Any) -> rx.Component:
    field = name + "-" + row.key
    extra = {"input_mode": "numeric", "max_length": 15} if numeric else {}
    return rx.el.input(
        **{
            "id": field,
            "name": field,
            "default_value": ProductState.values[field],
            "required": name in _REQUIRED,
            "on_change": mended(field),
            "auto_complete": "off",
            "aria_invalid": rx.cond(ProductState.errors.contains(field), "true", "false"),
            "aria_describedby": field + "-error",
            "class_name": f"field field-sm {'pr-7 text-right tabular-nums' if name == 'price' else ''}",
            **extra,
            **props,
        }
    )


def _asterisk(name: str) -> rx.Component:
    return rx.el.span(" *", aria_hidden="true", class_name="text-accent") if name in _REQUIRED else rx.fragment()


def _stock(lang: Lang, row: rx.Var[SizeRow]) -> rx.Component:
    return rx.el.div(
        rx.el.span(
            row.stock, class_name="min-w-8 font-semibold tabular-nums " + rx.cond(row.stock == 0, "text-accent", "")
        ),
        button(
            t(lang, "admin_product.change_stock"),
            kind="secondary",
            class_name="btn-sm px-3",
            aria_label=t(lang, "admin_product.change_stock_of", size=row.size),
            on_click=StockState.ask(ProductState.item.id, name_of(lang, ProductState.item), row.size, row.stock),
        ),
        class_name="flex min-h-10 items-center gap-2",
    )


def mended(field: Any) -> Any:
    """Return what happens when something is typed into a field: its message goes. Without one nothing is sent."""
    is_wrong = ProductState.errors.contains(field)
    return lambda _value: rx.cond(is_wrong, ProductState.mend(field), rx.noop())


def theirs(lang: Lang, field: Any) -> rx.Component:
    """Return what somebody else saved in a field meanwhile, and the button that takes it."""
    return rx.el.div(
        rx.el.p(t(lang, "admin_product.theirs"), " ", rx.el.strong(ProductState.conflicts[field])),
        button(
            t(lang, "admin_product.take_theirs"),
            kind="quiet",
            class_name="btn-sm -ml-3",
            on_click=ProductState.take_theirs(field),
        ),
        class_name="rounded-xl bg-honey-soft px-3 py-2 text-sm wrap-anywhere",
    )


def _error(text: Any, element_id: Any) -> rx.Component:
    return rx.el.p(
        rx.cond(text != "", rx.fragment(icon("alert", 16), text), rx.fragment()),
        id=element_id,
        aria_live="polite",
        class_name="flex items-center gap-1 text-sm font-medium text-accent empty:hidden",
    )
