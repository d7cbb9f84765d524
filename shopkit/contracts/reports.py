"""Reports over the shop's events, as the backend answers them."""

from datetime import date
from enum import StrEnum
from typing import Literal

from shopkit.contracts.base import Reply


class Segment(StrEnum):
    """Customers by their orders: lost without one for 120 days, at risk for 60; else new with one, or returning."""

    NEW = "new"
    RETURNING = "returning"
    AT_RISK = "at_risk"
    LOST = "lost"


class ReportColumn(Reply):
    """A column of a report."""

    name: str
    kind: Literal["integer", "text", "day"]


class Report(Reply):
    """A report over the shop days from `since` to `until`, both included. `rows` have their values as `columns` do.

    Days are texts such as "2026-03-01"; amounts are whole VND.
    """

    name: str
    since: date
    until: date
    columns: list[ReportColumn]
    rows: list[list[int | str | None]]
