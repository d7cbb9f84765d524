"""Orders made ready to show to staff in lists."""

from dataclasses import dataclass
from datetime import UTC, datetime

from shopkit.clock import shop_day
from shopkit.contracts.delivery import DeliveryProblem
from shopkit.contracts.orders import NEXT_STATUS, Fulfilment, OrderStatus, OrderSummary
from shopkit.money import NO_BREAK_SPACE, format_vnd
from storefront.dates import format_moment, format_promise, format_time
from storefront.i18n import Lang, t
from storefront.state.catalog import unbroken


@dataclass(frozen=True)
class OrderCard:
    """An order on the board or in the table.

    `next` is the status it can be moved to with one click ("" for none), `next_text` what that is called. `since` is
    when it came into its status, for the browser to tell how long ago; `due` when the buyer expects it, "" once it is
    there or ready. `failed` is why its delivery failed, "" if it did not; `has_steps` tells whether there is more to do
    than the next step.
    """

    id: str
    number: str
    status: str
    version: int
    placed_at: str
    since: str
    due: str
    name: str
    phone: str
    address: str
    is_pickup: bool
    cakes: list[str]
    note: str
    total: str
    next: str
    next_text: str
    failed: str = ""
    has_steps: bool = False
    returned: bool = False
    is_new: bool = False


def next_of(status: OrderStatus) -> OrderStatus | None:
    """Return the status that follows, cancelling aside; None at the end of the way."""
    return next((status for status in NEXT_STATUS[status] if status is not OrderStatus.CANCELLED), None)


def next_step(order: OrderSummary) -> OrderStatus | None:
    """Return the status that one click moves an order to. A delivery that failed wants a decision first."""
    return None if order.failed_delivery else next_of(order.status)


def has_steps(order: OrderSummary) -> bool:
    """Tell whether staff can do something to an order beside its next step."""
    return order.status is OrderStatus.SHIPPED or can_correct(order)


def can_correct(order: OrderSummary) -> bool:
    """Tell whether staff may take the last step back still."""
    return order.correctable_until is not None and order.correctable_until > datetime.now(UTC)


def failed_text(order: OrderSummary, lang: Lang) -> str:
    """Return why the delivery of an order failed, "" if it did not."""
    failed = order.failed_delivery
    return reason_text(failed.reason, order.fulfilment is Fulfilment.PICKUP, lang) if failed else ""


def reason_text(reason: DeliveryProblem, pickup: bool, lang: Lang) -> str:
    """Return why an order did not reach its buyer, as staff say it."""
    different = pickup and reason is DeliveryProblem.DAMAGED  # nothing of it was on its way
    return t(lang, f"admin_delivery.reason_{reason.lower()}{'_pickup' if different else ''}")


def next_text(status: OrderStatus | None, *, pickup: bool, lang: Lang) -> str:
    """Return what moving an order to `status` is called, "" for nowhere."""
    if status is None:
        return ""
    different = pickup and status in {OrderStatus.SHIPPED, OrderStatus.DELIVERED}
    return t(lang, f"admin_orders.to_{status.lower()}{'_pickup' if different else ''}")


def show_card(order: OrderSummary, lang: Lang, *, is_new: bool = False) -> OrderCard:
    """Return an order ready to show in a list."""
    pickup = order.fulfilment is Fulfilment.PICKUP
    following = next_step(order)
    return OrderCard(
        id=str(order.id),
        number=order.number,
        status=order.status,
        version=order.version,
        placed_at=_placed(order.created_at, lang),
        since=order.updated_at.isoformat(),
        due=_due(order, lang),
        name=order.contact_name or t(lang, "admin_orders.nameless"),
        phone=order.contact_phone or "",
        address="" if pickup else order.shipping_address,
        is_pickup=pickup,
        cakes=[
            f"{line.quantity}{NO_BREAK_SPACE}×{NO_BREAK_SPACE}{_name(line.name, line.name_en, lang)} ({line.size})"
            for line in order.items
        ],
        note=order.note,
        total=format_vnd(order.grand_total),
        next=following or "",
        next_text=next_text(following, pickup=pickup, lang=lang),
        failed=failed_text(order, lang),
        has_steps=has_steps(order),
        returned=order.returned,
        is_new=is_new,
    )


def _due(order: OrderSummary, lang: Lang) -> str:
    pickup_is_ready = order.fulfilment is Fulfilment.PICKUP and order.status is OrderStatus.SHIPPED
    if not NEXT_STATUS[order.status] or pickup_is_ready or order.expected_from is None or order.expected_until is None:
        return ""
    begin, end, now = order.expected_from, order.expected_until, datetime.now(UTC)
    due = format_promise(begin, end, lang, placed_at=order.created_at, now=now)
    return due[:1].upper() + due[1:]


def _name(name: str, name_en: str, lang: Lang) -> str:
    return unbroken(name_en if lang == "en" and name_en else name)


def _placed(moment: datetime, lang: Lang) -> str:
    return format_time(moment) if shop_day(moment) == shop_day(datetime.now(UTC)) else format_moment(moment, lang)
