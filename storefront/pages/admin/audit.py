"""The audit log: who did what, when, and what it was before."""

import reflex as rx

from storefront.components.admin.filters import choice, clear_link, filter_bar, period_fields, search_box
from storefront.components.admin.layout import admin_page
from storefront.components.admin.page_header import page_header
from storefront.components.admin.states import list_states, nothing, nothing_matches
from storefront.components.admin.status import badge_of
from storefront.components.buttons import button, spinner
from storefront.components.icons import icon
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.pages.admin.base import AdminPage
from storefront.state.admin.audit import PATH, AuditState, Person
from storefront.state.admin.audit_view import PATHS, Difference, EntryView


def audit(lang: Lang) -> rx.Component:
    """Return the audit log in a language."""
    clear = clear_link(lang, to=href(lang, PATH), shown=AuditState.is_filtered)
    return admin_page(
        lang,
        "audit",
        page_header(t(lang, "admin_shell.audit"), lead=t(lang, "admin_audit.lead")),
        _filters(lang, clear),
        _down(lang),
        list_states(
            lang,
            _entries(lang),
            is_loaded=AuditState.is_loaded,
            is_empty=AuditState.entries.length() == 0,
            is_unreachable=AuditState.is_unreachable,
            retry=AuditState.retry,
            empty=rx.cond(
                AuditState.is_filtered,
                nothing_matches(lang, clear),
                nothing(t(lang, "admin_audit.empty_title"), t(lang, "admin_audit.empty_text")),
            ),
        ),
    )


def _filters(lang: Lang, clear: rx.Component) -> rx.Component:
    query, anybody = AuditState.query, t(lang, "admin_shell.any")
    return filter_bar(
        lang,
        search_box(lang, value=query.q, on_search=AuditState.search, hint=t(lang, "admin_audit.search_hint")),
        choice(
            "who",
            label=t(lang, "admin_audit.who"),
            value=rx.cond(query.who > 0, query.who.to_string(), ""),
            options=[("", anybody)],
            more=rx.foreach(AuditState.people, _person),
            on_change=lambda value: AuditState.filter("who", value),
        ),
        choice(
            "subject",
            label=t(lang, "admin_audit.subject"),
            value=query.subject,
            options=[("", anybody), *[(name, t(lang, f"admin_audit.subject_{name}")) for name in PATHS]],
            on_change=lambda value: AuditState.filter("subject", value),
        ),
        period_fields(lang, since=query.since, until=query.until, on_change=AuditState.filter),
        clear=clear,
    )


def _person(person: Person) -> rx.Component:
    return rx.el.option(person.name, value=person.id, key=person.id)


def _down(lang: Lang) -> rx.Component:
    return rx.cond(
        (AuditState.down.length() > 0) & ~AuditState.is_unreachable,
        rx.el.div(
            icon("alert", 20, "text-honey"),
            rx.el.p(t(lang, "admin_audit.down", services=AuditState.down.join(", ")), class_name="grow"),
            button(t(lang, "shell.retry"), kind="secondary", class_name="btn-sm", on_click=AuditState.load),
            role="status",
            class_name="mb-4 flex flex-wrap items-center gap-3 rounded-2xl bg-honey-soft px-4 py-3",
        ),
        rx.fragment(),
    )


def _entries(lang: Lang) -> rx.Component:
    return rx.fragment(
        rx.el.ol(
            rx.foreach(AuditState.entries, lambda entry: _entry(lang, entry)),
            aria_label=t(lang, "admin_shell.audit"),
            aria_busy=rx.cond(AuditState.is_busy, "true", "false"),
            class_name="card divide-y divide-line aria-busy:opacity-60",
        ),
        rx.cond(
            AuditState.after != "",
            rx.el.div(
                button(
                    spinner(AuditState.is_busy),
                    t(lang, "admin_shell.load_more"),
                    kind="secondary",
                    class_name="btn-sm",
                    on_click=AuditState.load_more,
                    disabled=AuditState.is_busy,
                ),
                class_name="mt-4 flex justify-center",
            ),
            rx.fragment(),
        ),
    )


def _entry(lang: Lang, entry: EntryView) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(entry.at, class_name="text-sm text-muted tabular-nums"),
            link(entry.who, to=entry.who_path, class_name="block w-fit max-w-full break-words text-sm hover:underline"),
            class_name="min-w-0 max-md:flex max-md:flex-wrap max-md:gap-x-3",
        ),
        rx.el.div(
            rx.el.div(
                badge_of(entry.action, entry.tone),
                rx.cond(
                    entry.path != "",
                    link(entry.label, to=entry.path, class_name="min-w-0 break-words font-semibold hover:underline"),
                    rx.el.span(entry.label, class_name="min-w-0 break-words font-semibold"),
                ),
                class_name="flex flex-wrap items-center gap-x-3 gap-y-1",
            ),
            rx.cond(
                entry.differences.length() > 0,
                rx.el.dl(
                    rx.foreach(entry.differences, lambda one: _difference(lang, one)),
                    class_name="mt-1.5 grid gap-1 text-[0.9375rem]",
                ),
                rx.fragment(),
            ),
            class_name="min-w-0",
        ),
        key=entry.id,
        class_name="grid gap-x-6 gap-y-1.5 px-4 py-3 md:grid-cols-[11rem_minmax(0,1fr)] sm:px-5",
    )


def _difference(lang: Lang, one: Difference) -> rx.Component:
    return rx.el.div(
        rx.el.dt(one.name, class_name="shrink-0 text-muted"),
        rx.el.dd(
            rx.cond(
                one.before != "",
                rx.el.del_(
                    rx.el.span(t(lang, "admin_audit.before"), ": ", class_name="sr-only"),
                    one.before,
                    class_name="whitespace-pre-line break-words text-muted decoration-line-strong",
                ),
                rx.fragment(),
            ),
            rx.cond((one.before != "") & (one.after != ""), icon("arrow", 16, "mx-2 inline text-muted"), ""),
            rx.cond(
                one.after != "",
                rx.el.ins(
                    rx.el.span(t(lang, "admin_audit.after"), ": ", class_name="sr-only"),
                    one.after,
                    class_name="whitespace-pre-line break-words font-medium no-underline",
                ),
                rx.fragment(),
            ),
            class_name="min-w-0 max-h-40 overflow-y-auto",
        ),
        key=one.name,
        class_name="grid gap-x-4 sm:grid-cols-[9rem_minmax(0,1fr)]",
    )


PAGE = AdminPage(key="admin_audit", path=PATH, build=audit, section="audit", on_load=[AuditState.load])
