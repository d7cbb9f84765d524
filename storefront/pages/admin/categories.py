"""The categories, in the order in which the shop shows them."""

import reflex as rx

from storefront.components.admin.dialog import close_button, dialog
from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.components.admin.states import list_states, nothing
from storefront.components.buttons import button, submit
from storefront.components.counts import counted
from storefront.components.form_notices import error_of
from storefront.components.forms import field
from storefront.components.icons import icon
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.state.admin.categories import DELETE_DIALOG, MOVED, NEW, PATH, CategoriesState, CategoryRow
from storefront.state.admin.products import PATH as PRODUCTS
from storefront.state.admin.reordering import SET_UP


def categories(lang: Lang) -> rx.Component:
    """Return the page of the categories in a language."""
    state = CategoriesState
    return admin_page(
        lang,
        "categories",
        rx.el.div(
            page_header(
                t(lang, "admin_shell.categories"),
                button(
                    icon("plus", 18),
                    t(lang, "admin_categories.new"),
                    id="new-category",
                    class_name="btn-sm",
                    on_click=state.edit(NEW),
                ),
                lead=t(lang, "admin_categories.lead"),
            ),
            rx.el.p(state.said, role="status", class_name="sr-only"),
            # What is dragged is told here; see `storefront.state.admin.reordering`.
            rx.el.input(id=MOVED, on_change=state.drop, tab_index=-1, aria_hidden="true", class_name="sr-only"),
            rx.cond(state.editing == NEW, rx.el.div(_form(lang), class_name="card mb-3 p-4"), rx.fragment()),
            list_states(
                lang,
                rx.el.ol(
                    rx.foreach(state.rows, lambda row: _row(lang, row)),
                    custom_attrs={"data-reorder": MOVED},
                    class_name="grid gap-2",
                ),
                is_loaded=state.is_loaded,
                is_empty=state.rows.length() == 0,
                is_unreachable=state.is_unreachable,
                retry=state.retry,
                empty=nothing(t(lang, "admin_categories.none_title"), t(lang, "admin_categories.none_text")),
            ),
            class_name="max-w-3xl",
        ),
        dialog(
            DELETE_DIALOG,
            title=t(lang, "admin_categories.delete_title", name=state.doomed),
            text=t(lang, "admin_categories.delete_text"),
            actions=[
                close_button(lang, DELETE_DIALOG),
                button(t(lang, "admin_categories.delete"), on_click=state.delete),
            ],
        ),
    )


def _row(lang: Lang, row: rx.Var[CategoryRow]) -> rx.Component:
    first, second = (row.name_en, row.name) if lang == "en" else (row.name, row.name_en)
    name = rx.cond(first != "", first, row.name)
    return rx.el.li(
        rx.cond(
            CategoriesState.editing == row.id,
            _form(lang, row),
            rx.el.div(
                rx.el.span(
                    icon("grip", 20),
                    aria_hidden="true",
                    title=t(lang, "admin_categories.drag"),
                    custom_attrs={"data-grip": "1"},
                    class_name="flex h-11 w-8 shrink-0 cursor-grab touch-none items-center justify-center text-muted "
                    "active:cursor-grabbing",
                ),
                rx.el.div(
                    rx.el.p(name, class_name="font-semibold break-words"),
                    rx.el.p(second, class_name="text-sm text-muted break-words"),
                    class_name="min-w-0 grow",
                ),
                link(
                    t(lang, "admin_products.count", count=counted(lang, row.count)),
                    to=href(lang, PRODUCTS) + "?category=" + row.slug,
                    class_name="text-link hidden shrink-0 text-sm sm:inline",
                ),
                rx.el.div(
                    _step(lang, row, -1, name),
                    _step(lang, row, 1, name),
                    rx.el.button(
                        icon("edit", 18),
                        id="edit-" + row.id.to_string(),
                        type="button",
                        aria_label=t(lang, "admin_categories.rename_of", name=name),
                        title=t(lang, "admin_categories.rename"),
                        on_click=CategoriesState.edit(row.id),
                        class_name="icon-btn",
                    ),
                    rx.el.button(
                        icon("trash", 18),
                        type="button",
                        aria_label=t(lang, "admin_categories.delete_of", name=name),
                        title=t(lang, "admin_categories.delete"),
                        on_click=CategoriesState.ask_delete(row.id, name),
                        class_name="icon-btn",
                    ),
                    class_name="flex shrink-0",
                ),
                class_name="flex items-center gap-2",
            ),
        ),
        key=row.id,
        custom_attrs={"data-row": row.id},
        class_name="card relative py-2 pl-1 pr-2 transition-transform data-[dragged]:z-10 data-[dragged]:shadow-lift "
        "data-[dragged]:transition-none",
    )


def _step(lang: Lang, row: rx.Var[CategoryRow], by: int, name: rx.Var[str]) -> rx.Component:
    sign, is_end = ("up", row.is_first) if by < 0 else ("down", row.is_last)
    return rx.el.button(
        icon(sign, 18),
        id=f"{sign}-" + row.id.to_string(),
        type="button",
        aria_label=t(lang, f"admin_categories.{sign}_of", name=name),
        title=t(lang, f"admin_categories.{sign}"),
        # Not disabled at the end: the focus would be lost there.
        aria_disabled=rx.cond(is_end, "true", "false"),
        on_click=CategoriesState.move(row.id, by),
        class_name="icon-btn aria-disabled:opacity-35",
    )


def _form(lang: Lang, row: rx.Var[CategoryRow] | None = None) -> rx.Component:
    return rx.el.form(
        rx.el.div(
            field(
                "category-name",
                label=t(lang, "admin_categories.name"),
                required=True,
                default_value=row.name if row is not None else "",
                error=error_of(CategoriesState.errors, "category-name"),
                max_length=200,
                auto_complete="off",
                lang="vi",
            ),
            field(
                "category-name_en",
                label=t(lang, "admin_categories.name_en"),
                default_value=row.name_en if row is not None else "",
                error=error_of(CategoriesState.errors, "category-name_en"),
                max_length=200,
                auto_complete="off",
                lang="en",
            ),
            class_name="grid gap-4 sm:grid-cols-2",
        ),
        rx.el.div(
            button(
                t(lang, "admin_shell.cancel"), kind="secondary", class_name="btn-sm", on_click=CategoriesState.edit(0)
            ),
            submit(
                t(lang, "admin_categories.save" if row is not None else "admin_categories.create"),
                busy=CategoriesState.is_busy,
                class_name="btn-sm",
            ),
            class_name="mt-4 flex justify-end gap-3",
        ),
        on_submit=CategoriesState.save.throttle(500),
        no_validate=True,
        class_name="p-2",
    )


PAGE = AdminPage(
    key="admin_categories",
    path=PATH,
    build=categories,
    section="categories",
    on_load=(CategoriesState.load, rx.call_script(SET_UP)),
)
