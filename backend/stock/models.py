"""Tables of stock: holds, and every move of a size's stock."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Index, Integer, Text, func, text
from sqlmodel import Field

from backend.tables import BackendTable


class HoldRow(BackendTable, table=True):
    """Stock taken off the shelf for an order. Its state moves as `backend.stock.service` says."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("state in ('HELD', 'CONFIRMED', 'RELEASED', 'EXPIRED', 'WRITTEN_OFF')", name="state"),
        Index("ix_hold_expires_at", "expires_at", postgresql_where=text("state = 'HELD'")),
    )

    order_id: UUID = Field(primary_key=True)
    state: str = Field(sa_column=Column(Text, nullable=False))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    created_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )


class HoldLineRow(BackendTable, table=True):
    """A line of a hold with the price (VND a piece) promised to the buyer."""

    __tablename__ = "hold_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    order_id: UUID = Field(foreign_key="backend.hold.order_id", primary_key=True)
    product_id: int = Field(foreign_key="backend.product.id", primary_key=True)
    size: str = Field(sa_column=Column(Text, primary_key=True))
    quantity: int = Field(sa_column=Column(Integer, nullable=False))
    price: int = Field(sa_column=Column(Integer, nullable=False))


class StockMoveRow(BackendTable, table=True):
    """One change of a size's stock: `delta` pieces, which left `stock`. Whatever changes a stock writes one of these.

    No foreign keys: products are never deleted, a removed size keeps its history, and orders pay for each check.
    """

    __tablename__ = "stock_move"
    __table_args__ = (
        CheckConstraint(
            "kind in ('CREATED', 'SET', 'ADJUSTED', 'IMPORTED', 'ORDERED', 'RETURNED', 'WRITTEN_OFF')", name="kind"
        ),
        Index("ix_stock_move_product_id", "product_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )
    product_id: int
    size: str = Field(sa_column=Column(Text, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    delta: int = Field(sa_column=Column(Integer, nullable=False))
    stock: int = Field(sa_column=Column(Integer, nullable=False))
    reason: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    actor_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    order_id: UUID | None = None
