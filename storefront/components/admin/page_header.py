"""The head of a page: where one is, what can be done here."""

from typing import Any

import reflex as rx

from storefront.components.icons import icon
from storefront.components.links import link


def page_header(
    title: str | rx.Var, *actions: rx.Component, lead: str | rx.Var = "", back: tuple[Any, str | rx.Var] | None = None
) -> rx.Component:
    """Return the page's title, and its actions at the side. `back` is (address with its language, text)."""
    return rx.el.div(
        rx.el.div(
            link(
                icon("chevron", 16, "rotate-180"),
                back[1],
                to=back[0],
                class_name="-ml-1 inline-flex min-h-9 items-center gap-1 text-sm text-muted hover:underline",
            )
            if back
            else rx.fragment(),
            rx.el.h1(title, class_name="font-display text-[1.75rem] leading-tight wrap-anywhere"),
            rx.el.p(lead, class_name="mt-1 text-sm text-muted") if not (isinstance(lead, str) and not lead) else "",
            class_name="min-w-0",
        ),
        rx.el.div(*actions, class_name="flex flex-wrap items-center gap-2 print:hidden"),
        class_name="mb-5 flex flex-wrap items-end justify-between gap-x-6 gap-y-3",
    )
