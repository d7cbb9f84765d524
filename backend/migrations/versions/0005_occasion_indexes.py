"""Indexes of occasions: for the filter, and for facets, which count by them without reading a product.

In a transaction of their own, in which products can be read.

Revision: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ON_SALE = sa.text("archived_at is null")


def upgrade() -> None:
    op.create_index(
        "ix_product_occasions",
        "product",
        ["occasions"],
        schema="backend",
        postgresql_using="gin",
        postgresql_where=ON_SALE,
    )
    op.create_index(
        "ix_product_facets_occasions",
        "product",
        ["category_id", "in_stock", "price_from", "occasions"],
        schema="backend",
        postgresql_where=ON_SALE,
    )
    op.drop_index("ix_product_facets", "product", schema="backend")
