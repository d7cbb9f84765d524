"""The frame of every page: skip link, header, main, footer.

`page(lang, "/cart", heading, content…)` returns a whole page; `path` is its address without a language and leads the
language switch. `breadcrumbs(lang, [("Menu", "/menu"), ("Mousse", None)])` stands above a title.
"""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from storefront.components.cart_drawer import cart_drawer
from storefront.components.feedback import connection_notice
from storefront.components.footer import footer
from storefront.components.header import header
from storefront.components.icons import icon
from storefront.components.links import anchor, link
from storefront.components.toasts import toasts_over_dialogs
from storefront.i18n import Lang, href, t


def page(lang: Lang, path: str, *content: Any, class_name: str = "") -> rx.Component:
    """Return `content` inside the shop's frame. `content` holds the page's only `h1`."""
    return rx.el.div(
        anchor(
            t(lang, "shell.skip"),
            href="#main",
            class_name="btn btn-primary fixed left-4 top-3 z-50 -translate-y-24 focus:translate-y-0",
        ),
        header(lang, path),
        connection_notice(lang),
        rx.el.main(
            *content,
            id="main",
            tab_index=-1,
            # For those who drive the page by program: it answers from now on.
            custom_attrs={"data-ready": rx.State.is_hydrated},
            class_name=f"min-h-[60dvh] outline-none {class_name}",
        ),
        footer(lang),
        cart_drawer(lang),
        toasts_over_dialogs(),
        lang=lang,
        class_name="flex min-h-dvh flex-col",
    )


def breadcrumbs(lang: Lang, trail: Sequence[tuple[Any, Any]]) -> rx.Component:
    """Return the way from home to here: (text, path) each, the path None for the page itself."""
    steps = [(t(lang, "shell.home"), "/"), *trail]
    return rx.el.nav(
        rx.el.ol(
            *[
                rx.el.li(
                    icon("chevron", 14, "text-line-strong") if index else rx.fragment(),
                    rx.el.span(text, aria_current="page", class_name="line-clamp-1 text-muted")
                    if path is None
                    else link(
                        text,
                        to=href(lang, path) if isinstance(path, str) else path,
                        class_name="inline-flex min-h-11 items-center hover:underline",
                    ),
                    # A phone has no room for the last step, which the title repeats.
                    class_name="flex items-center gap-1.5" + (" max-sm:hidden" if path is None else ""),
                )
                for index, (text, path) in enumerate(steps)
            ],
            class_name="flex flex-wrap items-center gap-x-1.5 text-sm",
        ),
        aria_label=t(lang, "shell.breadcrumbs"),
    )
