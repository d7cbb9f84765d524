"""Alembic's entry: the user service's tables."""

from shopkit.migrations import run
from user_service.models import metadata

run(metadata)
