"""Attempts that limits count; indexes for what is open of a person's, and for the age of noted requests.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempts")),
        schema="order_service",
    )
    op.create_index("ix_attempts_window_started_at", "attempts", ["window_started_at"], schema="order_service")
    op.create_index("ix_order_request_created_at", "order_request", ["created_at"], schema="order_service")
    op.create_index(
        "ix_orders_open",
        "orders",
        ["user_id"],
        schema="order_service",
        postgresql_include=["item_count"],
        postgresql_where=sa.text("status in ('PENDING', 'PROCESSING', 'SHIPPED')"),
    )
