"""Tables whose rows change with every order do not grow by it.

The outbox is a queue: a row is written, leased, and deleted within seconds, and whoever looks for the next one passes
over the dead ones at its head. So it is vacuumed by the number of dead rows, at full speed: it is small. Half of a page
stays free, so that leasing a row, or counting an attempt, writes no index (a HOT update).

To set a table's parameters waits for a vacuum of it at most, and for no reader or writer.

Revision: 0008
"""

from alembic import op

revision = "0008"
down_revision = "0007"

QUEUE = (
    "fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, "
    "autovacuum_vacuum_cost_delay = 0"
)
STORAGE = {
    "outbox": QUEUE,
    "attempts": "fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500",
    # The default is to vacuum after a fifth of a table has changed: of all orders there ever were.
    "orders": "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000",
    "order_request": "autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000",
}


def upgrade() -> None:
    for table, parameters in STORAGE.items():
        op.execute(f"alter table order_service.{table} set ({parameters})")
