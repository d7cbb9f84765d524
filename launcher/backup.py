"""`./dev backup FILE`: the database and the pictures in one file, while the shop runs or not."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from launcher import archive, database
from launcher.archive import Manifest
from launcher.errors import LauncherError
from launcher.postgres import Cluster, programs
from launcher.services import SCHEMAS
from shopkit.provision import DATABASE

SUFFIX = ".backup"


def target_of(path: Path) -> Path:
    """Return the file to write: `path`, or one named by the time in it if it is a folder.

    Raises:
        LauncherError: there is a file already, or no folder to write into.
    """
    if path.is_dir():
        path /= f"sweetdream-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}{SUFFIX}"
    if path.exists():
        raise LauncherError(f"{path} is there already.", "Choose another name: no backup is written over another.")
    if not path.parent.is_dir():
        raise LauncherError(f"There is no folder {path.parent}.", "Make it, or choose another place.")
    return path


def backup(folder: Path, target: Path) -> Manifest:
    """Write a backup of the shop in `folder` to `target`.

    Everything in it is of one moment: rows are counted and dumped in one snapshot. Pictures are copied after it; none
    is ever changed or taken away, so that all the database names are among them.

    Raises:
        LauncherError: it could not be made; nothing is left of it.
    """
    if database.shop_cluster(folder).major is None:
        raise LauncherError(f"There is no shop in {folder} to back up.", "./dev up makes one.")
    with database.running(folder) as cluster, tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as work:
        dump = Path(work) / archive.DUMP
        facts = dumped(cluster, dump)
        pictures = folder / archive.MEDIA
        files = {
            f"{archive.MEDIA}/{path.relative_to(pictures).as_posix()}": path
            for path in sorted(pictures.rglob("*"))
            if path.is_file() and not path.name.startswith(".")  # one that is just being written
        }
        return archive.write(target, facts, {archive.DUMP: dump, **files})


def dumped(cluster: Cluster, dump: Path) -> dict[str, Any]:
    """Dump the shop's database to a file; return what a manifest says of it."""
    with snapshot(cluster) as (connection, name):
        facts = {
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "postgres": connection.info.server_version // 10_000,
            "migrations": _migrations(connection),
            "tables": counted(connection),
        }
        run(
            cluster,
            *("pg_dump", "--format=custom", "--compress=6", "--lock-wait-timeout=10s"),
            *(f"--snapshot={name}", f"--file={dump}", f"--dbname={DATABASE}"),
        )
    return facts


@contextmanager
def snapshot(cluster: Cluster) -> Iterator[tuple[psycopg.Connection, str]]:
    """Give a connection that sees one moment of the database, and the name at which others see the same."""
    with psycopg.connect(cluster.url(DATABASE)) as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        row = connection.execute("select pg_export_snapshot()").fetchone()
        assert row is not None
        yield connection, row[0]


def counted(connection: psycopg.Connection) -> dict[str, int]:
    """Return how many rows each table has, by its full name."""
    names = connection.execute(
        "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema') "
        "order by 1, 2"
    ).fetchall()
    counts = {}
    for schema, table in names:
        row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(schema, table))).fetchone()
        assert row is not None
        counts[f"{schema}.{table}"] = int(row[0])
    return counts


def _migrations(connection: psycopg.Connection) -> dict[str, str]:
    versions = {}
    for schema in SCHEMAS:
        table = sql.Identifier(schema, "alembic_version")
        exists = connection.execute("select to_regclass(%s)", (table.as_string(connection),)).fetchone()
        if exists and exists[0]:
            row = connection.execute(sql.SQL("select version_num from {}").format(table)).fetchone()
            versions[schema] = row[0] if row else ""
    return versions


def run(cluster: Cluster, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's clients as the superuser.

    Raises:
        LauncherError: it failed; the message carries what it said.
    """
    done = subprocess.run(
        [programs() / program, *arguments],
        env=cluster.client_environment(DATABASE),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LauncherError(f"{program} failed.", done.stderr.strip()[-2000:])
