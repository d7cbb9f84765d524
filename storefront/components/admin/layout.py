"""The frame of every page of the back office: navigation, who is signed in, and the page itself.

`admin_page(lang, "orders", page_header(…), content…)`; the section is the navigation's entry that the page belongs to.
What is inside is built only for an admin: everybody else sees its empty shape for the moment until they are led away.
"""

from typing import Any

import reflex as rx

from storefront.components.admin.navigation import bottom_bar, sidebar, top_bar
from storefront.components.admin.order_actions import undo_bar
from storefront.components.feedback import connection_notice, skeleton
from storefront.components.links import anchor
from storefront.components.session_sync import session_sync
from storefront.components.toasts import toasts_over_dialogs
from storefront.i18n import Lang, t
from storefront.state.admin.signals import SIGNALS
from storefront.state.session import SessionState


def admin_page(lang: Lang, section: str, *content: Any, class_name: str = "") -> rx.Component:
    """Return `content` inside the frame. `content` holds the page's only `h1` (see `page_header`)."""
    return rx.el.div(
        anchor(
            t(lang, "shell.skip"),
            href="#main",
            class_name="btn btn-primary fixed left-4 top-3 z-50 -translate-y-24 focus:translate-y-0",
        ),
        sidebar(lang, section),
        rx.el.div(
            top_bar(lang),
            connection_notice(lang),
            rx.el.main(
                rx.cond(SessionState.is_admin, rx.fragment(*content), _waiting(lang)),
                id="main",
                tab_index=-1,
                # For those who drive the page by program: it answers from now on.
                custom_attrs={"data-ready": rx.State.is_hydrated},
                class_name=f"grow px-4 py-5 outline-none sm:px-6 lg:px-8 lg:py-7 {class_name}",
            ),
            class_name="flex min-w-0 grow flex-col pb-[calc(4rem+env(safe-area-inset-bottom))] lg:pb-0 print:pb-0",
        ),
        bottom_bar(lang, section),
        rx.fragment() if section == "orders" else undo_bar(lang),
        session_sync(),
        toasts_over_dialogs(),
        on_mount=rx.call_script(SIGNALS),
        lang=lang,
        custom_attrs={"data-office": "1"},
        class_name="flex min-h-dvh",
    )


def _waiting(lang: Lang) -> rx.Component:
    return rx.el.div(
        rx.el.h1(t(lang, "admin_shell.loading"), class_name="sr-only"),
        skeleton("h-9 w-56"),
        skeleton("mt-6 h-11 w-full max-w-2xl"),
        skeleton("mt-4 h-96 w-full"),
    )
