"""What is to be done with an order beside its next step: the button on it, and the dialog behind the button."""

from typing import Any

import reflex as rx

from storefront.components.admin.dialog import close_button, dialog
from storefront.components.buttons import button, icon_button, submit
from storefront.components.form_notices import error_of, notice
from storefront.components.forms import CHOICE_CARD, select, text_area
from storefront.components.icons import icon
from storefront.i18n import Lang, t
from storefront.state.admin.delivery import CORRECT, FAIL, FIELDS, RETRY, RETURN, STEPS_DIALOG, STOCKS, DeliveryState


def steps_button(lang: Lang, order: Any, *, worded: bool = False, class_name: str = "") -> rx.Component:
    """Return the button that asks what else is to be done with an order (an `OrderCard` or `OrderSheet`).

    It stands in for the next step while a delivery has failed; beside a next step it is a sign, unless `worded`.
    """
    ask = DeliveryState.open(order.id)
    more = t(lang, "admin_delivery.more_label", number=order.number)
    beside = (
        button(t(lang, "admin_delivery.more"), kind="quiet", on_click=ask, class_name=f"btn-sm {class_name}")
        if worded
        else icon_button(
            "more", more, on_click=ask, class_name=f"relative z-10 shrink-0 [&_.icon]:stroke-3 {class_name}"
        )
    )
    return rx.cond(
        order.has_steps,
        rx.cond(
            order.failed != "",
            button(
                t(lang, "admin_delivery.decide"),
                aria_label=t(lang, "admin_delivery.decide_label", number=order.number),
                on_click=ask,
                class_name="btn-sm relative z-10 grow",
            ),
            beside,
        ),
        rx.fragment(),
    )


def failed_note(lang: Lang, order: Any) -> rx.Component:
    """Return the line that says why an order's delivery failed; nothing if it did not."""
    return rx.cond(
        order.failed != "",
        rx.el.p(
            icon("alert", 15, "mt-0.5"),
            rx.el.span(
                t(lang, "admin_delivery.failed"), ": ", order.failed, class_name="min-w-0 break-words font-semibold"
            ),
            class_name="mt-2 flex gap-1.5 rounded-lg bg-accent-soft px-2 py-1 text-[0.8125rem] text-accent",
        ),
        rx.fragment(),
    )


def steps_dialog(lang: Lang) -> rx.Component:
    """Return the dialog, closed; a page that has `steps_button`s has it once."""
    step = DeliveryState.step
    return dialog(
        STEPS_DIALOG,
        rx.el.div(
            notice(DeliveryState.notice, id="steps-notice"),
            rx.el.fieldset(
                rx.el.legend(t(lang, "admin_delivery.what"), class_name="sr-only"),
                *[_choice(lang, name) for name in (FAIL, RETRY, RETURN, CORRECT)],
                class_name="grid gap-2.5",
            ),
            rx.cond(
                step == FAIL,
                select(
                    FIELDS["reason"],
                    label=t(lang, "admin_delivery.reason"),
                    options=[("", t(lang, "admin_delivery.choose"))],
                    more=rx.foreach(DeliveryState.reasons, lambda one: rx.el.option(one[1], value=one[0])),
                    error=error_of(DeliveryState.errors, "reason"),
                ),
                rx.fragment(),
            ),
            rx.cond(step == RETURN, _stock(lang), rx.fragment()),
            rx.cond(
                step == CORRECT,
                text_area(
                    FIELDS["note"],
                    label=t(lang, "admin_delivery.why"),
                    hint=t(lang, "admin_delivery.why_hint"),
                    error=error_of(DeliveryState.errors, "note"),
                    required=True,
                    rows="2",
                    max_length=500,
                ),
                text_area(
                    FIELDS["note"],
                    label=t(lang, "admin_delivery.note"),
                    hint=t(lang, "admin_orders.message_hint"),
                    rows="2",
                    max_length=500,
                ),
            ),
            key=DeliveryState.form.to_string(),
            class_name="mt-4 grid gap-4",
        ),
        title=t(lang, "admin_delivery.title", number=DeliveryState.number),
        text=rx.cond(
            DeliveryState.failed != "",
            t(lang, "admin_delivery.text_failed", why=DeliveryState.failed),
            t(lang, "admin_delivery.text"),
        ),
        actions=[
            close_button(lang, STEPS_DIALOG, is_first=False),
            submit(
                rx.match(
                    step,
                    *[(name, t(lang, f"admin_delivery.do_{name}")) for name in (FAIL, RETRY, RETURN)],
                    t(lang, "admin_delivery.do_correct"),
                ),
                busy=DeliveryState.is_busy,
            ),
        ],
        on_submit=DeliveryState.take,
    )


def _choice(lang: Lang, name: str) -> rx.Component:
    detail = (
        t(lang, "admin_delivery.detail_correct", status=DeliveryState.correction)
        if name == CORRECT
        else t(lang, f"admin_delivery.detail_{name}")
    )
    return rx.cond(
        DeliveryState.choices.contains(name),
        rx.el.label(
            rx.el.input(
                type="radio",
                name="step",
                value=name,
                checked=DeliveryState.step == name,
                on_change=DeliveryState.choose(name),
                class_name="mt-1 size-4 shrink-0 accent-(--accent)",
            ),
            rx.el.span(
                rx.el.span(t(lang, f"admin_delivery.step_{name}"), class_name="block font-semibold"),
                rx.el.span(detail, class_name="block text-sm text-muted"),
            ),
            class_name=f"{CHOICE_CARD} items-start gap-3 p-3.5",
        ),
        rx.fragment(),
    )


def _stock(lang: Lang) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(
            t(lang, "admin_delivery.stock"),
            rx.el.span(" *", aria_hidden="true", class_name="text-accent"),
            class_name="mb-2 font-semibold",
        ),
        rx.el.div(
            *[
                rx.el.label(
                    rx.el.input(
                        type="radio",
                        name=FIELDS["stock"],
                        value=stock,
                        id=FIELDS["stock"] if number == 0 else f"{FIELDS['stock']}-{number}",
                        aria_describedby="step-stock-error",
                        class_name="mt-1 size-4 shrink-0 accent-(--accent)",
                    ),
                    rx.el.span(
                        rx.el.span(t(lang, f"admin_delivery.stock_{stock.lower()}"), class_name="block font-semibold"),
                        rx.el.span(
                            t(lang, f"admin_delivery.stock_{stock.lower()}_detail"),
                            class_name="block text-sm text-muted",
                        ),
                    ),
                    class_name=f"{CHOICE_CARD} items-start gap-3 p-3.5",
                )
                for number, stock in enumerate(STOCKS)
            ],
            class_name="grid gap-2.5 sm:grid-cols-2",
        ),
        rx.el.p(
            error_of(DeliveryState.errors, "stock"),
            id="step-stock-error",
            aria_live="polite",
            class_name="mt-1.5 text-sm font-medium text-accent empty:hidden",
        ),
    )
