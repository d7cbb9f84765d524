"""Tables of the cart."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Integer, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from backend.tables import BackendTable

MAX_QUANTITY = 99
MAX_LINES = 50


class CartLine(BackendTable, table=True):
    """So many pieces of one size in one person's cart. `price_when_added` is what the person last saw, in VND.

    `pieces_added` counts the pieces that were ever added to this line, and never falls. `taken_out` has a pair for each
    order that took some out: `pieces_added` in the cart's state that it came from, and how many it took.
    """

    __tablename__ = "cart_line"
    __table_args__ = (
        UniqueConstraint("user_id", "product_id", "size"),
        CheckConstraint(f"quantity between 1 and {MAX_QUANTITY}", name="quantity"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True, autoincrement=True))
    user_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    product_id: int = Field(foreign_key="backend.product.id")
    size: str = Field(sa_column=Column(Text, nullable=False))
    quantity: int = Field(sa_column=Column(Integer, nullable=False))
    price_when_added: int = Field(sa_column=Column(Integer, nullable=False))
    pieces_added: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    taken_out: list[list[int]] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'"))
    )
    added_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )


class CartRemovalDone(BackendTable, table=True):
    """Orders whose lines have been taken out of the buyer's cart, so that a repeated message takes nothing more."""

    __tablename__ = "cart_removal"

    order_id: UUID = Field(primary_key=True)
    done_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )
