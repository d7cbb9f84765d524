"""The catalogue as a file: written out, and read back in after a look at what it would do."""

import reflex as rx

from storefront.components.admin.file_input import file_input
from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.components.admin.status import badge
from storefront.components.admin.table import Column, data_table
from storefront.components.buttons import button, spinner
from storefront.components.counts import counted
from storefront.components.icons import icon
from storefront.components.links import anchor, link
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.staff_routes import EXPORT_PATH
from storefront.state.admin.catalogue_import import (
    FIELD,
    MAX_BYTES,
    RESULT_ID,
    ChangeRow,
    ImportState,
    ProblemRow,
)
from storefront.state.admin.products import PATH as PRODUCTS

SHEET = ImportState.sheet
_HINT = "import-hint"


def catalogue_import(lang: Lang) -> rx.Component:
    """Return the page of import and export in a language."""
    return admin_page(
        lang,
        "import",
        page_header(t(lang, "admin_import.title"), lead=t(lang, "admin_import.lead")),
        rx.el.div(_export(lang), _file(lang), class_name="grid items-stretch gap-4 lg:grid-cols-2"),
        rx.el.div(
            rx.cond(SHEET.trouble != "", _trouble(lang), rx.fragment()),
            rx.match(
                SHEET.step,
                ("checked", _checked(lang)),
                ("done", _done(lang)),
                rx.fragment(),
            ),
            id=RESULT_ID,
            tab_index=-1,
            aria_live="polite",
            class_name="mt-5 grid scroll-mt-20 gap-4 rounded-2xl",
        ),
    )


def _export(lang: Lang) -> rx.Component:
    return rx.el.section(
        rx.el.h2(t(lang, "admin_import.export"), class_name="font-display text-xl"),
        rx.el.p(t(lang, "admin_import.export_text"), class_name="grow text-muted"),
        anchor(
            icon("download", 18),
            t(lang, "admin_import.export_button"),
            href=EXPORT_PATH,
            download=True,
            class_name="btn btn-secondary btn-sm w-fit",
        ),
        class_name="card flex flex-col gap-3 p-5",
    )


def _file(lang: Lang) -> rx.Component:
    return rx.el.section(
        rx.el.h2(t(lang, "admin_import.import"), class_name="font-display text-xl"),
        file_input(
            FIELD,
            rx.el.div(
                rx.cond(SHEET.is_busy, spinner(True), icon("upload", 24, "text-muted")),
                rx.el.div(
                    rx.el.p(
                        rx.cond(SHEET.name != "", SHEET.name, t(lang, "admin_import.drop")),
                        class_name="font-semibold break-all",
                    ),
                    rx.el.p(
                        rx.cond(
                            SHEET.is_busy,
                            rx.cond(
                                SHEET.percent < 100,
                                t(lang, "admin_product.sending", percent=SHEET.percent),
                                t(lang, "admin_import.reading"),
                            ),
                            rx.cond(
                                SHEET.name != "", t(lang, "admin_import.another"), t(lang, "admin_product.or_choose")
                            ),
                        ),
                        role="status",
                        class_name="text-sm text-muted",
                    ),
                ),
                class_name="flex items-center gap-4 p-5",
            ),
            accept=".csv,text/csv",
            most_bytes=MAX_BYTES,
            label=t(lang, "admin_import.choose"),
            described_by=_HINT,
            on_begin=ImportState.begin,
            on_file=ImportState.take,
            on_progress=ImportState.advance.throttle(200),
            busy=SHEET.is_busy,
            class_name="flex grow items-center rounded-2xl border-2 border-dashed border-line-strong bg-sunk "
            "hover:border-accent",
        ),
        rx.el.p(t(lang, "admin_import.hint"), id=_HINT, class_name="text-sm text-muted"),
        class_name="card flex flex-col gap-3 p-5",
    )


def _trouble(lang: Lang) -> rx.Component:
    return rx.el.div(
        icon("alert", 22, "mt-0.5 text-honey"),
        rx.el.p(SHEET.trouble, class_name="grow font-medium"),
        rx.cond(
            (SHEET.name != "") & (SHEET.step != "done"),
            button(
                t(lang, "admin_import.look_again"),
                kind="secondary",
                class_name="btn-sm",
                on_click=ImportState.look_again,
                disabled=SHEET.is_busy,
            ),
            rx.fragment(),
        ),
        role="alert",
        class_name="flex flex-wrap gap-3 rounded-2xl bg-honey-soft px-4 py-3.5 text-ink",
    )


def _checked(lang: Lang) -> rx.Component:
    return rx.fragment(
        rx.cond(
            SHEET.problem_count > 0,
            _problems(lang),
            rx.el.section(
                rx.el.h2(t(lang, "admin_import.would"), class_name="font-display text-xl"),
                _counts(lang),
                rx.cond(
                    SHEET.can_apply,
                    rx.el.div(
                        rx.el.p(t(lang, "admin_import.nothing_yet"), class_name="grow text-sm text-muted"),
                        button(
                            spinner(SHEET.is_busy),
                            t(lang, "admin_import.apply"),
                            class_name="btn-sm",
                            on_click=ImportState.apply,
                            disabled=SHEET.is_busy,
                            aria_busy=SHEET.is_busy,
                        ),
                        class_name="flex flex-wrap items-center gap-3",
                    ),
                    rx.el.p(t(lang, "admin_import.same"), class_name="text-muted"),
                ),
                class_name="card grid gap-4 p-5",
            ),
        ),
        rx.cond((SHEET.problem_count == 0) & (SHEET.changes.length() > 0), _changes(lang), rx.fragment()),
    )


def _done(lang: Lang) -> rx.Component:
    return rx.fragment(
        rx.el.section(
            rx.el.h2(
                icon("check", 24, "text-leaf"),
                t(lang, "admin_import.done"),
                class_name="flex items-center gap-2 font-display text-xl",
            ),
            _counts(lang),
            link(
                t(lang, "admin_stock.to_products"),
                to=href(lang, PRODUCTS),
                class_name="btn btn-secondary btn-sm w-fit",
            ),
            class_name="card grid gap-4 p-5",
        ),
        _changes(lang),
    )


def _counts(lang: Lang) -> rx.Component:
    return rx.el.dl(
        *[
            rx.el.div(
                rx.el.dt(t(lang, f"admin_import.{name}"), class_name="text-sm text-muted"),
                rx.el.dd(counted(lang, count), class_name="font-display text-2xl tabular-nums"),
            )
            for name, count in (
                ("created", SHEET.created),
                ("changed", SHEET.changed),
                ("unchanged", SHEET.unchanged),
            )
        ],
        class_name="flex flex-wrap gap-x-10 gap-y-3",
    )


def _problems(lang: Lang) -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.h2(
                t(lang, "admin_import.problems", count=counted(lang, SHEET.problem_count)),
                class_name="flex items-center gap-2 font-display text-xl",
            ),
            rx.el.p(t(lang, "admin_import.problems_text"), class_name="mt-1 text-muted"),
        ),
        data_table(
            caption=t(lang, "admin_import.problems", count=counted(lang, SHEET.problem_count)),
            columns=[
                Column(
                    t(lang, "admin_import.line"),
                    lambda row: rx.cond(row.line != "", row.line, t(lang, "admin_import.whole_file")),
                    heads=True,
                ),
                Column(t(lang, "admin_import.column"), lambda row: rx.cond(row.column != "", row.column, "–")),
                Column(t(lang, "admin_import.value"), _value),
                Column(t(lang, "admin_import.what_to_do"), lambda row: rx.el.span(row.text)),
            ],
            rows=SHEET.problems,
            key=lambda row: row.key,
        ),
        rx.cond(
            SHEET.problem_count > SHEET.problems.length(),
            rx.el.p(
                t(
                    lang,
                    "admin_shell.shown_of",
                    shown=SHEET.problems.length(),
                    total=counted(lang, SHEET.problem_count),
                ),
                class_name="text-sm text-muted",
            ),
            rx.fragment(),
        ),
    )


def _value(row: rx.Var[ProblemRow]) -> rx.Component:
    return rx.cond(
        row.value != "",
        rx.el.code(row.value, class_name="rounded bg-sunk px-1.5 py-0.5 text-sm break-all"),
        rx.el.span("–"),
    )


def _changes(lang: Lang) -> rx.Component:
    def fields(row: rx.Var[ChangeRow]) -> rx.Component:
        return rx.el.ul(
            rx.foreach(
                row.fields,
                lambda field: rx.el.li(
                    rx.cond(field.is_emptied, icon("alert", 16, "mr-1 inline text-honey"), rx.fragment()),
                    field.text,
                    class_name=rx.cond(field.is_emptied, "break-words font-semibold", "break-words"),
                ),
            ),
            class_name="grid gap-0.5 text-sm",
        )

    return rx.fragment(
        data_table(
            caption=t(lang, "admin_import.changes"),
            columns=[
                Column(
                    t(lang, "admin_products.product"),
                    lambda row: rx.el.div(
                        rx.el.span(row.name, class_name="block"),
                        rx.el.span(row.slug, class_name="block text-sm font-normal text-muted break-all"),
                    ),
                    heads=True,
                ),
                Column(
                    t(lang, "admin_import.action"),
                    lambda row: rx.cond(
                        row.is_new,
                        badge(t(lang, "admin_import.is_new"), "good"),
                        badge(t(lang, "admin_import.is_changed")),
                    ),
                ),
                Column(t(lang, "admin_import.changes"), fields),
            ],
            rows=SHEET.changes,
            key=lambda row: row.slug,
        ),
        rx.cond(
            SHEET.more_changes > 0,
            rx.el.p(
                t(lang, "admin_import.more_changes", count=counted(lang, SHEET.more_changes)),
                class_name="text-sm text-muted",
            ),
            rx.fragment(),
        ),
    )


PAGE = AdminPage(
    key="admin_import",
    path="/admin/import",
    build=catalogue_import,
    section="import",
    on_load=(ImportState.load,),
)
