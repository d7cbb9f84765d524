"""Every engine gives the same figures: PostgreSQL live, DuckDB over the lake, Athena's dialect, and a plain count."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlglot

from analytics.events import Event
from analytics.export import export
from analytics.lakes import FolderLake
from analytics.query import opened
from analytics.reports import FIRST_DAY, REPORTS, SEGMENTS
from analytics.sources import FolderSource
from analytics.store import EventStore
from shopkit.clock import FixedClock
from shopkit.db import Database
from shopkit.settings import ServiceSettings
from tests.support.cluster import Databases
from tests.unit.analytics.journeys import Journeys, counted, day_of
from tests.unit.analytics.lake import line_of, write_log

pytestmark = pytest.mark.anyio
JOURNEYS = int(os.environ.get("ANALYTICS_JOURNEYS", "1000"))
BEGIN = datetime(2026, 1, 1, 17, 0, tzinfo=UTC)
DAYS = 200
NOW = BEGIN + timedelta(days=DAYS)
MOST = 5_000
PERIODS = (
    (date(2026, 1, 1), date(2026, 12, 31)),
    (date(2026, 3, 1), date(2026, 3, 31)),
    (date(2026, 7, 1), date(2026, 7, 20)),
    (date(2026, 2, 3), date(2026, 2, 3)),
    (date(2020, 1, 1), date(2020, 1, 2)),
)


@pytest.fixture
async def store(databases: Databases) -> AsyncIterator[EventStore]:
    database = Database(ServiceSettings(database_url=databases.url("analytics")), "analytics")
    await database.open()
    yield EventStore(database, FixedClock(NOW), retention_days=400)
    await database.close()


def some(journeys: int) -> list[Event]:
    made = Journeys(20_260_301, BEGIN, DAYS, users=journeys // 8 + 3)
    return [each for _ in range(journeys) for each in made.visit()]


def in_postgres(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, options="-c search_path=analytics,public -c timezone=UTC") as connection:
        return connection.execute(sql.encode()).fetchall()


def through_athena(sql: str) -> str:
    """Return a statement as Athena gets it, in the dialect of the engine that stands in for it here."""
    [athena] = sqlglot.transpile(sql, read="duckdb", write="athena")
    [back] = sqlglot.transpile(athena, read="athena", write="duckdb")
    return back


async def test_all_engines_agree_to_the_last_digit(databases: Databases, store: EventStore, tmp_path: Path) -> None:
    events = some(JOURNEYS)
    for place in range(0, len(events), 500):
        stored = await store.add(events[place : place + 500])
        assert stored.refused == []
    write_log(tmp_path / "logs", map(line_of, events))
    lake = FolderLake(tmp_path / "lake")
    one_day = events[0]
    # All days in one go: a source that says when a line was logged gives whatever came late.
    export_all(tmp_path / "logs", lake, {day_of(each) for each in events})
    with opened(lake) as duck:
        # Read once: a hundred questions to thousands of small files would take a minute.
        for relation in ("events", "order_lines"):
            duck.execute(f"create table kept_{relation} as from {relation}")
        for relation in ("order_lines", "events"):
            duck.execute(f"drop view {relation}")
            duck.execute(f"create view {relation} as from kept_{relation}")
        assert duck.execute("select count(*) from events").fetchone() == (len(events),)
        for since, until in PERIODS:
            expected = counted(events, since, until)
            assert expected.keys() == REPORTS.keys()
            for name, report in REPORTS.items():
                sql = report.sql(since, until, most=MOST)
                live = in_postgres(databases.url("analytics"), sql)
                assert live == expected[name], (name, since)
                assert duck.execute(sql).fetchall() == expected[name], (name, since)
                assert duck.execute(through_athena(sql)).fetchall() == expected[name], (name, since)
                assert all(len(row) == len(report.columns) for row in live)
    assert day_of(one_day) >= date(2026, 1, 2)


def export_all(logs: Path, lake: FolderLake, days: set[date]) -> None:
    class Told(FolderSource):
        """The folder, as one that knows that all was logged in the day asked for."""

        def lines(self, start: datetime, end: datetime, progress: Any) -> Any:
            for line in super().lines(start, end, progress):
                yield type(line)(line.stream, line.text, start)

    export(Told(logs), lake, max(days), now=lambda: NOW + timedelta(days=2))


async def test_segments_are_parts_of_one_list(databases: Databases, store: EventStore) -> None:
    orders = [each for each in some(900) if each.name == "Order Completed"]
    for place in range(0, len(orders), 500):
        await store.add(orders[place : place + 500])
    report, until = REPORTS["customers"], date(2026, 7, 20)
    whole = in_postgres(databases.url("analytics"), report.sql(FIRST_DAY, until, most=MOST))
    parts = [
        row
        for segment in SEGMENTS
        for row in in_postgres(databases.url("analytics"), report.sql(FIRST_DAY, until, most=MOST, segment=segment))
    ]
    assert {row[1] for row in whole} == set(SEGMENTS)
    assert sorted(parts) == sorted(whole)


async def test_an_empty_shop_has_empty_reports(databases: Databases, tmp_path: Path) -> None:
    with opened(FolderLake(tmp_path / "nothing")) as duck:
        for name, report in REPORTS.items():
            sql = report.sql(date(2026, 3, 1), date(2026, 3, 2))
            live = in_postgres(databases.url("analytics"), sql)
            assert duck.execute(sql).fetchall() == live, name
            assert live == (counted([], date(2026, 3, 1), date(2026, 3, 2))[name]), name


def test_a_segment_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no segment"):
        REPORTS["customers"].sql(date(2026, 3, 1), date(2026, 3, 2), segment="' or true --")
