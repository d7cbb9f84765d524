"""When the buyer was told that the cake would come. Orders from before were told nothing.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0003"


def upgrade() -> None:
    for name in ("expected_from", "expected_until"):
        op.add_column("orders", sa.Column(name, sa.DateTime(timezone=True)), schema="order_service")
