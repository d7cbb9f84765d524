"""The metadata that all of the order service's tables belong to."""

from shopkit.audit import audit_table
from shopkit.db import Table, schema_metadata
from shopkit.limits import attempts_table
from shopkit.outbox import outbox_table

SCHEMA = "order_service"


class OrderTable(Table):
    """Base of the order service's table models."""

    metadata = schema_metadata(SCHEMA)


ATTEMPTS = attempts_table(OrderTable.metadata)
OUTBOX = outbox_table(OrderTable.metadata)
AUDIT = audit_table(OrderTable.metadata)
