"""Stock holds between order_service (which asks) and backend (which owns the stock)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shopkit.contracts.base import MAX_ORDERED, WHOLE, Id, Reply, Request, Vnd
from shopkit.contracts.catalog import SizeCode


class HoldState(StrEnum):
    """HELD stock awaits its order; CONFIRMED is sold; RELEASED and EXPIRED are on the shelf; WRITTEN_OFF is lost."""

    HELD = "HELD"
    CONFIRMED = "CONFIRMED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    WRITTEN_OFF = "WRITTEN_OFF"


class HoldItem(Request):
    """One line to hold: `quantity` pieces of a product's size, which the buyer was told cost `price` VND each."""

    product_id: Id
    size: SizeCode
    quantity: Annotated[int, Field(strict=True, ge=1, le=MAX_ORDERED), WHOLE]
    price: Vnd


class HoldRequest(Request):
    """Take stock for the order `order_id`, if it still costs `total_amount` VND. Each size stands in one line.

    Asking again with the same id returns the same hold.
    """

    order_id: UUID
    total_amount: Annotated[int, Field(strict=True, ge=0, le=10**14), WHOLE]
    items: Annotated[list[HoldItem], Field(min_length=1, max_length=100)]


class HeldLine(Reply):
    """A held line with the price (VND per piece) and the names it is sold under."""

    product_id: int
    size: str
    quantity: int
    price: int
    slug: str
    name: str
    name_en: str
    image: str | None
    category: str


class Hold(Reply):
    """A hold: its lines in ascending order of (product_id, size), and when it ends if nobody confirms it."""

    order_id: UUID
    state: HoldState
    expires_at: datetime
    items: list[HeldLine]


LATER = "later"


class HoldsConfirmation(Request):
    """Orders that stand, each named once: their stock is sold."""

    order_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class HoldConfirmation(Reply):
    """What became of one of them: the hold's state, or, where it could not be confirmed, the problem's `code`.

    The code `LATER` means that it was not tried: ask again.
    """

    order_id: UUID
    state: HoldState | None = None
    code: str | None = None


class HoldsConfirmed(Reply):
    """One answer for each order that was asked about, in any order."""

    results: list[HoldConfirmation]


class ShortLine(Reply):
    """A line that cannot be held: `available` pieces are left (0 too when the product is gone)."""

    product_id: int
    size: str
    requested: int
    available: int
    name: str | None = None
    name_en: str | None = None


class OldHolds(Reply):
    """Ids of orders whose holds were made long ago and wait for nothing, in ascending order."""

    order_ids: list[UUID]


class HoldsToForget(Request):
    """Orders that no step and no message concerns any more: what was kept for them may go."""

    order_ids: Annotated[list[UUID], Field(min_length=1, max_length=1_000)]


class HoldsForgotten(Reply):
    """How many holds went. Fewer than were named, if some had gone before or are in use just now."""

    count: int
