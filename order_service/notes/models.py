"""The table of staff's notes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Index, Text, Uuid
from sqlmodel import Field

from order_service.tables import OrderTable


class OrderNoteRow(OrderTable, table=True):
    """A note that staff made about an order. Rows are only ever added; no buyer's query reads them."""

    __tablename__ = "order_note"
    __table_args__ = (Index("ix_order_note_order_id", "order_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    order_id: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("order_service.orders.id", ondelete="CASCADE"), nullable=False)
    )
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    actor_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
