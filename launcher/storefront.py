"""The storefront's build: from the live catalogue to files that are served as they are."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from launcher import services
from launcher.errors import LauncherError
from launcher.processes import run_all

SNAPSHOT_PARTS = {
    "featured": "/api/products?sort=popular&inStock=true&limit=8",
    "menu": "/api/products?sort=popular&limit=24",
    "categories": "/api/categories",
}
"""What the prerendered pages show at first paint, by the request that asks the backend for it."""


def fetch_snapshot(path: Path) -> None:
    """Write what the shop sells now to `path`, in the shape that `storefront.snapshot` reads.

    Raises:
        LauncherError: the backend refused.
    """
    with httpx.Client(base_url=services.BACKEND.url, timeout=10, trust_env=False) as client:
        try:
            answers = {part: client.get(request).raise_for_status().json() for part, request in SNAPSHOT_PARTS.items()}
        except httpx.HTTPError as error:
            raise LauncherError("The catalogue could not be read for the storefront's build.", str(error)) from error
    answers["featured"] = answers["featured"]["items"]
    path.write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def build(snapshot: Path, environment: Mapping[str, str], log: Path) -> None:
    """Build the storefront. Returns at once when nothing changed since the last build.

    Raises:
        LauncherError: the build failed; the message carries what it said.
    """
    command = [sys.executable, "-m", "storefront.build"]
    run_all({"storefront": (command, {**environment, "STOREFRONT_SNAPSHOT": str(snapshot)})}, "The build", log)
