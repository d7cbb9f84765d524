"""How the shop runs: every process, live; what is wrong, and what to do about it."""

import reflex as rx

from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.components.admin.runbooks import runbook_list, runbook_opener
from storefront.components.admin.states import loading_rows
from storefront.components.admin.status import TONES
from storefront.components.icons import icon
from storefront.i18n import Lang, t
from storefront.pages.admin.base import AdminPage
from storefront.state.admin.monitoring import MonitoringState
from storefront.state.admin.monitoring_view import CURVE_HEIGHT, CURVE_WIDTH, Fact, Finding, ProcessView


def monitoring(lang: Lang) -> rx.Component:
    """Return the monitoring page in a language."""
    picture = MonitoringState.picture
    return admin_page(
        lang,
        "monitoring",
        page_header(t(lang, "admin_shell.monitoring"), lead=t(lang, "admin_monitoring.lead")),
        # Not the verdict below: its figures change every few seconds, and each time it would be read out.
        rx.el.p(picture.told, role="status", class_name="sr-only"),
        rx.cond(
            picture.processes.length() > 0,
            rx.fragment(
                _as_of(lang),
                _verdict(lang),
                rx.el.div(
                    rx.foreach(picture.processes, lambda process: _process(lang, process)),
                    class_name="mt-4 grid gap-4 xl:grid-cols-2",
                ),
            ),
            loading_rows(lang, 6),
        ),
        runbook_list(lang),
    )


def _as_of(lang: Lang) -> rx.Component:
    """Return when the figures were true. Each picture puts it there anew; one that stays 10 s is the last for now."""
    as_of = MonitoringState.picture.as_of
    return rx.el.p(
        as_of,
        rx.el.span(
            icon("alert", 14),
            t(lang, "admin_monitoring.old"),
            class_name=f"{TONES['warn']} invisible animate-[appear_1ms_10s_forwards]",
        ),
        key=as_of,
        class_name="mb-2 flex flex-wrap items-center gap-x-3 text-[0.8125rem] text-muted tabular-nums",
    )


def _verdict(lang: Lang) -> rx.Component:
    picture = MonitoringState.picture

    def entry(finding: Finding) -> rx.Component:
        return rx.el.li(
            rx.el.span(finding.text, class_name="grow font-semibold"),
            runbook_opener(lang, finding.runbook, finding.text),
            key=finding.key,
            class_name="flex flex-wrap items-center gap-x-4 gap-y-1",
        )

    def verdict(tone: str, ink: str, ground: str) -> rx.Component:
        return rx.el.div(
            icon("alert", 24, f"mt-0.5 {ink}"),
            rx.el.div(
                rx.el.h2(t(lang, f"admin_monitoring.tone_{tone}"), class_name=f"text-lg {ink}"),
                rx.el.ul(rx.foreach(picture.findings, entry), class_name="mt-1 grid gap-1"),
                class_name="min-w-0 grow",
            ),
            class_name=f"{look} text-ink {ground}",
        )

    look = "flex items-start gap-3 rounded-2xl px-4 py-3.5 sm:px-5"
    return rx.match(
        picture.tone,
        ("bad", verdict("bad", "text-accent", "bg-accent-soft")),
        ("warn", verdict("warn", "text-honey", "bg-honey-soft")),
        rx.el.div(
            icon("check", 24, "text-leaf"),
            rx.el.h2(t(lang, "admin_monitoring.tone_good"), class_name="text-lg text-leaf"),
            class_name=f"{look} items-center bg-leaf-soft",
        ),
    )


def _process(lang: Lang, process: ProcessView) -> rx.Component:
    look = "card p-4 sm:p-5"
    return rx.el.section(
        rx.el.div(
            rx.el.h2(process.title, id=f"process-{process.name}", class_name="font-display text-xl"),
            rx.el.span(
                rx.cond(process.health == "up", icon("check", 14), icon("alert", 14)),
                process.health_text,
                class_name=rx.match(
                    process.health, ("up", TONES["good"]), ("warn", TONES["warn"]), ("down", _DOWN), TONES["bad"]
                ),
            ),
            class_name="flex flex-wrap items-center justify-between gap-x-4 gap-y-1",
        ),
        rx.el.dl(
            rx.foreach(process.facts, _fact),
            class_name="mt-3 grid grid-cols-2 gap-x-4 gap-y-2.5 sm:grid-cols-3",
        ),
        rx.cond(process.curve != "", _curve(process), rx.fragment()),
        key=process.name,
        aria_labelledby=f"process-{process.name}",
        custom_attrs={"data-process": process.name, "data-health": process.health},
        class_name=rx.cond(process.health == "down", f"{look} border-accent", look),
    )


_DOWN = TONES["bad"].replace("bg-accent-soft text-accent", "bg-accent text-on-accent")


def _fact(fact: Fact) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.title, class_name="text-[0.8125rem] text-muted"),
        rx.el.dd(fact.value, class_name="font-semibold tabular-nums break-words"),
        key=fact.title,
    )


def _curve(process: ProcessView) -> rx.Component:
    return rx.el.figure(
        rx.el.svg(
            rx.el.svg.polyline(points=process.curve, custom_attrs={"vectorEffect": "non-scaling-stroke"}),
            view_box=f"0 0 {CURVE_WIDTH} {CURVE_HEIGHT}",
            aria_hidden="true",
            custom_attrs={"preserveAspectRatio": "none"},
            class_name="h-10 w-full border-b border-line fill-none stroke-accent stroke-[1.5]",
        ),
        rx.el.figcaption(process.curve_text, class_name="mt-1 text-[0.8125rem] text-muted"),
        class_name="mt-4 border-t border-line pt-3",
    )


PAGE = AdminPage(
    key="admin_monitoring",
    path="/admin/monitoring",
    build=monitoring,
    section="monitoring",
    on_load=[MonitoringState.load],
)
