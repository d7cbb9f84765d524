"""What happens beside an order's way, in a language: failed deliveries and returns, as their buyers read them."""

from collections.abc import Iterable

from shopkit.contracts.delivery import DeliveryProblem, TimelineKind
from shopkit.contracts.orders import Order, OrderStatus, OrderSummary, TimelineEntry
from storefront.i18n import Lang, t
from storefront.shop import PHONE


def problem_text(reason: DeliveryProblem, lang: Lang) -> str:
    """Return why a delivery failed."""
    return t(lang, f"delivery.problem_{reason.lower()}")


def status_text(order: OrderSummary, pickup: bool, lang: Lang) -> str:
    """Return in a few words where an order stands that did not arrive, "" for any other."""
    if order.returned:
        return t(lang, "delivery.returned")
    return t(lang, f"delivery.failed{'_pickup' if pickup else ''}") if order.failed_delivery else ""


def headline(order: OrderSummary, pickup: bool, lang: Lang) -> tuple[str, str]:
    """Return title and text of an order that did not arrive, ("", "") for any other."""
    way = "_pickup" if pickup else ""
    if order.returned:
        return t(lang, "delivery.returned_title"), t(lang, f"delivery.returned_text{way}")
    if order.failed_delivery is None:
        return "", ""
    why = problem_text(order.failed_delivery.reason, lang)
    return t(lang, f"delivery.failed_title{way}"), t(lang, f"delivery.failed_text{way}", why=why, phone=PHONE)


def reached(timeline: Iterable[TimelineEntry]) -> dict[OrderStatus, TimelineEntry]:
    """Return the entry by which an order came to each status on its way; steps that were taken back are not there."""
    steps: dict[OrderStatus, TimelineEntry] = {}
    for entry in timeline:
        if entry.kind in {TimelineKind.MOVED, TimelineKind.RETURNED}:
            steps[entry.to_status] = entry
        elif entry.kind is TimelineKind.CORRECTED and entry.from_status is not entry.to_status:
            steps.pop(entry.from_status or entry.to_status, None)
    return steps


def shipped_note(order: Order, lang: Lang) -> str:
    """Return what there is to say at the step SHIPPED: of a failure, or of another try; "" for neither."""
    last = order.timeline[-1]
    if last.kind is TimelineKind.DELIVERY_FAILED and last.reason is not None:
        return " ".join(part for part in (f"{problem_text(last.reason, lang)}.", last.note) if part)
    if last.kind is TimelineKind.RETRIED:
        return " ".join(part for part in (t(lang, "delivery.retried"), last.note) if part)
    return ""
