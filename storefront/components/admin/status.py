"""Small signs: a state in words on a tint, a count."""

from typing import Any

import reflex as rx

from storefront.i18n import Lang, t

_PILL = "inline-flex items-center gap-1.5 whitespace-nowrap rounded-full px-2.5 py-0.5 text-[0.8125rem] font-semibold"
TONES = {
    "plain": f"{_PILL} bg-sunk text-muted",
    "good": f"{_PILL} bg-leaf-soft text-leaf",
    "warn": f"{_PILL} bg-honey-soft text-honey",
    "bad": f"{_PILL} bg-accent-soft text-accent",
    "strong": f"{_PILL} bg-ink text-page",
}
"""What a badge may say by its colour; the words say it too."""


def badge(text: str | rx.Var, tone: str = "plain") -> rx.Component:
    """Return a badge in one of `TONES`. Raises KeyError for another."""
    return rx.el.span(text, class_name=TONES[tone])


def badge_of(text: str | rx.Var, tone: rx.Var[str]) -> rx.Component:
    """Return a badge whose tone a State knows."""
    *others, last = TONES.items()
    return rx.el.span(text, class_name=rx.match(tone, *others, last[1]))


def count_badge(count: rx.Var[int], label: str | rx.Var, class_name: str = "") -> rx.Component:
    """Return a number on a spot, with what it counts for those who hear it."""
    return rx.el.span(
        rx.el.span(rx.cond(count > 99, "99+", count.to_string()), aria_hidden="true"),
        rx.el.span(", ", label, class_name="sr-only"),
        class_name=f"min-w-5 rounded-full bg-accent px-1.5 text-center text-xs font-bold leading-5 text-on-accent "
        f"{class_name}".rstrip(),
    )


def order_badge(
    lang: Lang, status: rx.Var[str], *, pickup: rx.Var[bool] | bool = False, returned: rx.Var[bool] | bool = False
) -> rx.Component:
    """Return an order's status; what is fetched, or was returned, is told otherwise than what is brought."""
    told: dict[str, Any] = {name: t(lang, f"order.{name.lower()}") for name in ("PENDING", "PROCESSING")}
    told["CANCELLED"] = rx.cond(returned, t(lang, "delivery.returned"), t(lang, "order.cancelled"))
    return rx.el.span(
        rx.match(
            status,
            *told.items(),
            ("SHIPPED", rx.cond(pickup, t(lang, "order.shipped_pickup"), t(lang, "order.shipped"))),
            rx.cond(pickup, t(lang, "order.delivered_pickup"), t(lang, "order.delivered")),
        ),
        class_name=rx.match(
            status,
            ("PENDING", TONES["bad"]),
            ("PROCESSING", TONES["warn"]),
            ("SHIPPED", TONES["strong"]),
            ("DELIVERED", TONES["good"]),
            TONES["plain"],
        ),
    )
