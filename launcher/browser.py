"""The real browser of the end-to-end tests: found, or installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from launcher.errors import LauncherError

VARIABLE = "CHROME"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPLICATION = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find() -> str | None:
    """Return the path of a browser that starts: `CHROME`'s, one on PATH, or Playwright's own; None if there is none.

    Raises:
        LauncherError: CHROME names something that does not start.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not _starts(named):
            raise LauncherError(f"CHROME is {named}, which does not start.", "Correct it, or unset it.")
        return named
    candidates = [path for path in map(shutil.which, NAMES) if path] + [MAC_APPLICATION, _playwrights()]
    return next((path for path in candidates if _starts(path)), None)


def find_or_install() -> str:
    """Return a browser that starts, installing one if need be: Playwright's, else as root the system's package.

    Raises:
        LauncherError: there is none and none could be installed. Tests are never skipped for want of a browser.
    """
    if found := find():
        return found
    attempts = [[sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]]
    if os.geteuid() != 0:
        attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    elif shutil.which("apt-get"):
        attempts += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    said = ""
    for command in attempts:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).strip()
        if found := find():
            return found
    raise LauncherError(
        "The end-to-end tests need Chrome or Chromium; none was found, and none could be installed.",
        f"Install one, or name it: CHROME=/path/to/chrome ./dev test\n{said[-600:]}",
    )


def _playwrights() -> str:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a developer's package, and slow to import

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _starts(path: str) -> bool:
    if not Path(path).is_file():
        return False
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
