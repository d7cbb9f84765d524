"""SQL over the lake with DuckDB: `python -m analytics.query --lake LAKE ["select …"]`, a shell without a statement."""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from analytics import compact
from analytics.flat import COLUMNS, LINE_COLUMNS
from analytics.lakes import FolderLake, Lake, lake_at
from analytics.views import PREFIX, duckdb_views

PROMPT, GOES_ON = "lake> ", "  ... "
SQL_TYPES = {"text": "varchar", "bigint": "bigint", "boolean": "boolean"}


@contextmanager
def opened(lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with the views `events` and `order_lines`. What is in S3 is copied here first."""
    with tempfile.TemporaryDirectory(prefix="lake-") as scratch:
        folder = lake.folder if isinstance(lake, FolderLake) else _copied(lake, Path(scratch))
        connection = duckdb.connect(config={"temp_directory": scratch})
        try:
            connection.execute("set timezone = 'UTC'")
            for statement in duckdb_views(str(folder)) if _has_events(folder) else _empty_views():
                connection.execute(statement)
            yield connection
        finally:
            connection.close()


def _has_events(folder: Path) -> bool:
    return any((folder / PREFIX).glob("*/*/*/*.json.gz"))


def _empty_views() -> Iterator[str]:
    envelope = (
        "null::varchar as event_id, null::varchar as name, null::bigint as version, null::timestamptz as occurred_at, "
        "null::date as shop_day, null::bigint as user_id, null::varchar as session_id, null::varchar as service"
    )
    flat = ", ".join(f"null::{SQL_TYPES[column.kind]} as {column.name}" for column in COLUMNS)
    yield f"create view events as select {envelope}, {flat} where false"
    lines = ", ".join(column.name for column in LINE_COLUMNS)
    yield (
        "create view order_lines as select event_id, occurred_at, shop_day, user_id, session_id, service, order_id, "
        f"{lines}, quantity * price as revenue from events"
    )


def _copied(lake: Lake, scratch: Path) -> Path:
    for key in lake.keys(PREFIX):
        target = scratch / key
        target.parent.mkdir(parents=True, exist_ok=True)
        lake.get(key, target)
    return scratch


def show(connection: duckdb.DuckDBPyConnection, statement: str) -> bool:
    """Print what a statement answers; tell whether it could be asked."""
    try:
        answer = connection.sql(statement)
        if answer is not None:
            answer.show(max_width=sys.maxsize if not sys.stdout.isatty() else 160, max_rows=1_000)
    except duckdb.Error as error:
        sys.stderr.write(f"{error}\n")
        return False
    return True


def shell(connection: duckdb.DuckDBPyConnection) -> None:
    """Read statements, each up to its semicolon, until the end of input."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401, PLC0415 - gives input() its history
    sys.stdout.write("Relations: events, order_lines. A statement ends with ; and the shell with Ctrl-D.\n")
    statement = ""
    while True:
        try:
            statement += input(GOES_ON if statement else PROMPT) + "\n"
        except KeyboardInterrupt:
            statement = ""
            sys.stdout.write("\n")
            continue
        except EOFError:
            sys.stdout.write("\n")
            return
        if statement.rstrip().endswith(";"):
            show(connection, statement)
            statement = ""
        elif not statement.strip():
            statement = ""


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m analytics.query", description=__doc__)
    parser.add_argument("--lake", default=os.environ.get("ANALYTICS_LAKE"), help="a folder, or s3://BUCKET/PREFIX")
    parser.add_argument("--compact", metavar="MONTH", help="write a month, as 2026-03, to Parquet under curated/")
    parser.add_argument("statement", nargs="?")
    wanted = parser.parse_args()
    if not wanted.lake:
        parser.error("--lake (or ANALYTICS_LAKE) says where the lake is")
    try:
        lake = lake_at(wanted.lake)
        month = compact.month_of(wanted.compact) if wanted.compact else None
    except ValueError as error:
        parser.error(str(error))
    if month is not None:
        for key, rows in compact.compact(lake, month).items():
            sys.stdout.write(f"{key}: {rows:,} rows\n")
        return
    with opened(lake) as connection:
        if wanted.statement is None:
            shell(connection)
        elif not show(connection, wanted.statement):
            sys.exit(1)


if __name__ == "__main__":
    main()
