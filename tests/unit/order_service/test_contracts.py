"""The order's contract: one way, no other."""

from order_service.orders.checks import PAYMENTS
from shopkit.contracts.orders import NEXT_STATUS, Fulfilment, OrderStatus, Payment


def test_the_way_of_an_order() -> None:
    assert {status.value: {to.value for to in following} for status, following in NEXT_STATUS.items()} == {
        "PENDING": {"PROCESSING", "CANCELLED"},
        "PROCESSING": {"SHIPPED", "CANCELLED"},
        "SHIPPED": {"DELIVERED"},
        "DELIVERED": set(),
        "CANCELLED": set(),
    }
    assert set(NEXT_STATUS) == set(OrderStatus)


def test_every_fulfilment_has_its_payment() -> None:
    assert PAYMENTS == {
        Fulfilment.DELIVERY: Payment.CASH_ON_DELIVERY,
        Fulfilment.PICKUP: Payment.PAY_AT_PICKUP,
    }
