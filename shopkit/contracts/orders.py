"""Orders, as the order service tells them."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import EmailStr, Field, WithJsonSchema

from shopkit.contracts.base import MAX_ID, MAX_OFFSET, WHOLE, Id, Page, Quantity, Reply, Request, ShopDay, Vnd
from shopkit.contracts.cart import CartState
from shopkit.contracts.catalog import SizeCode
from shopkit.contracts.delivery import DeliveryProblem, FailedDelivery, ReturnedStock, TimelineKind, Version
from shopkit.contracts.users import PersonName, Phone
from shopkit.text import FILLED_BLOCK_PATTERN, FILLED_LINE_PATTERN, Block, Line


class OrderStatus(StrEnum):
    """PENDING, PROCESSING, SHIPPED, DELIVERED, one step at a time; CANCELLED before SHIPPED, or returned after."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


NEXT_STATUS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.PROCESSING, OrderStatus.CANCELLED}),
    OrderStatus.PROCESSING: frozenset({OrderStatus.SHIPPED, OrderStatus.CANCELLED}),
    OrderStatus.SHIPPED: frozenset({OrderStatus.DELIVERED}),
    OrderStatus.DELIVERED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
}
"""Where an order may go from each status."""


class Fulfilment(StrEnum):
    """How the cake reaches its buyer."""

    DELIVERY = "DELIVERY"
    PICKUP = "PICKUP"


class Payment(StrEnum):
    """How it is paid: to the courier, or at the shop's counter."""

    CASH_ON_DELIVERY = "CASH_ON_DELIVERY"
    PAY_AT_PICKUP = "PAY_AT_PICKUP"


class OrderItemInput(Request):
    """A line to order. `price` (VND per piece) is what the buyer was shown; the server compares, never believes it."""

    product_id: Id
    quantity: Quantity
    size: SizeCode
    price: Vnd


class OrderInput(Request):
    """An order. `total_amount` is the sum of the lines without the delivery fee, and only a check, like `price`.

    `user_id` must be the caller's. A delivery needs `shipping_address`; a pick-up needs none. An order of what is in
    the buyer's cart names the cart's `state` as `cart_state`, and is taken out of the cart once it is safe; one that
    names none leaves the cart as it is.
    """

    user_id: Id
    items: Annotated[list[OrderItemInput], Field(min_length=1, max_length=100)]
    total_amount: Annotated[int, Field(strict=True, ge=0, le=10**14), WHOLE]
    shipping_address: Annotated[Block, Field(max_length=500)] = ""
    fulfilment: Fulfilment = Fulfilment.DELIVERY
    payment: Payment | None = None
    contact_name: PersonName | None = None
    contact_phone: Phone | None = None
    contact_email: Annotated[EmailStr, Field(max_length=254)] | None = None
    note: Annotated[Block, Field(max_length=1000)] = ""
    cart_state: CartState | None = None


class OrderLine(Reply):
    """A line as it was sold: names, size and price (VND per piece) are copies, and never change."""

    product_id: int
    slug: str
    name: str
    name_en: str
    image: str | None
    size: str
    quantity: int
    price: int
    line_total: int


class Actor(StrEnum):
    """Who changed an order. SYSTEM is the shop's own software."""

    CUSTOMER = "CUSTOMER"
    ADMIN = "ADMIN"
    SYSTEM = "SYSTEM"


class TimelineEntry(Reply):
    """One change of an order; `from_status` is None for its placing. `actor_id` is for staff only.

    `reason` tells why a delivery failed.
    """

    at: datetime
    actor: Actor
    actor_id: int | None = None
    from_status: Annotated[OrderStatus | None, Field(alias="from")]
    to_status: Annotated[OrderStatus, Field(alias="to")]
    note: str
    kind: TimelineKind = TimelineKind.MOVED
    reason: DeliveryProblem | None = None


class OrderSummary(Reply):
    """An order as lists show it. `number` is what people say on the phone; amounts in VND.

    `total_amount` sums the lines, `delivery_fee` comes on top, `grand_total` is what is paid. `version` counts the
    order's changes; `note` is the buyer's. The buyer was told that it comes, or is ready at the counter, between
    `expected_from` and `expected_until`. `failed_delivery` is there while a delivery has failed and was not tried
    again; `returned` tells a CANCELLED order that came back from one that never left. Until `correctable_until`, staff
    may take the last step back; staff alone see it.
    """

    id: UUID
    number: str
    user_id: int
    status: OrderStatus
    fulfilment: Fulfilment
    payment: Payment
    contact_name: str | None
    contact_phone: str | None
    item_count: int
    total_amount: int
    delivery_fee: int
    grand_total: int
    created_at: datetime
    updated_at: datetime
    version: int
    note: str
    items: list[OrderLine]
    failed_delivery: FailedDelivery | None = None
    returned: bool = False
    correctable_until: datetime | None = None
    shipping_address: str = ""
    expected_from: datetime | None = None
    expected_until: datetime | None = None


class Order(OrderSummary):
    """An order whole. `tracking_token` opens it without a login; `returned_stock` is for staff only."""

    shipping_address: str
    contact_email: str | None
    tracking_token: str
    can_cancel: bool
    returned_stock: ReturnedStock | None = None
    timeline: list[TimelineEntry]


class StatusChange(Request):
    """The next status, with a note for the timeline. `version`, if sent, must be the order's current one."""

    status: OrderStatus
    note: Annotated[Block, Field(max_length=500)] = ""
    version: Version | None = None


class CancelRequest(Request):
    """Why the buyer cancels, if they say."""

    reason: Annotated[Line, Field(max_length=500)] = ""


class OrderLookup(Request):
    """An order's number, as people say it, and the phone that was given with the order."""

    number: Annotated[Line, Field(min_length=1, max_length=30, json_schema_extra={"pattern": FILLED_LINE_PATTERN})]
    phone: Annotated[Phone, Field(min_length=1)]


class OrderLink(Reply):
    """What opens an order without a login."""

    number: str
    tracking_token: str


# JSON Schema's format "time" has an offset; a clock on the wall has none.
WallTime = Annotated[time, WithJsonSchema({"type": "string", "pattern": r"^[0-2]\d:[0-5]\d:[0-5]\d$"})]


class DeliveryTerms(Reply):
    """What delivery costs: `fee` VND, nothing from an order sum of `free_from` VND; pick-up is always free.

    And what the shop promises. Times are the shop's own. What is ordered before `same_day_until` comes by `closes_at`
    on the same day, the rest between `opens_at` and `next_day_by` on the next; an order placed now between
    `expected_from` and `expected_until`. `area` is where the shop delivers.
    """

    fee: int
    free_from: int
    opens_at: WallTime = time(8)
    closes_at: WallTime = time(20)
    same_day_until: WallTime = time(16)
    next_day_by: WallTime = time(12)
    area: str = "TP. Hồ Chí Minh"
    area_en: str = "Ho Chi Minh City"
    expected_from: datetime | None = None
    expected_until: datetime | None = None


USUAL_TERMS = DeliveryTerms(fee=30_000, free_from=500_000)
"""The reference shop's. The order service's settings replace them; a page shows them until it knows better."""


class OrderChanged(Reply):
    """A server-sent event of the order stream: an order was placed or moved, or `kind` tells what else happened."""

    order_id: UUID
    number: str
    user_id: int
    status: OrderStatus
    from_status: OrderStatus | None
    version: int
    at: datetime
    kind: TimelineKind = TimelineKind.MOVED


class PricedLine(Reply):
    """A line whose price is no longer what the buyer was shown; VND per piece. Part of the `price_changed` problem."""

    product_id: int
    size: str
    requested_price: int
    price: int
    name: str
    name_en: str


class OrderSort(StrEnum):
    """How a list of orders may be sorted, by when they were placed."""

    NEWEST = "newest"
    OLDEST = "oldest"


class OrderFilter(Request):
    """What a list of orders may be narrowed by: `q` is a number, phone or name; dates are shop days, inclusive.

    `date_from` and `date_to` are about when an order was placed, `changed_from` about its status, which last changed on
    that day or later.
    """

    page: Annotated[int, Field(ge=1, le=MAX_OFFSET + 1)] = 1
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    status: Annotated[list[OrderStatus], Field(max_length=5, default_factory=list)]
    fulfilment: Fulfilment | None = None
    user_id: Annotated[int | None, Field(ge=1, le=MAX_ID)] = None
    q: Annotated[Line, Field(max_length=100)] | None = None
    date_from: ShopDay | None = None
    date_to: ShopDay | None = None
    changed_from: ShopDay | None = None
    sort: OrderSort = OrderSort.NEWEST
    after: UUID | None = None


class OrderPage(Page[OrderSummary]):
    """A page of orders. `next` continues after the last one however long the list is (`?after=`)."""

    next: UUID | None = None


class NoteInput(Request):
    """What staff want to remember of an order. The buyer never sees it."""

    text: Annotated[Block, Field(min_length=1, max_length=1000, json_schema_extra={"pattern": FILLED_BLOCK_PATTERN})]


class OrderNote(Reply):
    """A note that staff made about an order, for staff."""

    id: int
    at: datetime
    actor_id: int
    text: str


class CustomerOrders(Reply):
    """What one person has ordered: `orders` counts all but the cancelled, `spent` sums them in VND, fees included."""

    user_id: int
    orders: int
    cancelled: int
    spent: int
    last_order_at: datetime | None


class HourFigures(Reply):
    """What was ordered in one hour of a shop day; `hour` is 0 to 23, `revenue` in VND."""

    hour: int
    orders: int
    revenue: int


class DayFigures(Reply):
    """A shop day's orders without the cancelled. `revenue` and `average_basket` in whole VND, fees included.

    `until` is the moment up to which orders are counted: the day's end, or now for a day that is not over.
    """

    day: date
    until: datetime
    orders: int
    revenue: int
    average_basket: int
    hours: list[HourFigures]


class BestSeller(Reply):
    """A product by what was sold of it: `quantity` pieces for `revenue` VND."""

    product_id: int
    slug: str
    name: str
    name_en: str
    image: str | None
    quantity: int
    revenue: int


class OrderStats(Reply):
    """A shop day beside the same weekday of the week before, counted up to the same time of day.

    `waiting` counts the orders that are in each status now, whenever they were placed: PENDING, PROCESSING, SHIPPED.
    `days` are the last 14 shop days up to this one, oldest first, whole; their `hours` are left out.
    """

    today: DayFigures
    week_before: DayFigures
    waiting: dict[OrderStatus, int]
    best_sellers: list[BestSeller]
    days: list[DayFigures]
