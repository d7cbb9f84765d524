"""Failed deliveries, returns, and steps taken back.

Revision: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("orders", sa.Column("failed_at", sa.DateTime(timezone=True)), schema="order_service")
    op.add_column("orders", sa.Column("failed_reason", sa.Text()), schema="order_service")
    op.add_column(
        "orders",
        sa.Column("failed_attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        schema="order_service",
    )
    op.add_column("orders", sa.Column("returned_stock", sa.Text()), schema="order_service")
    op.add_column(
        "timeline",
        sa.Column("kind", sa.Text(), server_default="MOVED", nullable=False),
        schema="order_service",
    )
    op.add_column("timeline", sa.Column("reason", sa.Text()), schema="order_service")
