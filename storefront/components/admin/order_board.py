"""The board: a column for each status that asks for something, and what was finished today."""

from typing import Any

import reflex as rx

from storefront.components.admin.order_actions import advance_button
from storefront.components.admin.order_steps import failed_note, steps_button
from storefront.components.admin.status import TONES, order_badge
from storefront.components.counts import counted
from storefront.components.icons import icon
from storefront.components.links import anchor, link
from storefront.i18n import Lang, href, t
from storefront.state.admin.order_cards import OrderCard
from storefront.state.admin.orders import COLUMN_LIMIT, DONE, OrdersState

_COLUMNS = (
    ("PENDING", "pending", OrdersState.pending),
    ("PROCESSING", "processing", OrdersState.processing),
    ("SHIPPED", "shipped", OrdersState.shipped),
    (DONE, "done", OrdersState.done),
)


def order_board(lang: Lang) -> rx.Component:
    """Return the board. On a phone its columns stand side by side, to be swiped through."""
    return rx.el.div(
        *[_column(lang, name, key, cards) for name, key, cards in _COLUMNS],
        role="group",
        aria_label=t(lang, "admin_orders.board_label"),
        # On a tablet the three columns that ask for something fill the page; the fourth is a swipe away.
        class_name="-mx-4 grid auto-cols-[minmax(17rem,86%)] grid-flow-col gap-3 overflow-x-auto px-4 pb-2 "
        "snap-x snap-proximity scroll-px-4 sm:auto-cols-[calc((100%-0.75rem)/2)] "
        "md:auto-cols-[calc((100%-1.5rem)/3)] lg:mx-0 lg:px-0 xl:auto-cols-[minmax(0,1fr)] xl:gap-4 "
        "xl:overflow-visible",
    )


def _column(lang: Lang, name: str, key: str, cards: Any) -> rx.Component:
    count = OrdersState.counts[name]
    return rx.el.section(
        rx.el.h2(
            t(lang, f"admin_orders.column_{key}"),
            rx.cond(
                OrdersState.counts.contains(name),
                rx.el.span(
                    counted(lang, count),
                    class_name="rounded-full bg-surface px-2 text-sm font-bold tabular-nums text-muted",
                ),
                rx.fragment(),
            ),
            id=f"column-{key}",
            tab_index=-1,
            class_name="flex items-center justify-between gap-2 px-1 pb-2 font-sans text-[0.9375rem] font-bold "
            "tracking-normal",
        ),
        rx.cond(
            cards.length() > 0,
            rx.el.ul(
                rx.foreach(cards, lambda card: _card(lang, card, done=name == DONE)),
                class_name="grid grid-cols-[minmax(0,1fr)] gap-2.5",
            ),
            rx.el.p(
                rx.cond(
                    OrdersState.is_filtered, t(lang, "admin_orders.none_fits"), t(lang, f"admin_orders.none_{key}")
                ),
                class_name="px-1 py-8 text-center text-sm text-muted",
            ),
        ),
        rx.cond(
            OrdersState.counts.contains(name) & (count > COLUMN_LIMIT),
            link(
                t(lang, "admin_orders.all_of_column", count=counted(lang, count)),
                to=href(lang, "/admin/orders") + OrdersState.column_queries[name],
                class_name="btn btn-sm btn-quiet mt-2 w-full",
            ),
            rx.fragment(),
        )
        if name != DONE
        else rx.cond(
            OrdersState.counts.contains(name) & (count > cards.length()),
            rx.el.p(
                t(lang, "admin_shell.shown_of", shown=counted(lang, cards.length()), total=counted(lang, count)),
                class_name="mt-2 text-center text-sm text-muted",
            ),
            rx.fragment(),
        ),
        aria_labelledby=f"column-{key}",
        custom_attrs={"data-column": key},
        class_name=rx.cond(
            (OrdersState.query.status == "")
            | (OrdersState.query.status == name)
            | (
                (name == DONE) & ((OrdersState.query.status == "DELIVERED") | (OrdersState.query.status == "CANCELLED"))
            ),
            "min-w-0 snap-start self-start rounded-2xl bg-sunk/70 p-2.5",
            "hidden",
        ),
    )


def _card(lang: Lang, card: rx.Var[OrderCard], *, done: bool) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            link(
                card.number,
                to=href(lang, "/admin/orders/") + card.id,
                class_name="font-bold tabular-nums after:absolute after:inset-0 after:rounded-xl",
            ),
            rx.cond(
                card.is_new,
                rx.el.span(t(lang, "admin_orders.new"), class_name=TONES["bad"]),
                rx.fragment(),
            ),
            rx.el.span(
                order_badge(lang, card.status, pickup=card.is_pickup, returned=card.returned),
                steps_button(lang, card, class_name="-my-2 -mr-2"),
                class_name="ml-auto flex items-center gap-1",
            )
            if done
            else rx.el.span(
                # Filled in by the page's own script, which counts on.
                custom_attrs={"data-since": card.since},
                title=t(lang, "admin_orders.since_status"),
                class_name="ml-auto text-[0.8125rem] font-semibold tabular-nums text-muted data-[late=1]:text-honey "
                "data-[late=2]:text-accent",
            ),
            class_name="flex flex-wrap items-center gap-x-2 gap-y-1" + (" justify-between" if done else ""),
        ),
        rx.el.p(
            rx.cond(card.is_pickup, icon("shop", 16), icon("truck", 16)),
            rx.el.span(
                rx.cond(card.is_pickup, t(lang, "admin_orders.pickup"), t(lang, "admin_orders.delivery")),
                class_name="sr-only",
            ),
            rx.el.span(card.name, class_name="min-w-0 break-words"),
            class_name="mt-1 flex items-start gap-1.5 text-sm font-semibold [&>.icon]:mt-0.5",
        ),
        rx.fragment() if done else _reach(lang, card),
        rx.fragment()
        if done
        else rx.el.ul(
            rx.foreach(card.cakes, rx.el.li),
            class_name="mt-1.5 text-sm text-muted",
        ),
        rx.fragment()
        if done
        else rx.cond(
            card.note != "",
            rx.el.p(
                icon("mail", 15, "mt-0.5"),
                # In full: the hour somebody asks for stands at its end as often as at its beginning.
                rx.el.span(card.note, class_name="min-w-0 whitespace-pre-line break-words"),
                class_name="mt-2 flex gap-1.5 rounded-lg bg-honey-soft px-2 py-1 text-[0.8125rem] text-ink",
            ),
            rx.fragment(),
        ),
        rx.el.p(
            rx.el.span(card.placed_at, class_name="text-muted"),
            rx.el.span(card.total, class_name="font-semibold"),
            class_name="mt-2 flex items-baseline justify-between gap-2 text-sm tabular-nums",
        ),
        rx.fragment() if done else failed_note(lang, card),
        rx.el.div(
            rx.fragment() if done else advance_button(lang, card, class_name="grow"),
            rx.fragment() if done else steps_button(lang, card, class_name="-mr-2"),
            class_name="mt-2.5 flex items-center gap-1 empty:hidden",
        ),
        key=card.id,
        tab_index=-1,
        custom_attrs={"data-order": card.id},
        class_name=rx.cond(
            card.is_new,
            "card relative rounded-xl border-accent p-3 transition-shadow hover:shadow-card",
            "card relative rounded-xl p-3 transition-shadow hover:shadow-card",
        ),
    )


def _reach(lang: Lang, card: rx.Var[OrderCard]) -> rx.Component:
    """Return when the order is expected, how to call its buyer, and where it goes."""
    row = "flex items-start gap-1.5 text-[0.8125rem]"
    return rx.el.div(
        rx.cond(
            card.due != "",
            rx.el.p(icon("clock", 16, "mt-0.5"), card.due, class_name=f"{row} font-semibold text-accent"),
            rx.fragment(),
        ),
        rx.cond(
            card.phone != "",
            anchor(
                icon("phone", 16),
                card.phone,
                href="tel:" + card.phone,
                aria_label=t(lang, "admin_orders.call", name=card.name, phone=card.phone),
                class_name="relative z-10 inline-flex min-h-6 w-fit items-center gap-1.5 text-[0.8125rem] "
                "tabular-nums underline-offset-4 hover:underline max-lg:min-h-9",
            ),
            rx.fragment(),
        ),
        rx.cond(
            card.address != "",
            rx.el.p(
                icon("pin", 16, "mt-0.5"),
                rx.el.span(card.address, class_name="min-w-0 whitespace-pre-line break-words"),
                class_name=row,
            ),
            rx.fragment(),
        ),
        class_name="mt-1 grid gap-0.5 [&_.icon]:text-muted",
    )
