"""Events in their envelope."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from analytics.events import (
    AddToCart,
    CheckoutStarted,
    OrderCompleted,
    OrderedProduct,
    Payload,
    ProductSearch,
    ProductViewed,
    UserLoggedIn,
    UserRegistered,
    emit,
    event,
)

ORDER = UUID("01890000-0000-7000-8000-000000000001")
BOUGHT = OrderedProduct(
    product_id=1, product_name="Mousse Xoài", category="mousse", size="M", quantity=2, price=299_000
)


@pytest.mark.parametrize(
    ("payload", "name", "said"),
    [
        (
            ProductViewed(product_id=1, product_name="Mousse Xoài", price=229_000, category="mousse"),
            "Product Viewed",
            {"productId": 1, "productName": "Mousse Xoài", "price": 229_000, "category": "mousse"},
        ),
        (
            ProductSearch(search_query="đậu đỏ", results_count=4),
            "Product Search",
            {"searchQuery": "đậu đỏ", "resultsCount": 4},
        ),
        (
            AddToCart(product_id=1, quantity=2, size="M", price=299_000),
            "Add to Cart",
            {"productId": 1, "quantity": 2, "size": "M", "price": 299_000},
        ),
        (
            CheckoutStarted(cart_total=598_000, item_count=2),
            "Checkout Started",
            {"cartTotal": 598_000, "itemCount": 2},
        ),
        (
            OrderCompleted(order_id=ORDER, products=[BOUGHT], total_amount=598_000, user_id=7),
            "Order Completed",
            {
                "orderId": str(ORDER),
                "products": [
                    {
                        "productId": 1,
                        "productName": "Mousse Xoài",
                        "category": "mousse",
                        "size": "M",
                        "quantity": 2,
                        "price": 299_000,
                    }
                ],
                "totalAmount": 598_000,
                "userId": 7,
            },
        ),
        (UserRegistered(from_guest=True), "User Registered", {"fromGuest": True}),
        (UserLoggedIn(role="ADMIN"), "User Logged In", {"role": "ADMIN"}),
    ],
)
def test_each_event_says_what_the_design_says(
    payload: Payload, name: str, said: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    at = datetime(2025, 3, 9, 17, 0, tzinfo=UTC)
    emit(event(payload, service="backend", user_id=7, session_id="s-1", event_id=ORDER, occurred_at=at))
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "eventId": str(ORDER),
        "name": name,
        "version": 1,
        "occurredAt": "2025-03-09T17:00:00Z",
        "userId": 7,
        "sessionId": "s-1",
        "service": "backend",
        "payload": said,
    }


def test_events_without_an_id_get_one_that_sorts_by_time() -> None:
    before = datetime.now(UTC)
    made = [event(UserLoggedIn(role="ADMIN"), service="s", user_id=None, session_id=None) for _ in range(100)]
    assert {each.event_id.version for each in made} == {7}
    assert len({each.event_id for each in made}) == 100
    assert [each.event_id for each in made] == sorted(each.event_id for each in made)
    assert all(before <= each.occurred_at <= datetime.now(UTC) for each in made)


def test_whatever_is_said_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    query = 'a"\n\u2028b\\ đ'
    emit(event(ProductSearch(search_query=query, results_count=0), service="s", user_id=None, session_id=None))
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out)["payload"]["searchQuery"] == query
