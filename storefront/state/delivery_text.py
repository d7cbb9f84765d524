"""What happens beside an order's way, in a language: failed deliveries and returns, as their buyers read them."""

from collections.abc import Iterable

from shopkit.contracts.delivery import DeliveryProblem, TimelineKind
from shopkit.contracts.orders import Order, OrderStatus, OrderSummary, TimelineEntry
from storefront.i18n import Lang, t
from storefront.shop import PHONE

_OF_PICKUP = {DeliveryProblem.DAMAGED, DeliveryProblem.OTHER}
"""Reasons that are told in other words where nothing was on its way."""


def problem_text(reason: DeliveryProblem, pickup: bool, lang: Lang) -> str:
    """Return why an order did not reach its buyer."""
    different = pickup and reason in _OF_PICKUP
    return t(lang, f"delivery.problem_{reason.lower()}{'_pickup' if different else ''}")


def status_text(order: OrderSummary, pickup: bool, lang: Lang) -> str:
    """Return in a few words where an order stands that did not arrive, "" for any other."""
    if order.returned:
        return t(lang, "delivery.returned")
    failed = order.failed_delivery
    return t(lang, f"delivery.failed{_way(failed.reason, pickup)}") if failed else ""


def headline(order: OrderSummary, pickup: bool, lang: Lang) -> tuple[str, str]:
    """Return title and text of an order that did not arrive, ("", "") for any other."""
    way = "_pickup" if pickup else ""
    if order.returned:
        return t(lang, f"delivery.returned_title{way}"), t(lang, f"delivery.returned_text{way}")
    failed = order.failed_delivery
    if failed is None:
        return "", ""
    why = problem_text(failed.reason, pickup, lang)
    title = t(lang, f"delivery.failed_title{_way(failed.reason, pickup)}")
    return title, t(lang, f"delivery.failed_text{way}", why=why, phone=PHONE)


def _way(reason: DeliveryProblem, pickup: bool) -> str:
    """Return how the key of a failure's text ends: cakes that were only not collected still wait for their buyer."""
    if not pickup:
        return ""
    return "_pickup" if reason is DeliveryProblem.NOT_COLLECTED else "_other_pickup"


def reached(timeline: Iterable[TimelineEntry]) -> dict[OrderStatus, TimelineEntry]:
    """Return the entry by which an order came to each status on its way; steps that were taken back are not there."""
    steps: dict[OrderStatus, TimelineEntry] = {}
    for entry in timeline:
        if entry.kind in {TimelineKind.MOVED, TimelineKind.RETURNED}:
            steps[entry.to_status] = entry
        elif entry.kind is TimelineKind.CORRECTED and entry.from_status is not entry.to_status:
            steps.pop(entry.from_status or entry.to_status, None)
    return steps


def shipped_note(order: Order, pickup: bool, lang: Lang) -> str:
    """Return what there is to say at the step SHIPPED: of a failure, or of another try; "" for neither."""
    last = order.timeline[-1]
    if last.kind is TimelineKind.DELIVERY_FAILED and last.reason is not None:
        return " ".join(part for part in (f"{problem_text(last.reason, pickup, lang)}.", last.note) if part)
    if last.kind is TimelineKind.RETRIED:
        again = t(lang, f"delivery.retried{'_pickup' if pickup else ''}")
        return " ".join(part for part in (again, last.note) if part)
    return ""
