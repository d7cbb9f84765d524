"""The dialog in which a size's stock is changed, with a reason. Belongs once into a page that opens it."""

import reflex as rx

from storefront.components.admin.dialog import close_button, dialog
from storefront.components.buttons import submit
from storefront.components.forms import field
from storefront.i18n import Lang, t
from storefront.state.admin.stock import AMOUNT, DIALOG, MAX_REASON, REASON, StockState

_REASONS = ("restocked", "broken", "counted")


def stock_dialog(lang: Lang) -> rx.Component:
    """Return the dialog, closed; `StockState.ask` opens it."""
    shown = StockState.dialog
    return dialog(
        DIALOG,
        rx.el.p(
            rx.el.span(shown.name, class_name="font-semibold"),
            " · ",
            t(lang, "admin_stock.size_now", size=shown.size, stock=shown.stock),
            class_name="-mt-1 text-muted",
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
            field(
                REASON,
                label=t(lang, "admin_stock.reason"),
                hint=t(lang, "admin_stock.reason_hint"),
                max_length=MAX_REASON,
                auto_complete="off",
                custom_attrs={"list": f"{REASON}-list"},
            ),
            rx.el.datalist(
                *[rx.el.option(value=t(lang, f"admin_stock.reason_{reason}")) for reason in _REASONS],
                id=f"{REASON}-list",
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
            for way in ("add", "take", "set")
        ],
        class_name="flex gap-1 rounded-xl bg-sunk p-1",
    )
