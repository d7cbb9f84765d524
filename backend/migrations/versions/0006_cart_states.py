"""Lines of a cart count what was ever added to them, so that an order can name the cart it was made from.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    added = sa.Column("pieces_added", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    taken = sa.Column("taken_out", JSONB(), server_default=sa.text("'[]'"), nullable=False)
    for column in (added, taken):
        op.add_column("cart_line", column, schema="backend")
