"""Data is replaced whole or not at all: what is new is built aside, and moved into place in steps that can be resumed.

`incoming/` is where it is built. While the file `complete` is missing there, it is rubbish of a work that was broken
off, and the old data is whole. With it, whoever comes next finishes the move. What was replaced stays in `replaced/`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.errors import LauncherError
from launcher.postgres import Cluster

PARTS = ("postgres", "media")
INCOMING = "incoming"
REPLACED = "replaced"
COMPLETE = "complete"


@contextmanager
def incoming(folder: Path) -> Iterator[Path]:
    """Give a folder in which to build new data for `folder`, moved into place at the end of the block.

    When the block raises, nothing has changed. The caller must hold the folder's lock, and nothing may run in it.
    """
    settle(folder)
    place = folder / INCOMING
    place.mkdir(mode=0o700)
    # Root's database runs under another account, which must be able to pass through.
    place.chmod(folder.stat().st_mode & 0o777)
    try:
        yield place
        with (place / COMPLETE).open("w") as mark:
            os.fsync(mark.fileno())
        _sync(place)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    settle(folder)


def settle(folder: Path) -> bool:
    """Finish a move that was begun, or clear away what was never complete; tell whether data was moved."""
    place = folder / INCOMING
    if not place.is_dir():
        return False
    if not (place / COMPLETE).exists():
        Cluster(place / "postgres").kill()
        shutil.rmtree(place)
        return False
    replaced = folder / REPLACED
    if not (place / "began").exists():
        shutil.rmtree(replaced, ignore_errors=True)  # of the time before
        replaced.mkdir(mode=0o700)
        replaced.chmod(folder.stat().st_mode & 0o777)
        (place / "began").touch()
        _sync(place)
    for part in PARTS:
        if (place / part).exists():  # not moved yet
            if (folder / part).exists():
                (folder / part).rename(replaced / part)
            (place / part).rename(folder / part)
    _sync(folder)
    shutil.rmtree(place)
    return True


def undo(folder: Path) -> None:
    """Put back what was replaced last; what is there now is what was replaced then.

    Raises:
        LauncherError: nothing was replaced.
    """
    settle(folder)
    replaced = folder / REPLACED
    if not any((replaced / part).exists() for part in PARTS):
        raise LauncherError(f"There is nothing in {replaced} to put back.")
    (replaced / COMPLETE).touch()
    replaced.rename(folder / INCOMING)
    settle(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
