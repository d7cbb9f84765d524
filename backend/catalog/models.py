"""Tables of the catalogue.

`product.price_from`, `product.in_stock` and the search columns are derived by the database itself (triggers and
a generated column, see the migrations), so that filters and sorts need no look at other tables.
"""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Index,
    Integer,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field

from backend.tables import BackendTable

ON_SALE = text("archived_at is null")


class Category(BackendTable, table=True):
    """A shelf of the shop; lower `position` comes first."""

    __tablename__ = "category"

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    name_en: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    position: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


class Product(BackendTable, table=True):
    """A cake. Archived products stay for the orders that name them, and are shown nowhere."""

    __tablename__ = "product"
    __table_args__ = (
        Index("ix_product_popular", text("popularity desc"), "id", postgresql_where=ON_SALE),
        Index("ix_product_category_popular", "category_id", text("popularity desc"), "id", postgresql_where=ON_SALE),
        Index("ix_product_price", "price_from", "id", postgresql_where=ON_SALE),
        Index("ix_product_category_price", "category_id", "price_from", "id", postgresql_where=ON_SALE),
        # Holds all that facets count by, so that counting reads no product.
        Index(
            "ix_product_facets_occasions",
            "category_id",
            "in_stock",
            "price_from",
            "occasions",
            postgresql_where=ON_SALE,
        ),
        Index("ix_product_occasions", "occasions", postgresql_using="gin", postgresql_where=ON_SALE),
        Index("ix_product_name", "name_key", "id", postgresql_where=ON_SALE),
        Index("ix_product_search", "search", postgresql_using="gin"),
        Index(
            "ix_product_name_trigrams", "name_key", postgresql_using="gin", postgresql_ops={"name_key": "gin_trgm_ops"}
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    category_id: int = Field(foreign_key="backend.category.id", index=True)
    name: str = Field(sa_column=Column(Text, nullable=False))
    name_en: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    description: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    description_en: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    allergens: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}")
    )
    occasions: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}")
    )
    image: str | None = Field(default=None, sa_column=Column(Text))
    image_set: str | None = Field(default=None, sa_column=Column(Text))
    preview: str | None = Field(default=None, sa_column=Column(Text))
    popularity: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    price_from: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    in_stock: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default="false"))
    archived_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    created_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )
    updated_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )
    name_key: str | None = Field(
        default=None, sa_column=Column(Text, Computed("backend.norm(name || ' ' || name_en)", persisted=True))
    )
    search: str | None = Field(default=None, sa_column=Column(TSVECTOR))

    def size_label(self, code: str) -> str:
        """Return what the audit log calls one of its sizes."""
        return f"{self.name} ({code})"


class SoldCount(BackendTable, table=True):
    """Pieces of a product that were sold and are not in its popularity yet; below zero when orders were cancelled.

    No foreign key: products are never deleted, and orders pay for each check.
    """

    __tablename__ = "sold_count"

    product_id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    pieces: int = Field(sa_column=Column(Integer, nullable=False))


class Size(BackendTable, table=True):
    """A size of a product: its price in VND and the pieces left of it, never below zero."""

    __tablename__ = "size"
    __table_args__ = (CheckConstraint("stock >= 0", name="stock"), CheckConstraint("price >= 0", name="price"))

    product_id: int = Field(foreign_key="backend.product.id", primary_key=True)
    code: str = Field(sa_column=Column(Text, primary_key=True))
    price: int = Field(sa_column=Column(Integer, nullable=False))
    stock: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    serves: int | None = Field(default=None, sa_column=Column(SmallInteger))
    position: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0"))
