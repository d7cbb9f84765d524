"""Lines of a cart count what was ever added to them, so that an order can name the cart it was made from.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    added = sa.Column("pieces_added", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    op.add_column("cart_line", added, schema="backend")
