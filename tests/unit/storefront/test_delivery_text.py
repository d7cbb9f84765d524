"""What buyers read of an order that does not arrive."""

from typing import Any

import pytest

from shopkit.contracts.orders import Order
from storefront.i18n import Lang
from storefront.state.order_view import show_order, show_row
from tests.unit.storefront.fakes import NOW, order

NOT_DELIVERED = "We could not hand over your cakes"
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
    ("fulfilment", "reason", "title", "why", "text"),
    [
        ("DELIVERY", "NOT_HOME", NOT_DELIVERED, "Nobody was at home", "We will call you and try again"),
        ("DELIVERY", "DAMAGED", NOT_DELIVERED, "The cakes were damaged on the way", "We will call you and try again"),
        ("DELIVERY", "OTHER", NOT_DELIVERED, "Something came up on the way", "We will call you and try again"),
        ("PICKUP", "NOT_COLLECTED", "Your cakes are still here", "The cakes were not collected", "Call us"),
        ("PICKUP", "REFUSED", NOT_DELIVERED, "The cakes were not accepted", "Call us"),
        ("PICKUP", "DAMAGED", NOT_DELIVERED, "Your cakes were damaged at the shop", "Call us"),
        ("PICKUP", "OTHER", NOT_DELIVERED, "Something came up with your order", "Call us"),
    ],
)
def test_a_failure_is_told_kindly(fulfilment: str, reason: str, title: str, why: str, text: str) -> None:
    failed = entry("DELIVERY_FAILED", "SHIPPED", "SHIPPED", "See you tomorrow", reason)
    fact = {**FAILED, "reason": reason}
    whole = order(status="SHIPPED", fulfilment=fulfilment, failedDelivery=fact, timeline=[*WAY, failed])
    view = show_order(Order.model_validate(whole), "en")
    assert view.title == title
    assert view.text.startswith(f"{why}. {text}")
    assert [(step.status, step.place) for step in view.steps] == [
        ("PENDING", "done"), ("PROCESSING", "done"), ("SHIPPED", "now"), ("DELIVERED", "next"),
    ]  # fmt: skip
    assert view.steps[2].note == f"{why}. See you tomorrow"


@pytest.mark.parametrize(("lang", "words"), [("vi", ("giao", "trên đường", "ở nhà")), ("en", ("deliver", "way"))])
@pytest.mark.parametrize("reason", ["NOT_COLLECTED", "REFUSED", "DAMAGED", "OTHER"])
def test_nothing_of_a_pickup_is_told_as_a_delivery(lang: Lang, words: tuple[str, ...], reason: str) -> None:
    facts: dict[str, Any] = {"status": "SHIPPED", "fulfilment": "PICKUP"}
    failed = entry("DELIVERY_FAILED", "SHIPPED", "SHIPPED", "", reason)
    retried, back = entry("RETRIED", "SHIPPED", "SHIPPED"), entry("RETURNED", "SHIPPED", "CANCELLED")
    for change in (
        {"failedDelivery": {**FAILED, "reason": reason}, "timeline": [*WAY, failed]},
        {"timeline": [*WAY, failed, retried]},
        {"status": "CANCELLED", "returned": True, "timeline": [*WAY, failed, back]},
    ):
        whole = Order.model_validate(order(**facts | change))
        view = show_order(whole, lang)
        told = [view.title, view.text, show_row(whole, lang).status_text, *(step.note for step in view.steps)]
        assert [text for text in told if any(word in text.lower() for word in words)] == []


def test_cakes_wait_for_their_buyer_only_if_they_were_not_collected() -> None:
    texts = {}
    for reason in ("NOT_COLLECTED", "DAMAGED"):
        fact = {**FAILED, "reason": reason}
        whole = Order.model_validate(order(status="SHIPPED", fulfilment="PICKUP", failedDelivery=fact))
        texts[reason] = show_row(whole, "vi").status_text
    assert texts == {"NOT_COLLECTED": "Chờ bạn đến lấy", "DAMAGED": "Chưa trao được"}


@pytest.mark.parametrize(
    ("fulfilment", "note"), [("DELIVERY", "Out for delivery again."), ("PICKUP", "Waiting for you again.")]
)
def test_another_try_is_told(fulfilment: str, note: str) -> None:
    retried = entry("RETRIED", "SHIPPED", "SHIPPED", "At six")
    view = show_order(
        Order.model_validate(order(status="SHIPPED", fulfilment=fulfilment, timeline=[*WAY, retried])), "en"
    )
    assert view.steps[2].note == f"{note} At six"


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
