"""The metadata that all of the backend's tables belong to."""

from shopkit.db import Table, schema_metadata

SCHEMA = "backend"


class BackendTable(Table):
    """Base of the backend's table models."""

    metadata = schema_metadata(SCHEMA)
