"""Checkout on one page: recipient, delivery or pick-up, payment, note, and the order beside it."""

import reflex as rx

from shopkit.contracts.orders import Fulfilment
from storefront.components.buttons import submit
from storefront.components.checkout_summary import summary
from storefront.components.feedback import empty_state, trouble
from storefront.components.form_notices import error_of, notice
from storefront.components.forms import field, radio_cards, text_area
from storefront.components.icons import icon
from storefront.components.layout import page
from storefront.components.links import link
from storefront.i18n import Lang, href, t
from storefront.pages.base import Page
from storefront.shop import ADDRESS
from storefront.state.cart import CartState
from storefront.state.checkout import PRESS, REMEMBER, CheckoutState
from storefront.state.checkout_form import NOTE_LENGTH, NOTICE_ID
from storefront.state.session import SessionState
from storefront.state.terms import told
from storefront.theme import TITLE


def checkout(lang: Lang) -> rx.Component:
    """Return the checkout in a language."""
    nothing_to_order = CartState.is_loaded & (CartState.item_count == 0) & ~CheckoutState.is_uncertain
    gone = CheckoutState.had_items & ~CartState.emptied_here
    return page(
        lang,
        "/checkout",
        rx.el.h1(t(lang, "checkout.heading"), class_name=TITLE),
        rx.cond(
            CartState.is_unreachable,
            rx.el.div(trouble(lang, retry=CheckoutState.retry, text=t(lang, "cart.unavailable")), class_name="mt-6"),
            rx.fragment(),
        ),
        # As high as the screen: what takes the place of the form moves nothing that is in sight.
        rx.cond(
            nothing_to_order,
            rx.el.div(rx.cond(gone, _gone(lang), _empty(lang)), class_name="min-h-dvh"),
            rx.fragment(),
        ),
        # Hidden, never taken out: the browser keeps what is typed in it even while the storefront itself restarts.
        rx.el.div(_form(lang), hidden=nothing_to_order),
        class_name="wrap w-full py-8 lg:py-12",
    )


def _form(lang: Lang) -> rx.Component:
    return rx.el.form(
        # Without the browser's memory of forms: it would bring back the number of a press of before.
        rx.el.input(
            type="hidden", name=PRESS, value=CheckoutState.press.to_string(), read_only=True, auto_complete="off"
        ),
        rx.el.div(
            rx.el.div(
                rx.cond(
                    SessionState.is_signed_in,
                    rx.fragment(),
                    rx.el.p(
                        t(lang, "checkout.have_account"),
                        " ",
                        link(
                            t(lang, "checkout.sign_in"),
                            to=href(lang, "/login") + "?next=" + href(lang, "/checkout"),
                            class_name="text-link inline-flex min-h-11 items-center",
                        ),
                    ),
                ),
                rx.el.p(t(lang, "checkout.required")),
                class_name="-mb-3 text-sm text-muted",
            ),
            _contact(lang),
            _how(lang),
            rx.cond(SessionState.is_signed_in, _remember(lang), rx.fragment()),
            _payment(lang),
            _note(lang),
            class_name="grid gap-9",
        ),
        rx.el.aside(
            summary(lang),
            _place(lang),
            aria_label=t(lang, "checkout.summary"),
            class_name="card p-6 lg:sticky lg:top-28",
        ),
        on_submit=CheckoutState.place,
        no_validate=True,
        aria_label=t(lang, "checkout.heading"),
        class_name="mt-4 grid items-start gap-x-14 gap-y-10 lg:grid-cols-[1fr_26rem]",
    )


def _section(title: str, *content: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name="font-display text-2xl"), *content, class_name="grid max-w-2xl gap-5"
    )


def _contact(lang: Lang) -> rx.Component:
    return _section(
        t(lang, "checkout.contact"),
        field(
            "name",
            label=t(lang, "checkout.name"),
            required=True,
            auto_complete="name",
            max_length=100,
            **_kept("name"),
        ),
        field(
            "phone",
            label=t(lang, "checkout.phone"),
            hint=t(lang, "checkout.phone_hint"),
            required=True,
            type="tel",
            input_mode="tel",
            auto_complete="tel",
            max_length=20,
            **_kept("phone"),
        ),
        field(
            "email",
            label=t(lang, "checkout.email"),
            hint=t(lang, "checkout.email_hint"),
            type="email",
            auto_complete="email",
            max_length=254,
            **_kept("email"),
        ),
    )


def _kept(name: str) -> dict[str, object]:
    """Return what makes an input keep what is typed: the browser's value leads, the State remembers it."""
    return {
        "default_value": getattr(CheckoutState, name),
        "on_blur": lambda value: CheckoutState.keep(name, value),
        "error": error_of(CheckoutState.errors, name),
    }


def _how(lang: Lang) -> rx.Component:
    return _section(
        t(lang, "checkout.how"),
        radio_cards(
            "fulfilment",
            legend=rx.el.span(t(lang, "checkout.how"), class_name="sr-only"),
            options=[
                (Fulfilment.DELIVERY, t(lang, "checkout.delivery"), told(lang, "checkout.delivery_detail")),
                (Fulfilment.PICKUP, t(lang, "checkout.pickup"), told(lang, "checkout.pickup_detail")),
            ],
            value=CheckoutState.fulfilment,
            on_change=CheckoutState.choose,
        ),
        rx.cond(
            CheckoutState.fulfilment == Fulfilment.PICKUP,
            rx.el.div(
                icon("pin", 22, "mt-0.5 text-accent"),
                rx.el.div(
                    rx.el.p(t(lang, "checkout.pickup_where"), class_name="text-sm text-muted"),
                    rx.el.address(ADDRESS[lang], class_name="font-medium not-italic"),
                    rx.el.p(told(lang, "shell.hours"), class_name="text-sm text-muted"),
                ),
                class_name="flex gap-3.5 rounded-2xl bg-sunk p-5",
            ),
            text_area(
                "address",
                label=t(lang, "checkout.address"),
                hint=t(lang, "checkout.address_hint"),
                required=True,
                auto_complete="street-address",
                max_length=500,
                rows="2",
                **_kept("address"),
            ),
        ),
    )


def _remember(lang: Lang) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=REMEMBER,
            default_checked=CheckoutState.keeps_profile,
            # Asked anew for each person: what the browser shows then is theirs.
            key=CheckoutState.keeps_profile.to_string(),
            class_name="size-5 shrink-0 accent-(--accent)",
        ),
        rx.cond(
            CheckoutState.fulfilment == Fulfilment.PICKUP,
            t(lang, "checkout.remember_phone"),
            t(lang, "checkout.remember"),
        ),
        class_name="-mt-4 flex min-h-11 max-w-2xl cursor-pointer items-center gap-3",
    )


def _payment(lang: Lang) -> rx.Component:
    def way(key: str) -> rx.Component:
        return rx.el.div(
            rx.el.p(t(lang, f"checkout.{key}"), class_name="font-semibold"),
            rx.el.p(t(lang, f"checkout.{key}_detail"), class_name="text-sm text-muted"),
        )

    return _section(
        t(lang, "checkout.payment"),
        rx.el.div(
            icon("check", 22, "mt-0.5 text-leaf"),
            rx.cond(CheckoutState.fulfilment == Fulfilment.PICKUP, way("payment_pickup"), way("payment_delivery")),
            aria_live="polite",
            class_name="card flex gap-3.5 p-4",
        ),
    )


def _note(lang: Lang) -> rx.Component:
    return rx.el.div(
        text_area(
            "note",
            label=t(lang, "checkout.note"),
            hint=t(lang, "checkout.note_hint"),
            max_length=NOTE_LENGTH,
            **_kept("note"),
        ),
        class_name="max-w-2xl",
    )


def _place(lang: Lang) -> rx.Component:
    return rx.el.div(
        notice(
            CheckoutState.notice,
            rx.cond(
                CheckoutState.notice_lines.length() > 0,
                rx.el.ul(rx.foreach(CheckoutState.notice_lines, rx.el.li), class_name="mt-1.5 grid gap-1 text-sm"),
                rx.fragment(),
            ),
            id=NOTICE_ID,
        ),
        submit(
            rx.cond(
                CheckoutState.is_placing,
                t(lang, "checkout.placing"),
                rx.cond(
                    CheckoutState.must_confirm,
                    t(lang, "checkout.confirm"),
                    rx.cond(CheckoutState.is_uncertain, t(lang, "checkout.try_again"), t(lang, "checkout.place")),
                ),
            ),
            busy=CheckoutState.is_placing,
            class_name="w-full",
        ),
        rx.el.p(t(lang, "checkout.legal"), class_name="text-center text-sm text-muted"),
        class_name="mt-5 grid gap-4",
    )


def _gone(lang: Lang) -> rx.Component:
    return empty_state(
        t(lang, "checkout.other_tab_title"),
        t(lang, "checkout.other_tab_text"),
        rx.cond(
            SessionState.is_signed_in,
            link(t(lang, "order.to_history"), to=href(lang, "/account"), class_name="btn btn-primary"),
            rx.fragment(),
        ),
        link(t(lang, "cart.to_menu"), to=href(lang, "/menu"), class_name="btn btn-secondary"),
    )


def _empty(lang: Lang) -> rx.Component:
    return empty_state(
        t(lang, "cart.empty_title"),
        t(lang, "cart.empty_text"),
        link(t(lang, "cart.to_menu"), to=href(lang, "/menu"), class_name="btn btn-primary"),
    )


PAGE = Page(key="checkout", path="/checkout", build=checkout, on_load=(CheckoutState.open,), indexed=False)
