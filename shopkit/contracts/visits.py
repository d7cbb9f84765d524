"""A visit's beginning, as the storefront tells the backend."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from shopkit.contracts.base import Id, Request
from shopkit.text import Line
from shopkit.visit import VISIT_PATTERN

Source = Annotated[Line, Field(max_length=100)]


class VisitStart(Request):
    """A visit began. `landing_path` has no query; `referrer_host` is the host alone of the page that led here."""

    visit_id: Annotated[str, Field(pattern=VISIT_PATTERN)]
    began_at: datetime
    user_id: Id | None = None
    landing_path: Annotated[Line, Field(max_length=200)]
    referrer_host: Source | None = None
    utm_source: Source | None = None
    utm_medium: Source | None = None
    utm_campaign: Source | None = None
