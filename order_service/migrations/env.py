"""Alembic's entry: the order service's tables."""

from order_service.notes import models as _notes  # noqa: F401 - registers its tables
from order_service.orders import models as _orders  # noqa: F401
from order_service.tables import OrderTable
from shopkit.migrations import run

run(OrderTable.metadata)
