"""The metadata that all of the backend's tables belong to."""

from shopkit.audit import audit_table
from shopkit.db import Table, schema_metadata

SCHEMA = "backend"


class BackendTable(Table):
    """Base of the backend's table models."""

    metadata = schema_metadata(SCHEMA)


AUDIT = audit_table(BackendTable.metadata)
"""What staff did to the catalogue and its stock."""
