"""Compaction: a month's events as Parquet under `curated/`, with the same rows, for cheap reading."""

import tempfile
from datetime import date
from pathlib import Path

import duckdb

from analytics.lakes import Changed, Lake
from analytics.views import PREFIX, duckdb_views

RELATIONS = ("events", "order_lines")
TRIES = 5


def month_of(text: str) -> date:
    """Return the first day of a month written as 2026-03.

    Raises:
        ValueError: it is none.
    """
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise ValueError(f"{text!r} is no month; write it as 2026-03") from None


def compact(lake: Lake, month: date) -> dict[str, int]:
    """Write a month's events and order lines to Parquet; return the rows of each object by its key.

    Repeated, it writes the same rows; a compaction that another one overtakes reads again.

    Raises:
        Changed: others were faster each time.
    """
    place = f"year={month:%Y}/month={month:%m}"
    for _ in range(TRIES):
        try:
            with tempfile.TemporaryDirectory(prefix="compact-") as scratch:
                return _once(lake, place, Path(scratch))
        except Changed:
            continue
    raise Changed(f"curated/{place}: {TRIES} others were faster")


def _once(lake: Lake, place: str, scratch: Path) -> dict[str, int]:
    tags = {}
    for relation in RELATIONS:
        key = f"curated/{relation}/{place}/{relation}.parquet"
        tags[key] = lake.get(key, scratch / "before")  # before the events, so that what we write is not older
    keys = list(lake.keys(f"{PREFIX}{place}/"))
    for key in keys:
        target = scratch / key
        target.parent.mkdir(parents=True, exist_ok=True)
        lake.get(key, target)
    written: dict[str, int] = {}
    if not keys:
        return written
    connection = duckdb.connect(config={"temp_directory": str(scratch / "spill"), "preserve_insertion_order": "true"})
    try:
        connection.execute("set timezone = 'UTC'")
        for statement in duckdb_views(str(scratch)):
            connection.execute(statement)
        for (key, tag), relation in zip(tags.items(), RELATIONS, strict=True):
            file = scratch / f"{relation}.parquet"
            columns = "* exclude (products)" if relation == "events" else "*"
            connection.execute(
                f"copy (select {columns} from {relation} order by occurred_at, event_id) to '{file}' "
                "(format parquet, compression zstd)"
            )
            row = connection.execute(f"select count(*) from '{file}'").fetchone()
            lake.put(key, file, tag)
            written[key] = int(row[0]) if row else 0
    finally:
        connection.close()
    return written
