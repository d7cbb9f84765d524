"""An order in a list, and what stands where an order will be, or is not."""

import reflex as rx

from storefront.components.feedback import empty_state, skeleton
from storefront.components.links import link
from storefront.components.product_card import picture
from storefront.i18n import Lang, href, t
from storefront.state.order_view import OrderRow
from storefront.state.orders import NOT_AGAIN_ID


def missing(lang: Lang) -> rx.Component:
    """Return what stands in place of an order that is not there, or is not this person's."""
    return rx.fragment(
        rx.el.h1(t(lang, "order.missing_title"), class_name="sr-only"),
        empty_state(
            t(lang, "order.missing_title"),
            t(lang, "order.missing_text"),
            link(t(lang, "find.find"), to=href(lang, "/track"), class_name="btn btn-primary"),
            link(t(lang, "order.sign_in"), to=href(lang, "/login"), class_name="btn btn-secondary"),
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


def order_row(
    lang: Lang, row: rx.Var[OrderRow], *, to: rx.Var[str], action: rx.Component | None = None
) -> rx.Component:
    """Return an order as lists of one's own orders show it; `to` is where it is to be seen.

    `action` is a button of its own in it, which must lie above the row's link (`relative z-10`).
    """
    pill = "rounded-full px-3 py-1 text-sm font-semibold"
    return rx.el.li(
        picture(row.image, class_name="!size-16 shrink-0 rounded-2xl bg-sunk", size=128),
        rx.el.div(
            link(
                row.cakes,
                rx.el.span(", ", t(lang, "account.order_link", number=row.number), class_name="sr-only"),
                to=to,
                class_name="line-clamp-1 font-semibold after:absolute after:inset-0 after:rounded-[1.25rem]",
            ),
            rx.el.p(row.number, " · ", row.placed_at, class_name="text-sm text-muted tabular-nums"),
            rx.el.div(
                rx.el.span(
                    row.status_text,
                    class_name=rx.match(
                        row.status,
                        ("DELIVERED", f"{pill} bg-leaf-soft text-leaf"),
                        ("CANCELLED", f"{pill} bg-sunk text-muted"),
                        f"{pill} bg-honey-soft text-honey",
                    ),
                ),
                rx.el.span(row.grand_total, class_name="shrink-0 font-semibold tabular-nums"),
                action or rx.fragment(),
                class_name="mt-2 flex flex-wrap items-center gap-x-4 gap-y-2",
            ),
            class_name="min-w-0 grow",
        ),
        key=row.id,
        class_name="card group relative flex items-center gap-4 p-4 transition-shadow hover:shadow-card",
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
