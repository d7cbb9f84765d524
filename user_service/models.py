"""Every table of the service in one metadata, for migrations."""

from shopkit.limits import attempts_table
from shopkit.outbox import outbox_table
from user_service.customers import models as _customers  # noqa: F401 - registers its tables
from user_service.devices import models as _devices  # noqa: F401
from user_service.sessions import models as _sessions  # noqa: F401
from user_service.tables import UserServiceTable
from user_service.tokens import models as _tokens  # noqa: F401

metadata = UserServiceTable.metadata
attempts = attempts_table(metadata)
outbox = outbox_table(metadata)
