"""Tables of orders. Lines copy what was sold: no key leads out of this schema, and later edits change no order."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    func,
    text,
)
from sqlmodel import Field

from order_service.tables import OrderTable

FIRST_NUMBER = 1001
STATUSES = "('PENDING', 'PROCESSING', 'SHIPPED', 'DELIVERED', 'CANCELLED')"


class OrderRequest(OrderTable, table=True):
    """A buyer's idempotency key and the order it stands for, noted before anything else happens.

    `body_hash` tells a repeated request from another one under the same key. Rows go after some days.
    """

    __tablename__ = "order_request"
    __table_args__ = (Index("ix_order_request_created_at", "created_at"),)

    user_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    body_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    order_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    created_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )


# The phone as `shopkit.text.phone_key` has it.
CONTACT_KEY = (
    "order_service.norm(coalesce(contact_name, '') || ' ' || regexp_replace("
    r"translate(coalesce(contact_phone, ''), ' .-()', ''), '^((\+|00)84|84(?=\d{9}))0?', '0'))"
)


class OrderRow(OrderTable, table=True):
    """An order. Ids are UUIDv7, so their order is the orders' in time; `number` is what people say on the phone.

    `failed_at` and `failed_reason` are there while a delivery has failed; `returned_stock` tells that the order came
    back, and what became of its cakes.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(f"status in {STATUSES}", name="status"),
        Index("ix_orders_user_id_id", "user_id", text("id desc")),
        Index("ix_orders_status_id", "status", text("id desc")),
        Index("ix_orders_created_at", "created_at"),
        Index("ix_orders_updated_at", "updated_at"),
        Index(
            "ix_orders_open",
            "user_id",
            postgresql_include=["item_count"],
            postgresql_where=text("status in ('PENDING', 'PROCESSING', 'SHIPPED')"),
        ),
        Index(
            "ix_orders_contact_key",
            "contact_key",
            postgresql_using="gin",
            postgresql_ops={"contact_key": "gin_trgm_ops"},
        ),
    )

    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    number: int | None = Field(
        default=None,
        sa_column=Column(BigInteger, Identity(always=True, start=FIRST_NUMBER), nullable=False, unique=True),
    )
    user_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    status: str = Field(sa_column=Column(Text, nullable=False))
    version: int = Field(default=1, sa_column=Column(Integer, nullable=False, server_default="1"))
    fulfilment: str = Field(sa_column=Column(Text, nullable=False))
    payment: str = Field(sa_column=Column(Text, nullable=False))
    contact_name: str | None = Field(default=None, sa_column=Column(Text))
    contact_phone: str | None = Field(default=None, sa_column=Column(Text))
    contact_email: str | None = Field(default=None, sa_column=Column(Text))
    shipping_address: str = Field(sa_column=Column(Text, nullable=False))
    note: str = Field(sa_column=Column(Text, nullable=False))
    item_count: int = Field(sa_column=Column(Integer, nullable=False))
    total_amount: int = Field(sa_column=Column(BigInteger, nullable=False))
    delivery_fee: int = Field(sa_column=Column(Integer, nullable=False))
    tracking_token: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    failed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    failed_reason: str | None = Field(default=None, sa_column=Column(Text))
    failed_attempts: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default=text("0")))
    returned_stock: str | None = Field(default=None, sa_column=Column(Text))
    expected_from: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    expected_until: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    contact_key: str | None = Field(
        default=None,
        sa_column=Column(
            Text,
            Computed(
                CONTACT_KEY,
                persisted=True,
            ),
        ),
    )


class OrderLineRow(OrderTable, table=True):
    """A line as it was sold; `price` in VND a piece."""

    __tablename__ = "order_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    order_id: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("order_service.orders.id", ondelete="CASCADE"), primary_key=True)
    )
    line: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    product_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    slug: str = Field(sa_column=Column(Text, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    name_en: str = Field(sa_column=Column(Text, nullable=False))
    image: str | None = Field(default=None, sa_column=Column(Text))
    category: str = Field(sa_column=Column(Text, nullable=False))
    size: str = Field(sa_column=Column(Text, nullable=False))
    quantity: int = Field(sa_column=Column(Integer, nullable=False))
    price: int = Field(sa_column=Column(Integer, nullable=False))


class TimelineRow(OrderTable, table=True):
    """A change of an order: who, when, from, to, why; `kind` as `TimelineKind` has it. Rows are only ever added."""

    __tablename__ = "timeline"
    __table_args__ = (Index("ix_timeline_order_id", "order_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    order_id: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("order_service.orders.id", ondelete="CASCADE"), nullable=False)
    )
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    actor: str = Field(sa_column=Column(Text, nullable=False))
    actor_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    from_status: str | None = Field(default=None, sa_column=Column(Text))
    to_status: str = Field(sa_column=Column(Text, nullable=False))
    note: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    kind: str = Field(default="MOVED", sa_column=Column(Text, nullable=False, server_default="MOVED"))
    reason: str | None = Field(default=None, sa_column=Column(Text))
