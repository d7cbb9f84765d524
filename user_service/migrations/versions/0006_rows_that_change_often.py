"""Tables whose rows change often do not grow by it: the outbox, attempts, sessions and their tokens.

As in the order service's 0008. A session that is kept alive moves in the index by which people are shown when they were
last seen; that is once in ten minutes, so the index stays and the table is vacuumed sooner.

To set a table's parameters waits for a vacuum of it at most, and for no reader or writer.

Revision: 0006
"""

from alembic import op

revision = "0006"
down_revision = "0005"

QUEUE = (
    "fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, "
    "autovacuum_vacuum_cost_delay = 0"
)
STORAGE = {
    "outbox": QUEUE,
    "attempts": "fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500",
    "sessions": "autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500",
    "refresh_tokens": "fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500",
}


def upgrade() -> None:
    for table, parameters in STORAGE.items():
        op.execute(f"alter table user_service.{table} set ({parameters})")


def downgrade() -> None:
    for table, parameters in STORAGE.items():
        names = ", ".join(parameter.partition(" = ")[0] for parameter in parameters.split(", "))
        op.execute(f"alter table user_service.{table} reset ({names})")
