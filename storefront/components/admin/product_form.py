"""The form of a product, for a new one and for one that there is."""

from typing import Any

import reflex as rx

from storefront.components.admin.dialog import close_button, dialog
from storefront.components.admin.product_picture import product_picture
from storefront.components.admin.product_sizes import mended, product_sizes, theirs
from storefront.components.admin.states import loading_rows
from storefront.components.admin.stock_history import stock_history
from storefront.components.buttons import button, submit
from storefront.components.feedback import trouble
from storefront.components.form_notices import error_of, notice
from storefront.components.forms import field, select, text_area
from storefront.components.icons import icon
from storefront.i18n import Lang, t
from storefront.state.admin.picture import PictureState
from storefront.state.admin.product import NOTICE_ID, ProductState
from storefront.state.admin.product_form import BOXES
from storefront.state.admin.unsaved import LEAVE, LEAVE_DIALOG

ITEM = ProductState.item
_PICTURE = PictureState.picture
_SAME_PRESS_MS = 500
_COLUMN = "grid min-w-0 grid-cols-[minmax(0,1fr)]"
"""A column that no long word makes wider."""


def product_content(lang: Lang, *, is_new: bool) -> rx.Component:
    """Return the form, or what stands in its place."""
    return rx.fragment(
        rx.cond(
            ProductState.is_unreachable,
            rx.el.div(trouble(lang, retry=ProductState.retry), class_name="mb-4"),
            rx.fragment(),
        ),
        rx.cond(
            ITEM.is_loaded,
            _form(lang, is_new=is_new),
            rx.cond(ProductState.is_unreachable, rx.fragment(), loading_rows(lang)),
        ),
    )


def _form(lang: Lang, *, is_new: bool) -> rx.Component:
    return rx.el.form(
        notice(ProductState.notice, id=NOTICE_ID),
        rx.cond(ProductState.restored != "", _restored(lang), rx.fragment()),
        rx.el.div(
            rx.el.div(
                _texts(lang, is_new=is_new),
                product_sizes(lang),
                class_name=f"{_COLUMN} gap-5",
            ),
            rx.el.div(
                product_picture(lang),
                _place(lang),
                rx.fragment() if is_new else stock_history(lang),
                class_name=f"{_COLUMN} content-start gap-5",
            ),
            class_name=f"{_COLUMN} items-start gap-5 xl:grid-cols-[minmax(0,1fr)_22rem]",
        ),
        _save_bar(lang, is_new=is_new),
        # A double click must not make two; saving the same twice is harmless.
        on_submit=ProductState.save.throttle(_SAME_PRESS_MS) if is_new else ProductState.save,
        no_validate=True,
        key=ITEM.draft,
        aria_label=t(lang, "admin_product.form"),
        custom_attrs={
            "data-draft": ITEM.draft,
            "data-base": ProductState.values.to_string(),
            # A picture on its way, or one that waits for its product, would be lost with the page.
            "data-pending": rx.cond(_PICTURE.is_busy | _PICTURE.is_kept, "1", rx.Var("undefined")),
        },
        class_name="group/form grid gap-5",
    )


def _texts(lang: Lang, *, is_new: bool) -> rx.Component:
    both = "grid gap-5 md:grid-cols-2"
    hint = t(lang, "admin_product.slug_hint_new" if is_new else "admin_product.slug_hint")
    return rx.el.section(
        rx.el.h2(t(lang, "admin_product.texts"), class_name="font-display text-xl"),
        rx.el.div(
            _field(lang, "name", required=True, max_length=200, on_blur=ProductState.propose),
            _field(lang, "name_en", max_length=200, lang_of="en"),
            class_name=both,
        ),
        _field(lang, "slug", required=not is_new, hint=hint, max_length=120, auto_capitalize="none"),
        rx.el.div(
            _field(lang, "description", make=text_area, rows="6", max_length=5000),
            _field(lang, "description_en", make=text_area, rows="6", max_length=5000, lang_of="en"),
            class_name=both,
        ),
        class_name="card grid gap-5 p-5",
    )


def _place(lang: Lang) -> rx.Component:
    options = rx.foreach(
        ProductState.categories, lambda one: rx.el.option(one.name_en if lang == "en" else one.name, value=one.slug)
    )
    return rx.el.section(
        rx.el.div(
            select(
                "category",
                label=t(lang, "admin_product.category"),
                options=[],
                more=options,
                error=error_of(ProductState.errors, "category"),
                default_value=ProductState.values["category"],
                on_change=mended("category"),
                key=ProductState.categories.length(),
            ),
            rx.cond(ProductState.conflicts.contains("category"), theirs(lang, "category"), rx.fragment()),
            class_name="grid gap-2",
        ),
        _boxes(lang, "allergens"),
        _boxes(lang, "occasions", hint=t(lang, "admin_product.occasions_hint")),
        class_name="card grid gap-5 p-5",
    )


def _boxes(lang: Lang, field: str, hint: str = "") -> rx.Component:
    kind, prefix = BOXES[field]
    return rx.el.fieldset(
        rx.el.legend(t(lang, f"admin_product.{field}"), class_name="mb-2 font-semibold"),
        rx.el.p(hint, class_name="-mt-1 mb-2 text-sm text-muted") if hint else rx.fragment(),
        rx.el.div(
            *[_box(lang, prefix, one.value) for one in kind],
            id=field,
            tab_index=-1,
            class_name="flex flex-wrap gap-2",
        ),
        rx.cond(ProductState.conflicts.contains(field), theirs(lang, field), rx.fragment()),
    )


def _box(lang: Lang, prefix: str, value: str) -> rx.Component:
    name = f"{prefix}-{value}"
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=name,
            default_checked=ProductState.values[name] == "1",
            class_name="size-4 accent-(--accent)",
        ),
        t(lang, f"product.{prefix}_{value}"),
        class_name="inline-flex min-h-11 items-center gap-2 rounded-full border border-line px-3.5 text-[0.9375rem] "
        "has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-3 "
        "has-focus-visible:outline-accent lg:min-h-9",
    )


def _field(lang: Lang, name: str, *, make: Any = field, lang_of: str = "vi", **props: Any) -> rx.Component:
    return rx.el.div(
        make(
            name,
            label=t(lang, f"admin_product.{name}"),
            error=error_of(ProductState.errors, name),
            default_value=ProductState.values[name],
            on_change=mended(name),
            auto_complete="off",
            lang=lang_of,
            **props,
        ),
        rx.cond(ProductState.conflicts.contains(name), theirs(lang, name), rx.fragment()),
        class_name="grid content-start gap-2",
    )


def _restored(lang: Lang) -> rx.Component:
    return rx.el.div(
        icon("clock", 22, "text-honey"),
        rx.el.p(ProductState.restored, class_name="grow font-medium"),
        button(t(lang, "admin_product.discard"), kind="secondary", class_name="btn-sm", on_click=ProductState.discard),
        role="status",
        class_name="flex flex-wrap items-center gap-3 rounded-2xl bg-honey-soft px-4 py-3 text-ink",
    )


def _save_bar(lang: Lang, *, is_new: bool) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            t(lang, "admin_product.nothing_unsaved"),
            class_name="mr-auto text-sm text-muted group-data-[unsaved]/form:hidden",
        )
        if not is_new
        else rx.fragment(),
        rx.el.p(
            t(lang, "admin_product.unsaved"),
            class_name="mr-auto hidden text-sm font-semibold text-honey group-data-[unsaved]/form:block",
        ),
        button(
            t(lang, "admin_product.discard"),
            kind="quiet",
            class_name="btn-sm hidden group-data-[unsaved]/form:inline-flex",
            on_click=ProductState.discard,
        ),
        submit(
            t(lang, "admin_product.create" if is_new else "admin_product.save"),
            busy=(ProductState.is_saving | _PICTURE.is_busy) if is_new else ProductState.is_saving,
            class_name="btn-sm min-w-28",
        ),
        class_name="sticky bottom-[calc(4rem+env(safe-area-inset-bottom))] z-10 flex items-center justify-end gap-3 "
        "rounded-2xl border border-line bg-surface/95 px-4 py-3 shadow-lift backdrop-blur-sm lg:bottom-4",
    )


def leave_dialog(lang: Lang) -> rx.Component:
    """Return what asks before a page is left with something unsaved."""
    return dialog(
        LEAVE_DIALOG,
        title=t(lang, "admin_product.leave_title"),
        text=t(lang, "admin_product.leave_text"),
        actions=[
            close_button(lang, LEAVE_DIALOG, t(lang, "admin_product.stay")),
            button(t(lang, "admin_product.leave"), on_click=rx.call_script(LEAVE)),
        ],
    )
