"""Time as the shop sees it. Code asks a `Clock`, never the system, so that tests can move time."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHOP_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""The shop's time zone; a shop day begins at 17:00 UTC of the day before."""


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment it was set to, in UTC."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move the clock forward."""
        self._at += by


def shop_day(moment: datetime) -> date:
    """Return the shop's calendar day at `moment` (which must have a zone)."""
    return moment.astimezone(SHOP_ZONE).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the UTC moments at which the shop day `day` begins and ends (the end is the next day's begin)."""
    begin = datetime.combine(day, time(), SHOP_ZONE)
    return begin.astimezone(UTC), (begin + timedelta(days=1)).astimezone(UTC)
