"""Orders by when their status changed, for what was finished today.

Revision: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("ix_orders_updated_at", "orders", ["updated_at"], schema="order_service")
