"""What buyers read of an order that does not arrive."""

from typing import Any

import pytest

from shopkit.contracts.orders import Order
from storefront.state.order_view import show_order, show_row
from tests.unit.storefront.fakes import NOW, order

FAILED = {"at": NOW, "reason": "NOT_HOME", "attempts": 1}


def entry(kind: str, before: str | None, after: str, note: str = "", reason: str | None = None) -> dict[str, Any]:
    return {
        "at": NOW, "actor": "ADMIN", "from": before, "to": after, "note": note, "kind": kind, "reason": reason,
    }  # fmt: skip


WAY = [
    entry("MOVED", None, "PENDING"),
    entry("MOVED", "PENDING", "PROCESSING"),
    entry("MOVED", "PROCESSING", "SHIPPED"),
]


@pytest.mark.parametrize(
    ("fulfilment", "title", "text"),
    [
        ("DELIVERY", "We could not hand over your cakes", "Nobody was at home. We will call you and try again"),
        ("PICKUP", "Your cakes are still here", "Nobody was at home. Call us"),
    ],
)
def test_a_failed_delivery_is_told_kindly(fulfilment: str, title: str, text: str) -> None:
    failed = entry("DELIVERY_FAILED", "SHIPPED", "SHIPPED", "See you tomorrow", "NOT_HOME")
    whole = order(status="SHIPPED", fulfilment=fulfilment, failedDelivery=FAILED, timeline=[*WAY, failed])
    view = show_order(Order.model_validate(whole), "en")
    assert view.title == title
    assert view.text.startswith(text)
    assert [(step.status, step.place) for step in view.steps] == [
        ("PENDING", "done"), ("PROCESSING", "done"), ("SHIPPED", "now"), ("DELIVERED", "next"),
    ]  # fmt: skip
    assert view.steps[2].note == "Nobody was at home. See you tomorrow"


def test_another_try_is_on_its_way_again() -> None:
    failed = entry("DELIVERY_FAILED", "SHIPPED", "SHIPPED", "", "NOT_HOME")
    retried = entry("RETRIED", "SHIPPED", "SHIPPED", "At six")
    view = show_order(Order.model_validate(order(status="SHIPPED", timeline=[*WAY, failed, retried])), "en")
    assert view.title == "Your cakes are on their way"
    assert view.steps[2].note == "Out for delivery again. At six"


def test_a_return_is_no_plain_cancellation() -> None:
    back = entry("RETURNED", "SHIPPED", "CANCELLED")
    whole = Order.model_validate(order(status="CANCELLED", returned=True, timeline=[*WAY, back]))
    view = show_order(whole, "en")
    assert (view.title, view.is_cancelled) == ("This order came back to us", True)
    assert (view.steps[-1].title, view.steps[-1].place) == ("Returned", "done")
    assert show_row(whole, "en").status_text == "Returned"
    failed = Order.model_validate(order(status="SHIPPED", failedDelivery=FAILED))
    assert show_row(failed, "en").status_text == "Not delivered yet"


def test_a_step_that_was_taken_back_is_still_to_come() -> None:
    corrected = entry("CORRECTED", "SHIPPED", "PROCESSING")
    view = show_order(Order.model_validate(order(status="PROCESSING", timeline=[*WAY, corrected])), "en")
    assert [(step.status, step.place, bool(step.at)) for step in view.steps] == [
        ("PENDING", "done", True),
        ("PROCESSING", "now", True),
        ("SHIPPED", "next", False),
        ("DELIVERED", "next", False),
    ]
