"""Tables of stock holds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Integer, Text, func, text
from sqlmodel import Field

from backend.tables import BackendTable


class HoldRow(BackendTable, table=True):
    """Stock taken off the shelf for an order. Its state moves as `backend.stock.service` says."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("state in ('HELD', 'CONFIRMED', 'RELEASED', 'EXPIRED')", name="state"),
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
