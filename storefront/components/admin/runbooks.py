"""Runbooks in a page: each behind a disclosure, opened from what is wrong."""

import reflex as rx

from storefront.components.icons import icon
from storefront.i18n import Lang, t
from storefront.runbooks import Part, Piece, Runbook, runbooks

_OPEN = (
    "(e=>{e.open=true;e.querySelector('summary').focus();e.scrollIntoView({block:'start'})})"
    "(document.getElementById('runbook-"
)


def runbook_opener(lang: Lang, name: rx.Var[str] | str, about: rx.Var[str] | str) -> rx.Component:
    """Return the button that opens a runbook of this page; `about` tells screen readers against what."""
    return _opener(t(lang, "admin_monitoring.what_to_do"), rx.el.span(": ", about, class_name="sr-only"), name=name)


def runbook_list(lang: Lang) -> rx.Component:
    """Return all runbooks, closed."""
    return rx.el.section(
        rx.el.h2(t(lang, "admin_monitoring.runbooks"), class_name="font-display text-xl"),
        rx.el.p(t(lang, "admin_monitoring.runbooks_text"), class_name="mt-1 text-sm text-muted"),
        rx.el.div(*[_runbook(one) for one in runbooks(lang)], class_name="card mt-3 divide-y divide-line"),
        class_name="mt-8",
    )


def _opener(*children: rx.Component | str, name: rx.Var[str] | str) -> rx.Component:
    return rx.el.button(
        *children,
        type="button",
        on_click=rx.call_script(rx.Var.create(_OPEN) + name + "'))"),
        class_name="text-link",
    )


def _runbook(runbook: Runbook) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            icon("chevron", 18, "shrink-0 transition-transform group-open:rotate-90"),
            runbook.title,
            class_name="flex min-h-12 items-center gap-2 px-4 py-2 font-semibold hover:bg-sunk",
        ),
        rx.el.div(*[_part(part) for part in runbook.parts], class_name="grid max-w-3xl gap-3 px-4 pb-5 pl-11"),
        id=f"runbook-{runbook.name}",
        class_name="group scroll-mt-20",
    )


def _part(part: Part) -> rx.Component:
    if not part.is_list:
        return rx.el.p(*[_piece(piece) for piece in part.items[0]])
    return rx.el.ol(
        *[rx.el.li(*[_piece(piece) for piece in item]) for item in part.items],
        class_name="grid list-decimal gap-2 pl-5 marker:font-semibold marker:text-muted",
    )


def _piece(piece: Piece) -> rx.Component | str:
    match piece.kind:
        case "code":
            return rx.el.code(piece.text, class_name="rounded bg-sunk px-1 py-0.5 text-[0.875em] break-words")
        case "page":
            return _opener(piece.text, name=piece.text)
        case _:
            return piece.text
