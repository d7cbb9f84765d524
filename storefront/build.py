"""`python -m storefront.build`: compile the pages into `.web`, ready to be served as they are.

Returns at once when nothing they are made of has changed; `--check` only tells whether that is so (exit status 1 when
a build is needed). A build that was interrupted counts as none.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / ".web"
CLIENT = WEB / "build" / "client"
BUILT_SNAPSHOT = WEB / "snapshot.json"
_DONE = WEB / "built"
"""Holds the digest of what the build was made of; written last."""
_LOCK = ROOT / ".web.lock"
"""Beside `.web`, which Reflex deletes when it begins anew: a lock in a deleted file keeps nobody out."""
_COMMITTED_SNAPSHOT = ROOT / "storefront" / "snapshot.json"
_INPUTS = (
    "storefront",
    "shopkit",
    "assets",
    "docs/runbooks",
    "reflex.lock",
    "rxconfig.py",
    "requirements/storefront_build.txt",
)
_LEFT_OUT = {"__pycache__", "external"}


def _files() -> Iterator[Path]:
    for name in _INPUTS:
        path = ROOT / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in found if file.is_file() and not _LEFT_OUT & set(file.parts))


def _snapshot() -> Path:
    return Path(os.environ.get("STOREFRONT_SNAPSHOT") or _COMMITTED_SNAPSHOT).resolve()


def digest() -> str:
    """Return what the build is made of, as one hash: sources, pictures, locked packages and the snapshot."""
    total = hashlib.blake2b(f"{version('reflex')} {sys.version_info[:2]}".encode())
    for file in [*_files(), _snapshot()]:
        name = str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else "snapshot"
        total.update(f"\0{name}\0".encode())
        total.update(hashlib.blake2b(file.read_bytes()).digest())
    return total.hexdigest()


def is_current() -> bool:
    """Tell whether `.web` holds a whole build of what is here now."""
    return _DONE.exists() and CLIENT.is_dir() and _DONE.read_text() == digest()


def build() -> None:
    """Build. Raises subprocess.CalledProcessError with Reflex's own words printed before."""
    made_of = digest()
    if _DONE.exists():
        _DONE.unlink()
    else:
        # Whatever an interrupted build left may be half written: begin again.
        for entry in WEB.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    environment = {
        **os.environ,
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        # Sources are read by several Pythons at once: the byte code of a half-written file must not stay.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for name in ("__REFLEX_SKIP_COMPILE", "__REFLEX_MOUNT_FRONTEND_COMPILED_APP"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "reflex", "export", "--no-zip"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)  # noqa: S603 - our own interpreter
    shutil.copyfile(_snapshot(), BUILT_SNAPSHOT)
    _DONE.write_text(made_of)


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m storefront.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only tell whether the build is current")
    arguments = parser.parse_args()
    if arguments.check:
        current = is_current()
        sys.stdout.write("the build is current\n" if current else "a build is needed\n")
        return 0 if current else 1
    WEB.mkdir(exist_ok=True)
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two builds in one folder would mix
        if is_current():
            sys.stdout.write("nothing changed since the last build\n")
            return 0
        started = time.monotonic()
        try:
            build()
        except subprocess.CalledProcessError as error:
            sys.stderr.write(f"the build failed (exit status {error.returncode})\n")
            return 1
        sys.stdout.write(f"built in {time.monotonic() - started:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
