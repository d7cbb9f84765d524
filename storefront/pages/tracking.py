"""The tracking page: an order by its unguessable link, live, without signing in."""

import reflex as rx

from storefront.components.feedback import trouble
from storefront.components.layout import page
from storefront.components.order_parts import loading, missing
from storefront.components.order_view import contents, particulars, standing
from storefront.i18n import Lang, t
from storefront.pages.base import Page
from storefront.state.tracking import TrackingState
from storefront.theme import TITLE


def tracking(lang: Lang) -> rx.Component:
    """Return the tracking page in a language."""
    return page(
        lang,
        "/track",
        rx.cond(
            TrackingState.is_unreachable,
            rx.el.div(
                trouble(lang, retry=TrackingState.retry_tracked, text=t(lang, "order.unavailable")), class_name="mb-8"
            ),
            rx.fragment(),
        ),
        rx.cond(
            TrackingState.is_found,
            _order(lang),
            rx.cond(TrackingState.is_missing, missing(lang), loading(lang, TrackingState.is_unreachable)),
        ),
        class_name="wrap w-full py-8 lg:py-12",
    )


def _order(lang: Lang) -> rx.Component:
    order = TrackingState.order
    return rx.fragment(
        rx.el.p(t(lang, "order.track_heading"), class_name="eyebrow"),
        rx.el.h1(t(lang, "order.heading", number=order.number), class_name=f"mt-1 {TITLE}"),
        rx.el.p(t(lang, "order.placed", at=order.placed_at), class_name="mt-2 text-muted"),
        rx.el.div(
            rx.el.div(standing(lang, order, TrackingState.is_live), contents(lang, order), class_name="grid gap-6"),
            particulars(lang, order),
            class_name="mt-8 grid items-start gap-6 lg:grid-cols-[1fr_24rem] lg:gap-8",
        ),
    )


PAGE = Page(key="track", path="/track/[tracking]", build=tracking, on_load=(TrackingState.load_tracked,), indexed=False)
