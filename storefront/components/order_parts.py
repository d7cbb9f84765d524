"""What stands where an order will be, or is not."""

import reflex as rx

from storefront.components.feedback import empty_state, skeleton
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.state.orders import NOT_AGAIN_ID


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


def not_again(lang: Lang, names: rx.Var[list[str]]) -> rx.Component:
    """Return what of an order could not be put into the cart again."""
    return rx.el.div(
        rx.el.p(t(lang, "order.again_missing"), class_name="font-semibold"),
        rx.el.ul(rx.foreach(names, rx.el.li), class_name="ml-5 list-disc"),
        link(
            t(lang, "order.to_cart"),
            to=href(lang, "/cart"),
            class_name="text-link mt-1 inline-flex min-h-11 items-center",
        ),
        id=NOT_AGAIN_ID,
        role="status",
        tab_index=-1,
        class_name="mt-4 rounded-2xl bg-honey-soft px-5 py-4",
    )
