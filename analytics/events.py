"""The shop's events: what each says, and the envelope in which it leaves a service as one JSON line.

An event is written at least once; `event_id` tells copies of the same one apart, so that whoever counts can drop them.
Fields are added with a default, so that older lines still read; a field that changes its meaning makes a new VERSION,
in a class of its own beside the old one. No event holds personal data: no name, e-mail, phone or address.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel
from uuid_utils.compat import uuid7

from shopkit import log

_EMAIL = re.compile(r"\S+@\S+")
_LONG_NUMBER = re.compile(r"\+?\d(?:[\s.()-]?\d){6,}")
REMOVED = "[removed]"


def without_personal_data(text: str) -> str:
    """Return what somebody typed without what looks like an e-mail address or a phone number."""
    return _LONG_NUMBER.sub(REMOVED, _EMAIL.sub(REMOVED, text))


def _scrubbed(text: Any) -> Any:
    return without_personal_data(text) if isinstance(text, str) else text


class Payload(BaseModel):
    """What an event says besides its envelope."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    NAME: ClassVar[str]
    VERSION: ClassVar[int] = 1


class VisitStarted(Payload):
    """A visit began: its first event. A visit ends after 30 minutes of rest.

    `referrer_host` is the host of the page that led here, None for an address typed or a bookmark.
    """

    NAME = "Visit Started"
    landing_path: str
    referrer_host: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None


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
    search_query: Annotated[str, BeforeValidator(_scrubbed)]
    results_count: int


class ProductUnavailable(Payload):
    """A person wanted what the shop had too little of: `requested` pieces, of which `available` were there.

    `size` is None where somebody looked at a product of which every size was sold out.
    """

    NAME = "Product Unavailable"
    product_id: int
    product_name: str | None = None
    size: str | None = None
    requested: int
    available: int


class AddToCart(Payload):
    """A person put `quantity` pieces into the cart, at `price` VND a piece."""

    NAME = "Add to Cart"
    product_id: int
    quantity: int
    size: str
    price: int
    product_name: str | None = None


class RemovedFromCart(Payload):
    """A person took `quantity` pieces out of the cart: a whole line, or some of its pieces."""

    NAME = "Removed from Cart"
    product_id: int
    quantity: int
    size: str
    price: int
    product_name: str | None = None


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


class OrderStatusChanged(Payload):
    """An order moved. `actor` is who moved it: CUSTOMER, ADMIN or SYSTEM; `kind` is the timeline's."""

    NAME = "Order Status Changed"
    order_id: UUID
    from_status: str
    to_status: str
    actor: str
    kind: str


class OrderCancelled(Payload):
    """An order was cancelled, or came back; `total_amount` as in Order Completed. `actor` is who cancelled it."""

    NAME = "Order Cancelled"
    order_id: UUID
    total_amount: int
    actor: str


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
        payload=payload.model_dump(mode="json", by_alias=True, exclude_none=True),
    )


def emit(event: Event) -> bool:
    """Write `event` as one JSON line on stdout; tell whether it was written. It is not when the disk is full."""
    return log.write_line(event.model_dump(mode="json", by_alias=True))
