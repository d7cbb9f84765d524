"""Alembic's entry: the backend's tables."""

from backend.cart import models as _cart  # noqa: F401 - registers its tables
from backend.catalog import models as _catalog  # noqa: F401
from backend.stock import models as _stock  # noqa: F401
from backend.tables import BackendTable
from shopkit.migrations import run

run(BackendTable.metadata)
