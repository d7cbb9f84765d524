"""The shop's events: what each says, and how it leaves a service as one JSON line on stdout.

An event is written at least once; `event_id` tells copies of the same one apart, so that whoever counts can drop them.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from uuid_utils.compat import uuid7

from shopkit import log


class Payload(BaseModel):
    """What an event says besides its envelope. `VERSION` grows when a field changes its meaning."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    NAME: ClassVar[str]
    VERSION: ClassVar[int] = 1


class ProductViewed(Payload):
    """A person looked at a product; `price` is its smallest size's, in VND."""

    NAME = "Product Viewed"
    product_id: int
    product_name: str
    price: int
    category: str


class ProductSearch(Payload):
    """A person searched; `results_count` counts what was found over all pages (suggestions: up to 500)."""

    NAME = "Product Search"
    search_query: str
    results_count: int


class AddToCart(Payload):
    """A person put `quantity` pieces into the cart, at `price` VND a piece."""

    NAME = "Add to Cart"
    product_id: int
    quantity: int
    size: str
    price: int


class CheckoutStarted(Payload):
    """A person went to the checkout with a cart of `item_count` pieces worth `cart_total` VND."""

    NAME = "Checkout Started"
    cart_total: int
    item_count: int


class OrderedProduct(BaseModel):
    """A line of a completed order; `price` in VND a piece."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    product_id: int
    product_name: str
    category: str
    size: str
    quantity: int
    price: int


class OrderCompleted(Payload):
    """An order was placed; `total_amount` sums its lines, in VND, without the delivery fee."""

    NAME = "Order Completed"
    order_id: UUID
    products: list[OrderedProduct]
    total_amount: int
    user_id: int


class UserRegistered(Payload):
    """A person became a customer; `from_guest` tells whether they had shopped as a guest."""

    NAME = "User Registered"
    from_guest: bool


class UserLoggedIn(Payload):
    """A person logged in."""

    NAME = "User Logged In"
    role: str


class Event(BaseModel):
    """An event with its envelope, as it is written. Times are UTC; `session_id` is None where nobody's is known."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    event_id: UUID
    name: str
    version: int
    occurred_at: datetime
    user_id: int | None
    session_id: str | None
    service: str
    payload: dict[str, Any]


def event(
    payload: Payload,
    *,
    service: str,
    user_id: int | None,
    session_id: str | None,
    event_id: UUID | None = None,
    occurred_at: datetime | None = None,
) -> Event:
    """Return `payload` in its envelope, with a new time-ordered id unless one is given."""
    return Event(
        event_id=event_id or uuid7(),
        name=payload.NAME,
        version=payload.VERSION,
        occurred_at=occurred_at or datetime.now(UTC),
        user_id=user_id,
        session_id=session_id,
        service=service,
        payload=payload.model_dump(mode="json", by_alias=True),
    )


def emit(event: Event) -> bool:
    """Write `event` as one JSON line on stdout; tell whether it was written. It is not when the disk is full."""
    return log.write_line(event.model_dump(mode="json", by_alias=True))
