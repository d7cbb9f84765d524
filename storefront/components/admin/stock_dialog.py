"""The dialog in which a size's stock is changed, with a reason. Belongs once into a page that opens it."""

import reflex as rx

from storefront.components.admin.dialog import close_button, dialog
from storefront.components.buttons import submit
from storefront.components.forms import field
from storefront.components.icons import icon
from storefront.i18n import Lang, t
from storefront.state.admin.stock import AMOUNT, DIALOG, MAX_REASON, OTHER, REASON, REASONS, WHY, StockState


def stock_dialog(lang: Lang) -> rx.Component:
    """Return the dialog, closed; `StockState.ask` opens it."""
    shown = StockState.dialog
    return dialog(
        DIALOG,
        rx.el.p(
            rx.el.span(shown.name, class_name="font-semibold"),
            " · ",
            t(lang, "admin_stock.size_now", size=shown.size, stock=shown.stock),
            class_name="-mt-1 text-muted wrap-anywhere",
        ),
        rx.el.div(
            _ways(lang),
            field(
                AMOUNT,
                label=rx.match(
                    shown.way,
                    ("set", t(lang, "admin_stock.amount_set")),
                    ("take", t(lang, "admin_stock.amount_take")),
                    t(lang, "admin_stock.amount_add"),
                ),
                error=shown.problem,
                required=True,
                input_mode="numeric",
                auto_complete="off",
                max_length=9,
            ),
            rx.match(
                shown.way,
                *[(way, _reasons(lang, way)) for way in REASONS if way != "add"],
                _reasons(lang, "add"),
            ),
            key=shown.opened,
            class_name="mt-5 grid gap-5",
        ),
        title=t(lang, "admin_stock.change"),
        actions=[
            close_button(lang, DIALOG, is_first=False),
            submit(t(lang, "admin_stock.save"), busy=shown.is_busy),
        ],
        on_submit=StockState.submit.throttle(500),
    )


def _ways(lang: Lang) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(t(lang, "admin_stock.way"), class_name="sr-only"),
        *[
            rx.el.label(
                rx.el.input(
                    type="radio",
                    name="way",
                    value=way,
                    checked=StockState.dialog.way == way,
                    on_change=lambda _value, way=way: StockState.choose(way),
                    class_name="sr-only",
                ),
                t(lang, f"admin_stock.way_{way}"),
                class_name="flex min-h-11 flex-1 items-center justify-center rounded-lg px-3 text-sm font-semibold "
                "text-muted has-checked:bg-surface has-checked:text-ink has-checked:shadow-card "
                "has-focus-visible:outline-3 has-focus-visible:outline-accent",
            )
            for way in REASONS
        ],
        class_name="flex gap-1 rounded-xl bg-sunk p-1",
    )


def _reasons(lang: Lang, way: str) -> rx.Component:
    """Return the choice of a reason; the first is taken for granted only where more is put on the shelf."""
    error = StockState.dialog.reason_problem
    return rx.el.fieldset(
        rx.el.legend(
            t(lang, "admin_stock.reason"),
            rx.el.span(" *", aria_hidden="true", class_name="text-accent"),
            class_name="mb-2 font-semibold",
        ),
        rx.el.div(
            *[_reason(lang, why, checked=way == "add" and why == REASONS[way][0]) for why in (*REASONS[way], OTHER)],
            class_name="flex flex-wrap gap-2",
        ),
        rx.el.input(
            id=REASON,
            name=REASON,
            aria_label=t(lang, "admin_stock.reason_own"),
            placeholder=t(lang, "admin_stock.reason_own"),
            max_length=MAX_REASON,
            auto_complete="off",
            class_name="field mt-2 hidden group-has-[[value=other]:checked]/why:block",
        ),
        rx.el.p(
            rx.cond(error != "", rx.fragment(icon("alert", 18), error), rx.fragment()),
            id=f"{WHY}-error",
            aria_live="polite",
            class_name="mt-2 flex items-center gap-1.5 text-sm font-medium text-accent empty:hidden",
        ),
        rx.el.p(t(lang, "admin_stock.reason_hint"), class_name="mt-2 text-sm text-muted"),
        key=way,
        aria_describedby=f"{WHY}-error",
        class_name="group/why",
    )


def _reason(lang: Lang, why: str, *, checked: bool) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            id=f"{WHY}-{why}",
            name=WHY,
            value=why,
            default_checked=checked,
            class_name="size-4 accent-(--accent)",
        ),
        t(lang, f"admin_stock.reason_{why}"),
        class_name="inline-flex min-h-11 items-center gap-2 rounded-full border border-line px-3.5 text-[0.9375rem] "
        "has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-3 "
        "has-focus-visible:outline-accent lg:min-h-9",
    )
