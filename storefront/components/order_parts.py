"""What stands where an order will be, or is not."""

import reflex as rx

from storefront.components.feedback import empty_state, skeleton
from storefront.components.links import link
from storefront.i18n import Lang, href, t


def missing(lang: Lang) -> rx.Component:
    """Return what stands in place of an order that is not there, or is not this person's."""
    return rx.fragment(
        rx.el.h1(t(lang, "order.missing_title"), class_name="sr-only"),
        empty_state(
            t(lang, "order.missing_title"),
            t(lang, "order.missing_text"),
            link(t(lang, "order.sign_in"), to=href(lang, "/login"), class_name="btn btn-primary"),
            link(t(lang, "order.to_menu"), to=href(lang, "/menu"), class_name="btn btn-secondary"),
        ),
    )


def loading(lang: Lang, is_unreachable: rx.Var[bool]) -> rx.Component:
    """Return the page's shape while the order loads."""
    return rx.fragment(
        rx.el.h1(t(lang, "order.track_heading"), class_name="sr-only"),
        rx.cond(is_unreachable, rx.fragment(), rx.el.p(t(lang, "order.loading"), role="status", class_name="sr-only")),
        skeleton("h-10 w-72 max-w-full"),
        rx.el.div(skeleton("h-96"), skeleton("h-72"), class_name="mt-10 grid gap-6 lg:grid-cols-[1fr_24rem] lg:gap-8"),
    )
