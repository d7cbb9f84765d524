"""The metadata that all of the user service's tables belong to."""

from shopkit.audit import audit_table
from shopkit.db import Table, schema_metadata

SCHEMA = "user_service"


class UserServiceTable(Table):
    """Base of the user service's table models."""

    metadata = schema_metadata(SCHEMA)


AUDIT = audit_table(UserServiceTable.metadata)
