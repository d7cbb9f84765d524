"""What happens to an order on its way besides its steps: a delivery that fails, a return, a wrong step taken back."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shopkit.contracts.base import WHOLE, Reply, Request
from shopkit.text import FILLED_BLOCK_PATTERN, Block

CORRECTABLE_FOR = timedelta(hours=24)
"""How long after it was taken a wrong step may be taken back."""

Version = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1), WHOLE]
"""An order's version: it counts the order's changes."""


class DeliveryProblem(StrEnum):
    """Why a cake did not reach its buyer."""

    NOT_HOME = "NOT_HOME"
    UNREACHABLE = "UNREACHABLE"
    REFUSED = "REFUSED"
    WRONG_ADDRESS = "WRONG_ADDRESS"
    NOT_COLLECTED = "NOT_COLLECTED"
    DAMAGED = "DAMAGED"
    OTHER = "OTHER"


class ReturnedStock(StrEnum):
    """What became of returned cakes: back on the shelf, or lost."""

    RESTOCKED = "RESTOCKED"
    WRITTEN_OFF = "WRITTEN_OFF"


class TimelineKind(StrEnum):
    """What an entry of a timeline is: a step to another status, or what else happens on the way.

    DELIVERY_FAILED and RETRIED leave the order SHIPPED, RETURNED makes it CANCELLED, CORRECTED takes a step back.
    """

    MOVED = "MOVED"
    DELIVERY_FAILED = "DELIVERY_FAILED"
    RETRIED = "RETRIED"
    RETURNED = "RETURNED"
    CORRECTED = "CORRECTED"


class FailedDelivery(Reply):
    """A delivery that failed and was not tried again since; `attempts` counts all of the order's that failed."""

    at: datetime
    reason: DeliveryProblem
    attempts: int


class StaffStep(Request):
    """A step of staff's. `version` is the order's that they have seen; `note` goes into the timeline."""

    version: Version
    note: Annotated[Block, Field(max_length=500)] = ""


class DeliveryFailure(StaffStep):
    """A delivery that failed. The buyer reads `reason` and `note`."""

    reason: DeliveryProblem


class DeliveryRetry(StaffStep):
    """The order goes out once more. The buyer reads `note`."""


class OrderReturn(StaffStep):
    """The order came back for good, and what becomes of its `stock`. The buyer reads `note`."""

    stock: ReturnedStock


class Correction(StaffStep):
    """A wrong step is taken back; `note` says why, for staff alone."""

    note: Annotated[Block, Field(min_length=1, max_length=500, json_schema_extra={"pattern": FILLED_BLOCK_PATTERN})]
