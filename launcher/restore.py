"""`./dev restore FILE`: the shop as it was when a backup was made. The old data stays until the new is proved."""

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg

from launcher import archive, credentials, database
from launcher.archive import Manifest
from launcher.backup import counted, run
from launcher.credentials import Credentials
from launcher.errors import LauncherError
from launcher.paths import ROOT
from launcher.postgres import Cluster, major_of, programs
from launcher.replace import incoming
from shopkit.provision import DATABASE, provision, provision_empty

REVISION = re.compile(r"^revision(?:: str)? = [\"']([^\"']+)[\"']", re.MULTILINE)
UNPACKED = "unpacked"


def check(source: Path) -> Manifest:
    """Check every byte of a backup, and that this version of the shop can take it.

    Raises:
        LauncherError: it is damaged, foreign, or too new.
    """
    manifest = archive.read(source)
    if manifest.postgres > (installed := major_of(programs())):
        raise LauncherError(f"{source} is of PostgreSQL {manifest.postgres}, and {installed} is installed.")
    for service, revision in manifest.migrations.items():
        versions = ROOT / service / "migrations" / "versions"
        known = {
            found for file in versions.glob("*.py") for found in REVISION.findall(file.read_text(encoding="utf-8"))
        }
        if revision not in known:
            raise LauncherError(
                f"{source} was made by a later version of the shop: {service} knows no migration {revision}.",
                "Restore it with that version.",
            )
    return manifest


def restore(folder: Path, source: Path, confirm: Callable[[Manifest], None]) -> Manifest:
    """Replace the shop's data by a backup's, after `confirm`, which may raise.

    Everything is restored into a server of its own, counted against the manifest and migrated before anything of the
    old data is touched.

    Raises:
        LauncherError: the shop runs, the backup is of no use, or it could not be restored; nothing has changed then.
    """
    manifest = check(source)
    with database.unused(folder):
        confirm(manifest)
        secrets = credentials.load(folder)
        archive.free_for(folder, 4 * source.stat().st_size)
        with incoming(folder) as place:
            unpacked = place / UNPACKED
            archive.read(source, unpacked)
            (unpacked / archive.MEDIA).mkdir(exist_ok=True)
            (unpacked / archive.MEDIA).rename(place / archive.MEDIA)
            fill(Cluster(place / "postgres"), unpacked / archive.DUMP, manifest.tables, secrets)
            shutil.rmtree(unpacked)
    return manifest


def fill(cluster: Cluster, dump: Path, tables: Mapping[str, int], secrets: Credentials) -> None:
    """Make a cluster with what a dump holds, proved and stopped.

    Raises:
        LauncherError: something of it is missing, or could not be restored.
    """
    try:
        cluster.start()
        provision_empty(cluster.url(), secrets.role_passwords)
        run(cluster, "pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={DATABASE}", str(dump))
        with psycopg.connect(cluster.url(DATABASE), autocommit=True) as connection:
            if (found := counted(connection)) != tables:
                wrong = sorted(name for name in {*found, *tables} if found.get(name) != tables.get(name))
                raise LauncherError(f"Not every row was restored: {', '.join(wrong)}.")
            connection.execute("analyze")
        provision(cluster.url(), secrets.role_passwords)
        database.migrate_all(cluster, secrets)
        (cluster.folder / "seeded").touch()
    finally:
        cluster.stop()
