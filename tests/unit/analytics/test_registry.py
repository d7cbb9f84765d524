"""The registry: every event reads, older lines too, and what it does not know is told."""

import json
from typing import Any

import pytest

from analytics.events import (
    REMOVED,
    AddToCart,
    Event,
    ProductSearch,
    ProductViewed,
    event,
    without_personal_data,
)
from analytics.registry import NAMES, PAYLOADS, UnknownEvent, payload_of

FIRST_RELEASE: tuple[dict[str, Any], ...] = (
    {"name": "Product Viewed", "payload": {"productId": 1, "productName": "Mousse", "price": 5, "category": "mousse"}},
    {"name": "Product Search", "payload": {"searchQuery": "kem", "resultsCount": 3}},
    {"name": "Add to Cart", "payload": {"productId": 1, "quantity": 2, "size": "M", "price": 5}},
    {"name": "Checkout Started", "payload": {"cartTotal": 10, "itemCount": 2}},
    {
        "name": "Order Completed",
        "payload": {
            "orderId": "01890000-0000-7000-8000-000000000001",
            "products": [{"productId": 1, "productName": "M", "category": "c", "size": "M", "quantity": 2, "price": 5}],
            "totalAmount": 10,
            "userId": 7,
        },
    },
    {"name": "User Registered", "payload": {"fromGuest": True}},
    {"name": "User Logged In", "payload": {"role": "CUSTOMER"}},
)
"""Events as the first release wrote them."""


def read(record: dict[str, Any]) -> Event:
    envelope = {
        "eventId": "01890000-0000-7000-8000-000000000001",
        "version": 1,
        "occurredAt": "2025-03-09T17:00:00Z",
        "userId": 7,
        "sessionId": None,
        "service": "backend",
    }
    return Event.model_validate_json(json.dumps({**envelope, **record}))


@pytest.mark.parametrize("record", FIRST_RELEASE, ids=lambda record: record["name"])
def test_a_line_of_the_first_release_still_reads(record: dict[str, Any]) -> None:
    payload = payload_of(read(record))
    said = payload.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert said == record["payload"]


def test_an_event_and_version_stands_for_one_payload() -> None:
    assert len({(kind.NAME, kind.VERSION) for kind in PAYLOADS}) == len(PAYLOADS)
    assert len(NAMES) == 12
    assert all(kind.__doc__ for kind in PAYLOADS)


def test_what_the_registry_does_not_know_is_told() -> None:
    with pytest.raises(UnknownEvent, match="Cake Dropped version 1 is not in the registry"):
        payload_of(read({"name": "Cake Dropped", "payload": {}}))
    with pytest.raises(UnknownEvent, match="Product Viewed version 2 is not in the registry"):
        payload_of(read({"name": "Product Viewed", "version": 2, "payload": {}}))
    with pytest.raises(UnknownEvent, match="Product Search version 1: resultsCount"):
        payload_of(read({"name": "Product Search", "payload": {"searchQuery": "kem"}}))


def test_fields_of_a_newer_release_do_no_harm() -> None:
    payload = payload_of(read({"name": "User Registered", "payload": {"fromGuest": False, "shoeSize": 43}}))
    assert payload.model_dump() == {"from_guest": False}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("bánh kem sinh nhật 25 tuổi", "bánh kem sinh nhật 25 tuổi"),
        ("mai.nguyen@example.com", REMOVED),
        ("gọi 0901 234 567 giúp mình", f"gọi {REMOVED} giúp mình"),
        ("+84 90-123-4567", REMOVED),
        ("bánh 299000", "bánh 299000"),
        ("2 bánh 20 cm 500 g", "2 bánh 20 cm 500 g"),
    ],
)
def test_a_search_keeps_no_address_and_no_phone(typed: str, kept: str) -> None:
    assert without_personal_data(typed) == kept
    assert ProductSearch(search_query=typed, results_count=0).search_query == kept


def test_what_is_not_known_is_left_out_of_the_line() -> None:
    said = AddToCart(product_id=1, quantity=1, size="M", price=5)
    made = event(said, service="backend", user_id=None, session_id=None)
    assert made.payload == {"productId": 1, "quantity": 1, "size": "M", "price": 5}
    viewed = ProductViewed(product_id=1, product_name="", price=0, category="")
    assert event(viewed, service="s", user_id=None, session_id=None).payload["productName"] == ""
