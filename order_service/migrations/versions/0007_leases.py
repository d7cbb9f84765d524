"""Rows of the outbox are leased to a worker, and may have a time by which they should be done.

Revision: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("leased_by", sa.Text()), schema="order_service")
    op.add_column("outbox", sa.Column("deadline", sa.DateTime(timezone=True)), schema="order_service")
