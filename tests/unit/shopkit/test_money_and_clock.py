"""Whole dong, and the shop's days."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from shopkit.clock import FixedClock, SystemClock, day_bounds, shop_day
from shopkit.money import format_vnd


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (0, "0\u00a0₫"),
        (999, "999\u00a0₫"),
        (299_000, "299.000\u00a0₫"),
        (1_234_567_890, "1.234.567.890\u00a0₫"),
        (-30_000, "-30.000\u00a0₫"),
    ],
)
def test_money_as_people_write_it(amount: int, written: str) -> None:
    assert format_vnd(amount) == written


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2025, 3, 9, 16, 59, 59, 999_999, tzinfo=UTC), date(2025, 3, 9)),
        (datetime(2025, 3, 9, 17, 0, tzinfo=UTC), date(2025, 3, 10)),
        (datetime(2024, 12, 31, 17, 0, tzinfo=UTC), date(2025, 1, 1)),
        (datetime(2025, 3, 9, 23, 59, tzinfo=timezone(timedelta(hours=7))), date(2025, 3, 9)),
    ],
)
def test_a_shop_day_begins_at_17_utc(moment: datetime, day: date) -> None:
    assert shop_day(moment) == day


def test_the_bounds_of_a_day() -> None:
    begin, end = day_bounds(date(2025, 3, 10))
    assert (begin, end) == (datetime(2025, 3, 9, 17, tzinfo=UTC), datetime(2025, 3, 10, 17, tzinfo=UTC))
    assert begin.tzinfo is end.tzinfo is UTC
    assert shop_day(begin) == shop_day(end - timedelta(microseconds=1)) == date(2025, 3, 10)


def test_a_fixed_clock_moves_when_it_is_moved() -> None:
    clock = FixedClock(datetime(2025, 3, 10, 7, tzinfo=timezone(timedelta(hours=7))))
    assert clock.now() == clock.now() == datetime(2025, 3, 10, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    clock.advance(timedelta(minutes=15))
    assert clock.now() == datetime(2025, 3, 10, 0, 15, tzinfo=UTC)


def test_the_systems_clock_is_utc() -> None:
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert SystemClock().now().tzinfo is UTC
