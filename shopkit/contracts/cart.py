"""The cart, as the backend tells it."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from shopkit.contracts.base import MAX_ORDERED, WHOLE, Id, Quantity, Reply, Request
from shopkit.contracts.catalog import SizeCode

CartState = Annotated[str, Field(max_length=2_000, pattern=r"^\d{1,18}:\d{1,18}(,\d{1,18}:\d{1,18})*$")]
"""What a cart held at a moment, as its `state` told. Only the cart reads it."""


class CartAdd(Request):
    """Put `quantity` more of a product's size into the caller's cart. `user_id`, if sent, must be the caller's."""

    user_id: Id | None = None
    product_id: Id
    size: SizeCode
    quantity: Quantity = 1


class CartChange(Request):
    """The new quantity of a line."""

    quantity: Quantity


class CartItem(Reply):
    """A line of a cart, with today's facts: `price` per piece in VND, `stock` what is left of that size.

    `price_when_added` differs from `price` where the shop changed it since. `available` is false when the product was
    taken off the shelf or fewer than `quantity` are left.
    """

    id: int
    product_id: int
    slug: str
    name: str
    name_en: str
    image: str | None
    size: str
    quantity: int
    price: int
    price_when_added: int
    stock: int
    available: bool
    line_total: int


class Cart(Reply):
    """A person's cart: `item_count` in pieces, `total_amount` in VND over all lines.

    An order of what is in it names `state`, so that what was added later stays; it is empty for an empty cart.
    """

    user_id: int
    items: list[CartItem]
    item_count: int
    total_amount: int
    state: str = ""


class CartMerge(Request):
    """Move a guest's cart into another account's: quantities are summed and capped at stock; the guest's is emptied."""

    from_user_id: Id
    to_user_id: Id


class CartsForgotten(Request):
    """Empty the carts of guests who are gone for good."""

    user_ids: Annotated[list[Id], Field(min_length=1, max_length=1_000)]


class BoughtItem(Request):
    """Pieces of one size that were bought."""

    product_id: Id
    size: SizeCode
    quantity: Annotated[int, Field(strict=True, ge=1, le=MAX_ORDERED), WHOLE]


class CartRemoval(Request):
    """Take what an order bought out of its buyer's cart, once per `order_id`.

    Order services of the version before ask so; the present one sends `CartPurchases`.
    """

    order_id: UUID
    user_id: Id
    items: Annotated[list[BoughtItem], Field(min_length=1, max_length=100)]


class CartPurchase(CartRemoval):
    """The same for an order that was made from the cart as it was at `cart_state`: what came later stays."""

    cart_state: CartState


class CartPurchases(Request):
    """What many orders bought out of their buyers' carts; each order is named once."""

    purchases: Annotated[list[CartPurchase], Field(min_length=1, max_length=500)]
