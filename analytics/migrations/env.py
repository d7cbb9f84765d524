"""Alembic's entry: the live table of events, which no model describes: it is partitioned."""

from analytics.store import SCHEMA
from shopkit.db import schema_metadata
from shopkit.migrations import run

run(schema_metadata(SCHEMA))
