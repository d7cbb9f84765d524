"""Which days the analytics page is about, as its address says."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Self

from shopkit.contracts.reports import Segment
from storefront.state.admin.base import Query, period

LENGTHS = ("1", "7", "30", "90")
USUAL = "30"


@dataclass(frozen=True)
class AnalyticsQuery(Query):
    """The last `days` shop days, today included; or one's own, from `since` to `until`. `unit` is the funnel's.

    `segment` is of the list of customers.
    """

    days: str = USUAL
    since: str = ""
    until: str = ""
    unit: str = "visit"
    segment: str = Segment.AT_RISK.value

    def checked(self) -> Self:
        """Return the same without what makes no sense."""
        since, until = period(self.since, self.until)
        return replace(
            self,
            days=self.days if self.days in LENGTHS else USUAL,
            since=since,
            until=until,
            unit=self.unit if self.unit in {"visit", "customer"} else "visit",
            segment=self.segment if self.segment in set(Segment) else Segment.AT_RISK.value,
        )

    @property
    def is_own(self) -> bool:
        """Whether the days are one's own."""
        return bool(self.since or self.until)

    def bounds(self, today: date) -> tuple[date, date]:
        """Return the first and the last day."""
        if not self.is_own:
            return today - timedelta(days=int(self.days) - 1), today
        until = date.fromisoformat(self.until) if self.until else today
        since = date.fromisoformat(self.since) if self.since else until
        return min(since, until), until


def before(since: date, until: date) -> tuple[date, date]:
    """Return the period of the same length that ends the day before."""
    length = (until - since).days + 1
    return since - timedelta(days=length), since - timedelta(days=1)
