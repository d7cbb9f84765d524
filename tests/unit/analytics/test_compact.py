"""Compaction: the same rows in Parquet, and no older month over a newer one."""

import random
from pathlib import Path

import pytest

from analytics.compact import compact, month_of
from analytics.export import export
from analytics.lakes import FolderLake
from analytics.query import opened
from analytics.sources import FolderSource
from tests.unit.analytics.journeys import Journeys
from tests.unit.analytics.lake import AFTER, BEGIN, DAY, line_of, some_event, write_log


def test_a_month_in_parquet_has_the_rows_of_its_events(tmp_path: Path) -> None:
    journeys = Journeys(3, BEGIN, 1, users=9)
    write_log(tmp_path / "logs", [line_of(each) for _ in range(60) for each in journeys.visit()])
    lake = FolderLake(tmp_path / "lake")
    export(FolderSource(tmp_path / "logs"), lake, DAY, now=lambda: AFTER)
    written = compact(lake, month_of("2026-03"))
    assert list(written) == [
        "curated/events/year=2026/month=03/events.parquet",
        "curated/order_lines/year=2026/month=03/order_lines.parquet",
    ]
    with opened(lake) as duck:
        for (key, rows), relation in zip(written.items(), ("events", "order_lines"), strict=True):
            columns = "* exclude (products)" if relation == "events" else "*"
            assert duck.execute(f"select count(*) from {relation}").fetchone() == (rows,)
            assert rows > 0
            difference = f"select {columns} from {relation} except all select * exclude (year, month) from "
            parquet = f"read_parquet('{tmp_path}/lake/{key}', hive_partitioning=true)"
            assert duck.execute(difference + parquet).fetchall() == []

    write_log(tmp_path / "logs", [line_of(some_event(random.Random(1)))])
    export(FolderSource(tmp_path / "logs"), lake, DAY, now=lambda: AFTER)
    assert compact(lake, month_of("2026-03"))["curated/events/year=2026/month=03/events.parquet"] == 1 + next(
        iter(written.values())
    )


def test_a_month_without_events_writes_nothing(tmp_path: Path) -> None:
    assert compact(FolderLake(tmp_path / "lake"), month_of("2026-03")) == {}
    assert not (tmp_path / "lake" / "curated").exists()


@pytest.mark.parametrize("text", ["2026-13", "march", "", "2026-03-01"])
def test_a_month_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no month"):
        month_of(text)
