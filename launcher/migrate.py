"""Migrations of the services, each in its own process: the launcher imports no service."""

import hashlib
import sys
from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql

from launcher.paths import ROOT
from launcher.postgres import Cluster
from launcher.processes import run_all
from shopkit.provision import DATABASE


def migrate(database_urls: Mapping[str, str]) -> None:
    """Bring the schema of each service to its newest version, all at once.

    Raises:
        LauncherError: a migration failed; the message carries what it said.
    """
    run_all(
        {
            service: ([sys.executable, "-m", "shopkit.migrations", service], {"DATABASE_URL": url})
            for service, url in database_urls.items()
        },
        "The migrations",
    )


def migrate_if_needed(cluster: Cluster, database_urls: Mapping[str, str]) -> bool:
    """Migrate unless neither the migrations nor the schemas' versions changed since; tell whether it was done.

    Three processes that find nothing to do would still cost seconds at every start.
    """
    note = cluster.folder / "migrated"
    if note.exists() and note.read_text(encoding="ascii") == _state(cluster, database_urls):
        return False
    migrate(database_urls)
    note.write_text(_state(cluster, database_urls), encoding="ascii")
    return True


def _state(cluster: Cluster, names: Iterable[str]) -> str:
    total = hashlib.blake2b(digest_size=16)
    with psycopg.connect(cluster.url(DATABASE)) as connection:
        for name in names:
            for file in sorted((ROOT / name / "migrations").rglob("*.py")):
                total.update(file.read_bytes())
            total.update(_version(connection, name).encode())
    return total.hexdigest()


def _version(connection: psycopg.Connection, schema: str) -> str:
    table = f"{schema}.alembic_version"
    row = connection.execute("select to_regclass(%s) is not null", (table,)).fetchone()
    if row is None or not row[0]:
        return "none"
    versions = connection.execute(
        sql.SQL("select version_num from {}").format(sql.Identifier(schema, "alembic_version"))
    )
    return ",".join(sorted(version for (version,) in versions))
