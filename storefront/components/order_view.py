"""An order as people see it: where it stands, its way, its lines and sums. Two pages share it."""

import reflex as rx

from storefront.components.icons import icon
from storefront.components.links import link
from storefront.components.product_card import picture
from storefront.i18n import Lang, href, t
from storefront.shop import ADDRESS
from storefront.state.order_view import LineView, OrderView, StepView
from storefront.theme import SECTION_TITLE

_PILL = "flex items-center gap-2.5 rounded-full px-3.5 py-1.5 text-sm font-medium"


def standing(lang: Lang, order: rx.Var[OrderView], is_live: rx.Var[bool]) -> rx.Component:
    """Return where the order stands, said aloud to screen readers when it moves, and its way there."""
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2(order.title, class_name=SECTION_TITLE),
                rx.el.p(order.text, class_name="mt-1.5 text-muted"),
                rx.cond(
                    order.expected != "",
                    rx.el.p(
                        icon("clock", 20, "text-accent"),
                        order.expected,
                        class_name="mt-3 flex items-center gap-2 font-semibold",
                    ),
                    rx.fragment(),
                ),
                role="status",
                aria_live="polite",
                aria_atomic="true",
            ),
            _live(lang, order, is_live),
            class_name="flex flex-wrap items-start justify-between gap-x-6 gap-y-3",
        ),
        rx.el.ol(
            rx.foreach(order.steps, lambda step, index: _step(lang, step, index)),
            aria_label=t(lang, "order.progress"),
            # Down on a phone, across where there is room.
            class_name="mt-8 lg:grid lg:auto-cols-fr lg:grid-flow-col",
        ),
        class_name="card p-6 sm:p-8",
    )


def _live(lang: Lang, order: rx.Var[OrderView], is_live: rx.Var[bool]) -> rx.Component:
    dot = "relative size-2.5 rounded-full"
    return rx.cond(
        order.is_final,
        rx.fragment(),
        rx.cond(
            is_live,
            rx.el.p(
                rx.el.span(
                    rx.el.span(class_name="absolute inset-0 animate-ping rounded-full bg-leaf motion-reduce:hidden"),
                    aria_hidden="true",
                    class_name=f"{dot} bg-leaf",
                ),
                t(lang, "order.live"),
                class_name=f"{_PILL} bg-leaf-soft text-leaf",
            ),
            rx.el.p(
                rx.el.span(aria_hidden="true", class_name=f"{dot} bg-line-strong"),
                t(lang, "order.not_live"),
                class_name=f"{_PILL} bg-sunk text-muted",
            ),
        ),
    )


def _step(lang: Lang, step: rx.Var[StepView], index: rx.Var[int]) -> rx.Component:
    mark = "grid size-9 shrink-0 place-items-center rounded-full border-2 transition-colors duration-500"
    return rx.el.li(
        rx.el.span(
            rx.match(
                step.place,
                ("done", rx.cond(step.status == "CANCELLED", icon("close", 18), icon("check", 18))),
                ("now", rx.el.span(class_name="size-3 rounded-full bg-on-accent")),
                rx.el.span(class_name="size-2 rounded-full bg-line-strong"),
            ),
            aria_hidden="true",
            class_name=rx.match(
                step.place,
                (
                    "done",
                    rx.cond(
                        step.status == "CANCELLED",
                        f"{mark} border-line-strong bg-sunk text-muted",
                        f"{mark} border-leaf bg-leaf text-page",
                    ),
                ),
                ("now", f"{mark} border-accent bg-accent ring-4 ring-accent-soft"),
                f"{mark} border-line bg-surface",
            ),
        ),
        rx.el.div(
            rx.el.p(
                step.title,
                rx.el.span(
                    ", ",
                    rx.match(
                        step.place,
                        ("done", t(lang, "order.step_done")),
                        ("now", t(lang, "order.step_now")),
                        t(lang, "order.step_next"),
                    ),
                    class_name="sr-only",
                ),
                class_name=rx.cond(step.place == "next", "text-muted", "font-semibold"),
            ),
            rx.cond(step.at != "", rx.el.p(step.at, class_name="text-sm text-muted tabular-nums"), rx.fragment()),
            rx.cond(step.note != "", rx.el.p(step.note, class_name="mt-1 text-sm italic"), rx.fragment()),
            class_name="min-h-9 pb-6 pt-1.5 group-last:pb-0 lg:pb-0 lg:pr-4 lg:pt-3",
        ),
        key=step.status,
        aria_current=rx.cond(step.place == "now", "step", "false"),
        # The thread between two marks has the colour of the step it leads from.
        custom_attrs={"data-place": step.place},
        class_name="group relative flex gap-4 before:absolute before:bottom-0 before:left-[1.0625rem] before:top-9 "
        "before:w-0.5 before:bg-line before:transition-colors before:duration-500 last:before:hidden "
        "data-[place=done]:before:bg-leaf lg:flex-col lg:gap-0 lg:before:bottom-auto lg:before:left-9 "
        "lg:before:right-0 lg:before:top-[1.0625rem] lg:before:h-0.5 lg:before:w-auto",
    )


def contents(lang: Lang, order: rx.Var[OrderView]) -> rx.Component:
    """Return the order's lines and sums."""
    return rx.el.section(
        rx.el.h2(t(lang, "order.lines"), class_name="font-display text-xl"),
        rx.el.ul(
            rx.foreach(order.lines, lambda line: _line(lang, line)),
            class_name="mt-2 divide-y divide-line",
        ),
        rx.el.dl(
            _sum(t(lang, "order.total"), order.total),
            _sum(t(lang, "order.fee"), order.fee),
            _sum(t(lang, "order.grand_total"), order.grand_total, strong=True),
            class_name="mt-2 grid gap-2 border-t border-line pt-4",
        ),
        class_name="card p-6",
    )


def _line(lang: Lang, line: rx.Var[LineView]) -> rx.Component:
    return rx.el.li(
        picture(line.image, class_name="!size-14 shrink-0 rounded-xl bg-sunk", size=112),
        rx.el.div(
            link(
                line.name,
                to=href(lang, "/product/") + line.slug,
                class_name="font-semibold underline-offset-4 hover:underline",
            ),
            rx.el.p(
                t(lang, "cart.size", size=line.size),
                " · ",
                t(lang, "order.times", count=line.quantity, price=line.price),
                class_name="text-sm text-muted tabular-nums",
            ),
            class_name="min-w-0 grow",
        ),
        rx.el.span(line.total, class_name="shrink-0 font-semibold tabular-nums"),
        class_name="flex items-center gap-4 py-3.5",
    )


def _sum(label: str, amount: rx.Var[str], *, strong: bool = False) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label),
        rx.el.dd(amount, class_name="tabular-nums" + (" font-display text-2xl" if strong else "")),
        class_name="flex items-baseline justify-between gap-4" + (" mt-1 font-semibold" if strong else " text-muted"),
    )


def particulars(lang: Lang, order: rx.Var[OrderView]) -> rx.Component:
    """Return where the order goes, to whom, and how it is paid."""
    return rx.el.dl(
        _fact(
            "pin",
            rx.cond(order.is_pickup, t(lang, "order.where_pickup"), t(lang, "order.where_delivery")),
            rx.cond(order.is_pickup, ADDRESS[lang], order.address),
        ),
        rx.cond(
            order.contact != "",
            _fact("user", t(lang, "order.contact"), order.contact, rx.cond(order.phone != "", " · " + order.phone, "")),
            rx.fragment(),
        ),
        _fact("shop", t(lang, "order.payment"), order.payment),
        rx.cond(order.note != "", _fact("mail", t(lang, "order.note"), order.note), rx.fragment()),
        class_name="card grid gap-5 p-6",
    )


def _fact(sign: str, label: str | rx.Var, *text: str | rx.Var) -> rx.Component:
    return rx.el.div(
        rx.el.dt(
            icon(sign, 22, "absolute left-0 top-0.5 text-accent"),
            label,
            class_name="text-sm text-muted",
        ),
        rx.el.dd(*text, class_name="whitespace-pre-line break-words font-medium"),
        class_name="relative min-w-0 pl-9",
    )
