"""The back office's navigation: a column at the side of wide screens, a bar at the bottom of a phone's."""

from typing import Any

import reflex as rx

from storefront.components.admin.status import count_badge
from storefront.components.buttons import icon_button
from storefront.components.counts import counted
from storefront.components.header import colours_button, language_switch
from storefront.components.icons import icon
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.state.admin.shell import ShellState
from storefront.state.admin.signals import TOGGLE_CHIME
from storefront.state.session import SessionState

GROUPS = (
    ("", (("overview", "/admin", "gauge"), ("analytics", "/admin/analytics", "chart"))),
    ("group_sales", (("orders", "/admin/orders", "orders"), ("customers", "/admin/customers", "people"))),
    (
        "group_catalogue",
        (
            ("products", "/admin/products", "cake"),
            ("categories", "/admin/categories", "folders"),
            ("stock", "/admin/stock", "low"),
            ("import", "/admin/import", "exchange"),
        ),
    ),
    ("group_house", (("monitoring", "/admin/monitoring", "pulse"), ("audit", "/admin/audit", "log"))),
)
"""The sections: (name of its text, address, icon) each."""

_ON_A_PHONE = ("overview", "orders", "products", "stock")
_SHEET = "staff-more"


def sidebar(lang: Lang, section: str) -> rx.Component:
    """Return the navigation of a wide screen."""
    return rx.el.aside(
        _name(lang),
        rx.el.nav(_groups(lang, section), aria_label=t(lang, "admin_shell.navigation"), class_name="mt-5 grow"),
        _person(lang),
        class_name="sticky top-0 hidden h-dvh w-60 shrink-0 flex-col overflow-y-auto border-r border-line bg-surface "
        "px-3 py-4 lg:flex print:hidden",
    )


def top_bar(lang: Lang) -> rx.Component:
    """Return the bar above the page on a phone."""
    return rx.el.header(
        _name(lang),
        rx.el.span(
            _live(lang),
            rx.el.span(
                icon("bell-off", 18),
                rx.el.span(t(lang, "admin_shell.chime_asleep"), class_name="sr-only"),
                title=t(lang, "admin_shell.chime_asleep"),
                hidden=True,
                custom_attrs={"data-chime-asleep": "1"},
                class_name="text-honey [&[hidden]]:hidden",
            ),
            class_name="flex items-center gap-3",
        ),
        class_name="sticky top-0 z-20 flex h-14 items-center justify-between gap-3 border-b border-line bg-page/95 "
        "px-4 backdrop-blur-sm lg:hidden print:hidden",
    )


def bottom_bar(lang: Lang, section: str) -> rx.Component:
    """Return the bar at the bottom of a phone, and the sheet with everything else."""
    entries = {name: (address, sign) for _, group in GROUPS for name, address, sign in group}
    look = (
        "relative flex h-16 min-w-0 flex-col items-center justify-center gap-0.5 text-xs font-semibold text-muted "
        "aria-[current]:text-accent"
    )
    return rx.el.div(
        rx.el.nav(
            *[
                link(
                    icon(entries[name][1], 22),
                    rx.el.span(t(lang, f"admin_shell.{name}"), class_name="max-w-full truncate px-1"),
                    _count(lang, name, "absolute left-1/2 top-1 ml-1.5"),
                    to=href(lang, entries[name][0]),
                    class_name=look,
                    **_current(name == section),
                )
                for name in _ON_A_PHONE
            ],
            rx.el.button(
                icon("menu", 22),
                t(lang, "admin_shell.more"),
                type="button",
                custom_attrs={"popoverTarget": _SHEET},
                class_name=look,
            ),
            aria_label=t(lang, "admin_shell.navigation"),
            class_name="grid grid-cols-5",
        ),
        rx.el.div(
            rx.el.div(
                rx.el.h2(t(lang, "admin_shell.name"), class_name="text-xl"),
                icon_button(
                    "close",
                    t(lang, "admin_shell.close"),
                    class_name="-mr-2",
                    custom_attrs={"popoverTarget": _SHEET, "popoverTargetAction": "hide"},
                ),
                class_name="mb-2 flex items-center justify-between",
            ),
            _groups(lang, section),
            rx.el.div(_person(lang), class_name="mt-3"),
            id=_SHEET,
            custom_attrs={"popover": "auto"},
            class_name="sheet",
        ),
        class_name="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] "
        "lg:hidden print:hidden",
    )


def _name(lang: Lang) -> rx.Component:
    return link(
        rx.el.span(class_name="mr-2 size-7 bg-accent [mask:url(/logo.svg)_center/contain_no-repeat]"),
        rx.el.span(
            rx.el.span("SweetDream", class_name="block font-display text-lg leading-tight"),
            rx.el.span(t(lang, "admin_shell.name"), class_name="block text-xs leading-tight text-muted"),
        ),
        to=href(lang, "/admin"),
        class_name="inline-flex min-h-11 items-center rounded-lg px-2",
    )


def _groups(lang: Lang, section: str) -> rx.Component:
    return rx.fragment(
        *[
            rx.el.div(
                rx.el.p(t(lang, f"admin_shell.{title}"), class_name="px-3 pb-1 pt-4 text-xs font-semibold text-muted")
                if title
                else rx.fragment(),
                rx.el.ul(
                    *[
                        rx.el.li(
                            link(
                                icon(sign, 20),
                                rx.el.span(t(lang, f"admin_shell.{name}"), class_name="grow"),
                                _count(lang, name),
                                to=href(lang, address),
                                class_name="flex min-h-11 items-center gap-3 rounded-xl px-3 font-medium text-ink "
                                "hover:bg-sunk aria-[current]:bg-accent-soft aria-[current]:font-semibold "
                                "aria-[current]:text-accent lg:min-h-9 lg:text-[0.9375rem]",
                                **_current(name == section),
                            )
                        )
                        for name, address, sign in group
                    ],
                    class_name="grid gap-0.5",
                ),
            )
            for title, group in GROUPS
        ]
    )


def _current(is_here: bool) -> dict[str, Any]:
    return {"aria_current": "page"} if is_here else {}


def _count(lang: Lang, name: str, class_name: str = "") -> rx.Component:
    match name:
        case "orders":
            count, text = ShellState.waiting, "admin_shell.waiting"
        case "stock":
            count, text = ShellState.low_stock, "admin_shell.low_stock"
        case _:
            return rx.fragment()
    return rx.cond(count > 0, count_badge(count, t(lang, text, count=counted(lang, count)), class_name), rx.fragment())


def _person(lang: Lang) -> rx.Component:
    row = "flex min-h-11 w-full items-center gap-3 rounded-xl px-3 font-medium hover:bg-sunk lg:min-h-9 lg:text-sm"
    return rx.el.div(
        rx.el.div(
            _live(lang),
            rx.el.div(
                rx.el.button(
                    icon("bell", 20, "hidden group-aria-pressed:block"),
                    icon("bell-off", 20, "group-aria-pressed:hidden"),
                    type="button",
                    aria_label=t(lang, "admin_shell.chime"),
                    title=t(lang, "admin_shell.chime"),
                    aria_pressed="true",
                    on_click=rx.call_script(TOGGLE_CHIME),
                    custom_attrs={"data-chime": "1"},
                    class_name="icon-btn group",
                ),
                colours_button(lang),
                language_switch(lang, "/admin"),
                class_name="-mr-2 flex",
            ),
            class_name="flex items-center justify-between gap-1 pl-3",
        ),
        rx.el.p(
            icon("bell-off", 16, "mt-0.5 shrink-0"),
            t(lang, "admin_shell.chime_asleep"),
            hidden=True,
            custom_attrs={"data-chime-asleep": "1"},
            class_name="flex gap-2 rounded-xl bg-honey-soft px-3 py-2 text-xs [&[hidden]]:hidden",
        ),
        link(icon("shop", 20), t(lang, "admin_shell.to_shop"), to=href(lang, "/"), class_name=row),
        rx.el.button(
            icon("leave", 20),
            t(lang, "admin_shell.sign_out"),
            type="button",
            on_click=SessionState.sign_out,
            class_name=row,
        ),
        rx.el.p(
            rx.el.span(t(lang, "admin_shell.signed_in"), class_name="block text-xs text-muted"),
            rx.el.span(SessionState.person_name, class_name="block truncate text-sm font-semibold"),
            rx.el.span(SessionState.person_email, class_name="block truncate text-xs text-muted"),
            class_name="min-h-16 px-3 pt-2",
        ),
        class_name="border-t border-line pt-2",
    )


def _live(lang: Lang) -> rx.Component:
    return rx.cond(
        ShellState.is_live,
        rx.el.span(
            rx.el.span(aria_hidden="true", class_name="size-2 rounded-full bg-leaf"),
            t(lang, "admin_shell.live"),
            class_name="inline-flex items-center gap-2 whitespace-nowrap text-xs font-semibold text-leaf",
        ),
        rx.el.span(
            rx.el.span(aria_hidden="true", class_name="size-2 animate-pulse rounded-full bg-line-strong"),
            t(lang, "admin_shell.not_live"),
            class_name="inline-flex items-center gap-2 whitespace-nowrap text-xs font-semibold text-muted",
        ),
    )
