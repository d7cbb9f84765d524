"""The storefront's build: from the live catalogue to files that are served as they are."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from launcher.errors import LauncherError
from launcher.processes import run_all, spawn

BUILD = (sys.executable, "-m", "storefront.build")
SNAPSHOT_PARTS = {
    "featured": "/api/products?sort=popular&inStock=true&limit=8",
    "menu": "/api/products?sort=popular&limit=24",
    "categories": "/api/categories",
}
"""What the prerendered pages show at first paint, by the request that asks the backend for it."""


def fetch_snapshot(path: Path, backend: str) -> None:
    """Write what the backend at that URL sells now to `path`, in the shape that `storefront.snapshot` reads.

    Raises:
        LauncherError: the backend refused.
    """
    with httpx.Client(base_url=backend, timeout=10, trust_env=False) as client:
        try:
            answers = {part: client.get(request).raise_for_status().json() for part, request in SNAPSHOT_PARTS.items()}
        except httpx.HTTPError as error:
            raise LauncherError("The catalogue could not be read for the storefront's build.", str(error)) from error
    answers["featured"] = answers["featured"]["items"]
    path.write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def is_built(snapshot: Path, environment: Mapping[str, str]) -> bool:
    """Tell whether the last build was made of what is here now, this snapshot included."""
    if not snapshot.exists():
        return False
    return spawn([*BUILD, "--check"], subprocess.DEVNULL, _told(snapshot, environment)).wait() == 0


def build(snapshot: Path, environment: Mapping[str, str], log: Path) -> None:
    """Build the storefront.

    Raises:
        LauncherError: the build failed; the message carries what it said.
    """
    run_all({"the storefront": (BUILD, _told(snapshot, environment))}, "The build", log)


def _told(snapshot: Path, environment: Mapping[str, str]) -> dict[str, str]:
    return {**environment, "STOREFRONT_SNAPSHOT": str(snapshot)}
