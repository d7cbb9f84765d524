"""As whom PostgreSQL runs. It refuses to run as root, so root drops to an account of little power."""

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher.errors import LauncherError

ACCOUNTS = ("postgres", "nobody")
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2


@dataclass(frozen=True)
class Identity:
    """An account to run a program as; None for both ids means as whoever we are."""

    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    def own(self, path: Path) -> None:
        """Make `path` the account's."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def own_all(self, folder: Path) -> None:
        """Make `folder` and what is in it the account's, as after a copy of the checkout by root."""
        if self.uid is None or folder.stat().st_uid == self.uid:
            return
        for path in (*folder.rglob("*"), folder):  # the folder last: its owner tells that the work is done
            self.own(path)

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that runs `arguments` as the account."""
        return [*self.prefix, *arguments]

    def popen_options(self) -> dict[str, Any]:
        """Return what `subprocess` needs besides, where no prefix changes the account."""
        if self.uid is None or self.prefix:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def for_database(data: Path, programs: Path) -> Identity:
    """Return the account that is to own `data` and run what lies in `programs`.

    A cluster that exists keeps its owner. Under a parent that only root may enter (such as /root) the account gets
    the one capability it needs to pass through.

    Raises:
        LauncherError: the cluster is somebody else's, or the account cannot reach it.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise LauncherError(
                f"{data} belongs to another user (uid {owner}).",
                "Run ./dev as that user, or remove the folder to start afresh.",
            )
        return Identity()
    uid, gid = _account(owner)
    if all(_may_enter(folder, uid, gid) for path in (data, programs) for folder in path.parents):
        return Identity(uid, gid)
    return Identity(uid, gid, _passing_through(uid, gid, data))


def _account(owner: int | None) -> tuple[int, int]:
    if owner:
        try:
            return owner, pwd.getpwuid(owner).pw_gid
        except KeyError:
            return owner, owner
    for name in ACCOUNTS:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return account.pw_uid, account.pw_gid
    raise LauncherError(
        "PostgreSQL refuses to run as root, and there is no account `postgres` or `nobody` to run it as.",
        "Run ./dev as an ordinary user, or add one: useradd --system postgres",
    )


def _may_enter(folder: Path, uid: int, gid: int) -> bool:
    if not folder.exists():
        return True  # we shall make it
    status = folder.stat()
    if status.st_uid == uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _passing_through(uid: int, gid: int, data: Path) -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    capability = _capability()
    if setpriv is None or capability is None:
        raise LauncherError(
            f"The database's account may not enter the folders above {data}.",
            "Move the checkout to a folder that others may enter (such as /srv or /opt), or run ./dev as its owner.",
        )
    keep = f"-all,+{capability}"
    return (
        setpriv,
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        f"--inh-caps={keep}",
        f"--ambient-caps={keep}",
    )


def _capability() -> str | None:
    """Return the weakest capability we have that lets an account pass through closed folders."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    bounding = next((int(line.split()[1], 16) for line in lines if line.startswith("CapBnd:")), 0)
    for number, name in ((CAP_DAC_READ_SEARCH, "dac_read_search"), (CAP_DAC_OVERRIDE, "dac_override")):
        if bounding & (1 << number):
            return name
    return None
