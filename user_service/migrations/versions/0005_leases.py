"""Rows of the outbox are leased to a worker, and may have a time by which they should be done.

Revision: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("leased_by", sa.Text()), schema="user_service")
    op.add_column("outbox", sa.Column("deadline", sa.DateTime(timezone=True)), schema="user_service")


def downgrade() -> None:
    for name in ("deadline", "leased_by"):
        op.drop_column("outbox", name, schema="user_service")
