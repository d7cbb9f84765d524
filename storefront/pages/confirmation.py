"""The person's own order: thanks right after ordering, and the order's page from then on."""

import reflex as rx

from storefront.components.buttons import button, spinner
from storefront.components.feedback import trouble
from storefront.components.icons import icon
from storefront.components.layout import page
from storefront.components.links import link
from storefront.components.order_parts import loading, missing, not_again
from storefront.components.order_view import contents, particulars, standing
from storefront.i18n import Lang, href, t
from storefront.pages.base import Page
from storefront.state.orders import CANCEL_DIALOG, OrderState
from storefront.state.session import SessionState
from storefront.theme import TITLE

_OPEN_CANCEL = rx.call_script(f"document.getElementById('{CANCEL_DIALOG}')?.showModal()")
_CLOSE_CANCEL = rx.call_script(f"document.getElementById('{CANCEL_DIALOG}')?.close()")


def confirmation(lang: Lang) -> rx.Component:
    """Return the order's page in a language."""
    return page(
        lang,
        "/account",
        rx.cond(
            OrderState.is_unreachable,
            rx.el.div(trouble(lang, retry=OrderState.retry_own, text=t(lang, "order.unavailable")), class_name="mb-8"),
            rx.fragment(),
        ),
        rx.cond(
            OrderState.is_found,
            _order(lang),
            rx.cond(OrderState.is_missing, missing(lang), loading(lang, OrderState.is_unreachable)),
        ),
        _cancel_dialog(lang),
        class_name="wrap w-full py-8 lg:py-12",
    )


def _order(lang: Lang) -> rx.Component:
    order = OrderState.order
    return rx.fragment(
        rx.cond(OrderState.is_new, _thanks(lang), _heading(lang)),
        rx.el.div(
            rx.el.div(
                standing(lang, order, OrderState.is_live),
                _actions(lang),
                _missing_again(lang),
                contents(lang, order),
                class_name="grid gap-6",
            ),
            rx.el.div(particulars(lang, order), _share(lang), class_name="grid gap-6"),
            class_name="mt-8 grid items-start gap-6 lg:grid-cols-[1fr_24rem] lg:gap-8",
        ),
    )


def _thanks(lang: Lang) -> rx.Component:
    return rx.el.div(
        rx.el.span(
            icon("check", 30),
            aria_hidden="true",
            class_name="grid size-14 shrink-0 place-items-center rounded-full bg-leaf text-page",
        ),
        rx.el.div(
            rx.el.h1(t(lang, "order.thanks"), class_name=TITLE),
            rx.el.p(t(lang, "order.thanks_text"), class_name="mt-1.5 text-ink/85"),
        ),
        rx.el.p(
            rx.el.span(t(lang, "order.number"), class_name="block text-sm"),
            rx.el.strong(OrderState.order.number, class_name="font-display text-2xl font-medium tabular-nums"),
            class_name="sm:ml-auto sm:text-right",
        ),
        class_name="flex flex-col gap-5 rounded-[2rem] bg-leaf-soft p-6 sm:flex-row sm:items-center sm:p-8",
    )


def _heading(lang: Lang) -> rx.Component:
    return rx.fragment(
        rx.cond(
            SessionState.is_signed_in,
            link(
                icon("chevron", 16, "rotate-180"),
                t(lang, "order.to_history"),
                to=href(lang, "/account"),
                class_name="btn btn-quiet -ml-3",
            ),
            rx.fragment(),
        ),
        rx.el.h1(t(lang, "order.heading", number=OrderState.order.number), class_name=f"mt-1 {TITLE}"),
        rx.el.p(t(lang, "order.placed", at=OrderState.order.placed_at), class_name="mt-2 text-muted"),
    )


def _actions(lang: Lang) -> rx.Component:
    return rx.el.div(
        button(
            spinner(OrderState.is_reordering),
            t(lang, "order.again"),
            kind="secondary",
            on_click=OrderState.order_again,
            disabled=OrderState.is_reordering,
        ),
        rx.cond(
            OrderState.order.can_cancel,
            button(t(lang, "order.cancel"), kind="quiet", on_click=_OPEN_CANCEL),
            rx.fragment(),
        ),
        class_name="flex flex-wrap gap-3",
    )


def _missing_again(lang: Lang) -> rx.Component:
    return rx.el.div(
        rx.cond(
            OrderState.unavailable.length() > 0,
            not_again(lang, OrderState.unavailable),
            rx.fragment(),
        ),
        aria_live="polite",
        class_name="empty:hidden",
    )


def _share(lang: Lang) -> rx.Component:
    path = href(lang, "") + OrderState.order.tracking_path
    copied = rx.toast.success(t(lang, "order.copied"))
    return rx.el.section(
        rx.el.h2(t(lang, "order.share_title"), class_name="font-display text-xl"),
        rx.el.p(t(lang, "order.share_text"), class_name="mt-1 text-sm text-muted"),
        rx.el.div(
            button(
                t(lang, "order.copy"),
                kind="secondary",
                on_click=[
                    rx.call_script("navigator.clipboard.writeText(location.origin + " + path.to_string() + ")"),
                    copied,
                ],
            ),
            link(t(lang, "order.open_tracking"), to=path, class_name="text-link inline-flex min-h-11 items-center"),
            class_name="mt-4 flex flex-wrap items-center gap-x-5 gap-y-1",
        ),
        class_name="card p-6",
    )


def _cancel_dialog(lang: Lang) -> rx.Component:
    return rx.el.dialog(
        rx.el.h2(t(lang, "order.cancel_title"), id="cancel-title", class_name="font-display text-2xl"),
        rx.el.p(
            t(lang, "order.cancel_text", number=OrderState.order.number), id="cancel-text", class_name="mt-2 text-muted"
        ),
        rx.el.div(
            button(t(lang, "order.cancel_keep"), kind="secondary", on_click=_CLOSE_CANCEL, auto_focus=True),
            button(
                spinner(OrderState.is_cancelling),
                t(lang, "order.cancel_confirm"),
                on_click=OrderState.cancel,
                disabled=OrderState.is_cancelling,
            ),
            class_name="mt-6 flex flex-wrap justify-end gap-3",
        ),
        id=CANCEL_DIALOG,
        aria_labelledby="cancel-title",
        aria_describedby="cancel-text",
        class_name="card m-auto w-[min(28rem,calc(100vw-2rem))] p-6 text-ink shadow-lift backdrop:bg-black/50 sm:p-8",
    )


PAGE = Page(key="order", path="/order/[order_id]", build=confirmation, on_load=(OrderState.load_own,), indexed=False)
