"""The data folder: marked as the shop's when it is made, so that nothing of anybody else is ever deleted."""

import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import fasteners  # type: ignore[import-untyped]

from launcher import services
from launcher.errors import LauncherError
from launcher.record import Record

MARK = "sweetdream.json"
LAYOUT = 1
FETCHED = ("uv", "tools")
"""What ./dev fetched to work with; it is nobody's data, and stays at a reset."""
KEPT = {
    "postgres": "the database: products, people, orders",
    "media": "pictures",
    "logs": "logs, with the events in them",
    "lake": "the lake: events of every day, for reports",
    "secrets.json": "secrets and passwords of the services",
    "replaced": "what the last restore or upgrade replaced",
    "incoming": "an unfinished restore or upgrade",
    "snapshot.json": "what the storefront was built from",
    "run.json": "the record of the last run",
    "run.new": "",
    "secrets.new": "",
    "up.lock": "",
    "use.lock": "",
}
"""Everything the shop keeps in the folder, by name, and what it is in a person's words if it is of any worth.
Nothing else is the shop's."""
OPEN_TO_OWNER = 0o700
PASSABLE = 0o711


@dataclass(frozen=True)
class Entry:
    """Something the shop keeps: `size` in bytes, without what a link leads to."""

    path: Path
    what: str
    size: int


def claim(folder: Path) -> None:
    """Make the folder the shop's: created if need be, marked, and closed to others.

    Raises:
        LauncherError: it holds somebody else's things under names that the shop would use, or holds things and is open
            to everybody, or cannot be written.
    """
    if not is_ours(folder):
        if _is_everybodys(folder):
            raise LauncherError(
                f"{folder} is not this shop's: others may write into it, and it is not empty.",
                "Name an empty or a new folder in SWEETDREAM_DATA.",
            )
        foreign = [name for name, what in KEPT.items() if what and (folder / name).exists()]
        if foreign and not _is_of_older_version(folder):
            raise LauncherError(
                f"{folder} is not this shop's: it holds {', '.join(foreign)}, which no shop has put there.",
                "Name an empty or a new folder in SWEETDREAM_DATA.",
            )
    # Root's database runs under another account, which must be able to pass through.
    mode = PASSABLE if os.geteuid() == 0 else OPEN_TO_OWNER
    try:
        if not is_ours(folder):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / MARK).write_text(json.dumps({"layout": LAYOUT}) + "\n", encoding="ascii")
        if stat.S_IMODE(folder.stat().st_mode) != mode:
            folder.chmod(mode)
    except OSError as error:
        raise LauncherError(f"{folder} cannot be written.", "Run ./dev as the user who owns it.") from error


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the lock of a data folder, so that one shop at a time runs in it, and none while its data is replaced.

    Raises:
        LauncherError: the shop runs.
    """
    lock = fasteners.InterProcessLock(folder / "up.lock")
    if not lock.acquire(blocking=False):
        record = Record(folder)
        if (pid := record.launcher_pid()) is None:
            raise LauncherError(f"Another ./dev works in {folder}.", "Wait until it is done.")
        raise LauncherError(
            f"The shop runs already (process {pid}): {record.url(services.STOREFRONT)}",
            f"Stop it with Ctrl-C where it was started, or with: kill {pid}",
        )
    try:
        yield
    finally:
        lock.release()


def is_ours(folder: Path) -> bool:
    """Tell whether the folder carries the shop's mark."""
    try:
        mark = json.loads((folder / MARK).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return False
    return isinstance(mark, dict) and isinstance(mark.get("layout"), int)


def contents(folder: Path) -> list[Entry]:
    """Return what of the shop is in its folder.

    Raises:
        LauncherError: the folder is not the shop's.
    """
    if not folder.exists():
        return []
    if not is_ours(folder) and not _is_of_older_version(folder):
        if folder.is_dir() and all(path.name in FETCHED for path in folder.iterdir()):
            return []
        raise LauncherError(
            f"{folder} is no data folder of the shop, so nothing in it is deleted.",
            "Is SWEETDREAM_DATA right? A folder that the shop made carries the file " + MARK + ".",
        )
    found = [(folder / name, what) for name, what in KEPT.items()]
    return [Entry(path, what, _size(path)) for path, what in found if path.exists() or path.is_symlink()]


def delete(entry: Entry) -> None:
    """Delete something the shop keeps. Of a link only the link goes, never what it leads to."""
    if entry.path.is_dir() and not entry.path.is_symlink():
        shutil.rmtree(entry.path)
    else:
        entry.path.unlink(missing_ok=True)


def forget(folder: Path) -> None:
    """Take the mark away, and the folder with it when nothing else is in it."""
    (folder / MARK).unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _is_everybodys(folder: Path) -> bool:
    """Tell whether others may write into a folder and something is in it, as in /tmp.

    What ./dev itself puts there before it asks, with whatever mode the person's files get, is nothing.
    """
    return (
        folder.is_dir()
        and bool(folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH))
        and any(KEPT.get(path.name, path.name) and path.name not in FETCHED for path in folder.iterdir())
        and not _is_of_older_version(folder)
    )


def _is_of_older_version(folder: Path) -> bool:
    """Tell whether a version that left no mark made the folder: its secrets and its cluster tell."""
    try:
        secrets = json.loads((folder / "secrets.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(secrets, dict) or not {"service_secret", "session_secret", "role_passwords"} <= secrets.keys():
        return False
    cluster = folder / "postgres"
    return not cluster.exists() or (cluster / "data" / "PG_VERSION").exists() or (cluster / "lock").exists()


def _size(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(found.lstat().st_size for found in path.rglob("*") if not found.is_dir())
