"""What customers do: figures, funnel, revenue, sellers, cohorts, searches and missed demand of a period."""

from typing import Any

import reflex as rx

from shopkit.contracts.reports import Segment
from storefront.components.admin.charts import Series, bar_chart, behind
from storefront.components.admin.figures import comparison
from storefront.components.admin.filters import filter_bar, period_fields, tabs
from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.components.admin.states import nothing
from storefront.components.feedback import skeleton, trouble
from storefront.components.icons import icon
from storefront.components.links import anchor, link
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.state.admin.analytics import PATH, AnalyticsState
from storefront.state.admin.analytics_query import LENGTHS, USUAL
from storefront.state.admin.analytics_view import Cell, Cohort, Figure, Row, Step

_CARD = "card min-w-0 p-4 sm:p-5"
_TITLE = "font-display text-xl"


def analytics(lang: Lang) -> rx.Component:
    """Return the page in a language."""
    view = AnalyticsState.view
    return admin_page(
        lang,
        "analytics",
        page_header(t(lang, "admin_shell.analytics"), lead=view.lead),
        filter_bar(
            lang,
            _periods(lang),
            period_fields(
                lang,
                since=AnalyticsState.query.since,
                until=AnalyticsState.query.until,
                on_change=AnalyticsState.choose_day,
            ),
        ),
        rx.cond(
            AnalyticsState.is_unreachable,
            rx.el.div(trouble(lang, retry=AnalyticsState.load), class_name="mb-4"),
            rx.fragment(),
        ),
        rx.cond(
            AnalyticsState.is_off,
            nothing(t(lang, "admin_analytics.off_title"), t(lang, "admin_analytics.off_text")),
            rx.cond(
                AnalyticsState.is_loaded,
                _content(lang),
                rx.cond(AnalyticsState.is_unreachable, rx.fragment(), _shapes(lang)),
            ),
        ),
    )


def _periods(lang: Lang) -> rx.Component:
    def entry(days: str) -> tuple[Any, Any, Any]:
        to = href(lang, PATH if days == USUAL else f"{PATH}?days={days}")
        is_on = (AnalyticsState.query.days == days) & ~AnalyticsState.is_own_period
        return t(lang, f"admin_analytics.days_{days}"), to, is_on

    return tabs(t(lang, "admin_analytics.period"), [entry(days) for days in LENGTHS])


def _content(lang: Lang) -> rx.Component:
    return rx.fragment(
        rx.cond(
            AnalyticsState.view.is_empty,
            rx.el.p(t(lang, "admin_analytics.empty"), role="status", class_name="card mb-4 p-4 text-muted"),
            rx.fragment(),
        ),
        rx.el.section(
            rx.el.h2(t(lang, "admin_analytics.figures"), class_name="sr-only"),
            rx.el.dl(
                rx.foreach(AnalyticsState.view.figures, lambda figure: _figure(lang, figure)),
                class_name="grid grid-cols-2 gap-3 sm:gap-4 md:grid-cols-3 xl:grid-cols-5 "
                "max-md:[&>:first-child]:col-span-2",
            ),
        ),
        rx.el.div(_funnel(lang), _days(lang), class_name="mt-4 grid items-start gap-4 xl:grid-cols-2"),
        rx.el.div(
            _list(lang, "sellers", "best_sellers", AnalyticsState.view.sellers, bars=True),
            _list(lang, "categories", "category_performance", AnalyticsState.view.categories, bars=True),
            class_name="mt-4 grid items-start gap-4 xl:grid-cols-2",
        ),
        _cohorts(lang),
        rx.el.div(
            _list(lang, "searches", "searches", AnalyticsState.view.searches),
            _list(lang, "missed", "demand_missed", AnalyticsState.view.missed),
            _list(lang, "returned", "customers", AnalyticsState.view.returned),
            _segments(lang),
            class_name="mt-4 grid items-start gap-4 lg:grid-cols-2",
        ),
    )


def _explained(lang: Lang, key: Any, title: Any, text: Any) -> rx.Component:
    """Return a small button that says what is counted, on hover and when pressed."""
    box = rx.Var.create("means-") + key if isinstance(key, rx.Var) else f"means-{key}"
    return rx.fragment(
        rx.el.button(
            "?",
            type="button",
            title=text,
            aria_label=rx.Var.create(t(lang, "admin_analytics.means")) + ": " + title,
            custom_attrs={"popoverTarget": box},
            class_name="inline-grid size-6 shrink-0 place-items-center rounded-full border border-line-strong text-xs "
            "font-semibold text-muted hover:bg-sunk hover:text-ink max-lg:size-8",
        ),
        rx.el.div(
            text,
            id=box,
            custom_attrs={"popover": "auto"},
            class_name="m-auto max-w-sm rounded-xl border border-line bg-surface p-4 text-base font-normal text-ink "
            "shadow-lift",
        ),
    )


def _figure(lang: Lang, figure: Figure) -> rx.Component:
    return rx.el.div(
        rx.el.dt(
            figure.title,
            _explained(lang, figure.key, figure.title, figure.explained),
            class_name="flex items-center justify-between gap-2 text-sm font-semibold text-muted",
        ),
        rx.el.dd(
            rx.cond(figure.path != "", link(figure.value, to=figure.path, class_name="hover:underline"), figure.value),
            class_name="mt-1 font-display text-2xl leading-tight tabular-nums",
        ),
        *comparison(figure),
        key=figure.key,
        class_name=_CARD,
    )


def _head(lang: Lang, key: str, report: str) -> rx.Component:
    title = t(lang, f"admin_analytics.{key}")
    return rx.el.div(
        rx.el.div(
            rx.el.h2(title, class_name=_TITLE),
            _explained(lang, key, title, t(lang, f"admin_analytics.{key}_means")),
            class_name="flex items-center gap-2",
        ),
        anchor(
            icon("download", 16),
            "CSV",
            href=f"/staff/reports/{report}.csv?from=" + AnalyticsState.view.since + "&to=" + AnalyticsState.view.until,
            aria_label=f"CSV: {title}",
            custom_attrs={"download": True},
            class_name="inline-flex min-h-9 items-center gap-1 text-sm font-semibold text-muted hover:underline",
        ),
        class_name="flex items-center justify-between gap-3",
    )


def _funnel(lang: Lang) -> rx.Component:
    def step(one: Step) -> rx.Component:
        return rx.el.li(
            rx.cond(
                one.drop != "",
                rx.el.p(icon("down", 14), one.drop, class_name="flex items-center gap-1 py-1 text-sm text-muted"),
                rx.fragment(),
            ),
            rx.el.div(
                rx.el.span(one.title, class_name="font-semibold"),
                rx.el.span(one.reached, " · ", one.percent, class_name="tabular-nums"),
                class_name="flex items-baseline justify-between gap-3",
            ),
            rx.el.div(
                rx.el.div(custom_attrs={"style": {"width": one.share}}, class_name="mx-auto h-9 rounded-lg bg-accent"),
                aria_hidden="true",
                class_name="mt-1 rounded-lg bg-sunk",
            ),
            key=one.key,
        )

    def unit(name: str) -> tuple[Any, Any, Any]:
        is_on = AnalyticsState.query.unit == name
        path = AnalyticsState.visit_path if name == "visit" else AnalyticsState.customer_path
        return t(lang, f"admin_analytics.unit_{name}"), path, is_on

    return rx.el.section(
        _head(lang, "funnel", "conversion_funnel"),
        tabs(t(lang, "admin_analytics.funnel"), [unit("visit"), unit("customer")], "mt-2"),
        rx.el.ol(rx.foreach(AnalyticsState.view.funnel, step), class_name="mt-3 grid gap-1"),
        class_name=_CARD,
    )


def _days(lang: Lang) -> rx.Component:
    view = AnalyticsState.view
    title = t(lang, "admin_analytics.days")
    columns = [
        ("name", t(lang, "admin_overview.day")),
        ("orders_text", t(lang, "admin_overview.orders")),
        ("revenue_text", t(lang, "admin_overview.revenue")),
    ]
    return rx.el.section(
        _head(lang, "days", "purchases"),
        rx.el.p(view.days_summary, class_name="mt-1 text-sm text-muted"),
        bar_chart(lang, view.days, [Series("revenue", t(lang, "admin_overview.revenue"))]),
        behind(lang, title, view.days, columns),
        class_name=_CARD,
    )


def _segments(lang: Lang) -> rx.Component:
    def tab(one: Segment) -> tuple[Any, Any, Any]:
        is_on = AnalyticsState.query.segment == one.value
        return t(lang, f"admin_analytics.segment_{one.value}"), AnalyticsState.segment_paths[one.value], is_on

    choice = tabs(t(lang, "admin_analytics.segments"), [tab(one) for one in Segment], "mt-2")
    return _list(lang, "segments", "customers", AnalyticsState.view.segment, choice)


def _list(
    lang: Lang,
    key: str,
    report: str,
    rows: rx.Var[list[Row]],
    choice: rx.Component | None = None,
    *,
    bars: bool = False,
) -> rx.Component:
    def entry(row: Row) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                link(row.name, to=row.path, class_name="min-w-0 font-semibold wrap-anywhere hover:underline"),
                rx.el.span(row.value, class_name="shrink-0 tabular-nums"),
                class_name="flex items-baseline justify-between gap-3",
            ),
            rx.el.div(
                rx.el.div(
                    rx.el.div(custom_attrs={"style": {"width": row.share}}, class_name="h-full rounded-full bg-accent"),
                    aria_hidden="true",
                    class_name="h-1.5 grow overflow-hidden rounded-full bg-sunk",
                )
                if bars
                else rx.fragment(),
                rx.el.span(row.note, class_name="shrink-0 text-sm text-muted tabular-nums"),
                class_name="mt-1 flex items-center gap-3",
            ),
            key=row.key,
        )

    return rx.el.section(
        _head(lang, key, report),
        choice or rx.fragment(),
        rx.cond(
            rows.length() > 0,
            rx.el.ol(rx.foreach(rows, entry), class_name="mt-3 grid gap-3"),
            rx.el.p(t(lang, f"admin_analytics.{key}_empty"), class_name="mt-2 text-muted"),
        ),
        class_name=_CARD,
    )


def _cohorts(lang: Lang) -> rx.Component:
    view = AnalyticsState.view
    head = "px-2 py-1.5 text-right text-sm font-semibold text-muted"

    def cell(one: Cell) -> rx.Component:
        shade = rx.Var.create("color-mix(in srgb, var(--accent) ") + (one.level * 0.4).to_string() + "%, transparent)"
        return rx.el.td(
            one.text,
            title=one.title,
            custom_attrs={"style": {"background": shade}},
            class_name="min-w-14 rounded-md px-2 py-2 text-right tabular-nums",
        )

    def cohort(one: Cohort) -> rx.Component:
        return rx.el.tr(
            rx.el.th(one.month, scope="row", class_name="px-2 py-2 text-left font-semibold whitespace-nowrap"),
            rx.el.td(one.size, class_name="px-2 py-2 text-right text-muted tabular-nums"),
            rx.foreach(one.cells, cell),
            key=one.month,
        )

    title = t(lang, "admin_analytics.cohorts")
    return rx.el.section(
        _head(lang, "cohorts", "cohort_retention"),
        rx.cond(
            view.cohorts.length() > 0,
            rx.el.div(
                rx.el.table(
                    rx.el.caption(title, class_name="sr-only"),
                    rx.el.thead(
                        rx.el.tr(
                            rx.el.th(
                                t(lang, "admin_analytics.cohort_month"), scope="col", class_name=f"{head} text-left"
                            ),
                            rx.el.th(t(lang, "admin_analytics.cohort_size"), scope="col", class_name=head),
                            rx.foreach(
                                view.cohort_months,
                                lambda number: rx.el.th("+", number, scope="col", class_name=head, key=number),
                            ),
                        )
                    ),
                    rx.el.tbody(rx.foreach(view.cohorts, cohort)),
                    class_name="border-separate border-spacing-1 text-sm",
                ),
                tab_index=0,
                role="region",
                aria_label=title,
                class_name="mt-3 overflow-x-auto",
            ),
            rx.el.p(t(lang, "admin_analytics.cohorts_empty"), class_name="mt-2 text-muted"),
        ),
        class_name=f"{_CARD} mt-4",
    )


def _shapes(lang: Lang) -> rx.Component:
    return rx.el.div(
        rx.el.p(t(lang, "admin_shell.loading"), role="status", class_name="sr-only"),
        rx.el.div(*[skeleton("h-32") for _ in range(5)], class_name="grid gap-4 sm:grid-cols-3 2xl:grid-cols-5"),
        rx.el.div(*[skeleton("h-80") for _ in range(2)], class_name="mt-4 grid gap-4 xl:grid-cols-2"),
    )


PAGE = AdminPage(
    key="admin_analytics",
    path=PATH,
    build=analytics,
    section="analytics",
    on_load=[AnalyticsState.load],
)
