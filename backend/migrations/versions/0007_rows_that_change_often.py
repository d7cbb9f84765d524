"""Tables whose rows change with every order do not grow by it.

A page with room takes the new version of a row in (a HOT update: no index is written), and the next reader of the page
clears the old one away. Room is left in pages written from now on; those that are full get theirs as their rows move.

What is sold is counted in a table of its own. It was counted in `product.popularity`, which two indexes sort by: each
sale wrote a product and its twelve indexes anew. While the old code runs, it counts there as before; nothing is lost.

`hold.state` stands in the condition of the index that finds holds whose time runs out, so the one update of a hold, when
it is confirmed, is no HOT one. Anything else costs more: a table of open holds has a row written and deleted for each
order, and an index over all holds is read through every few seconds. Its dead rows are vacuumed away sooner instead.

To set a table's parameters waits for a vacuum of it at most, and for no reader or writer.

Revision: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# The default is to vacuum after a fifth of a table has changed.
STORAGE = {
    # As many versions as a transaction of a hundred orders makes must have room beside one another.
    "size": "fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500",
    "sold_count": "fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500",
    "cart_line": "fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500",
    "product": "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500",
    # Written once, changed once, deleted by the thousand after some weeks.
    "hold": "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, "
    "autovacuum_vacuum_cost_limit = 1000",
    "hold_line": "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, "
    "autovacuum_vacuum_cost_limit = 1000",
    "cart_removal": "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, "
    "autovacuum_vacuum_cost_limit = 1000",
}


def upgrade() -> None:
    op.create_table(
        "sold_count",
        sa.Column("product_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_sold_count")),
        schema="backend",
    )
    for table, parameters in STORAGE.items():
        op.execute(f"alter table backend.{table} set ({parameters})")
