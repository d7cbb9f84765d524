"""The real browser of the end-to-end tests: found, or installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from launcher.errors import LauncherError

VARIABLE = "CHROME"
SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
"""The same engine without a browser's windows: it opens pages with half the CPU time."""
NAMES = (*SHELLS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHELL_PACKAGE = ["apt-get", "install", "-y", "-qq", "chromium-headless-shell"]
MAC_APPLICATION = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find() -> str | None:
    """Return the path of a browser that starts: `CHROME`'s, one on PATH, or Playwright's own; None if there is none.

    A headless shell is preferred to a whole browser.

    Raises:
        LauncherError: CHROME names something that does not start.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not _starts(named):
            raise LauncherError(f"CHROME is {named}, which does not start.", "Correct it, or unset it.")
        return named
    candidates = [*(path for path in map(shutil.which, NAMES) if path), MAC_APPLICATION, *_playwrights()]
    candidates.sort(key=lambda path: not _is_shell(path))
    return next((path for path in candidates if _starts(path)), None)


def find_or_install() -> str:
    """Return a browser that starts, installing one if need be: Playwright's, else as root the system's package.

    Where root has a whole browser already, the headless shell is installed beside it if the system knows the package.

    Raises:
        LauncherError: there is none and none could be installed. Tests are never skipped for want of a browser.
    """
    found = find()
    has_packages = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if found:
        if VARIABLE in os.environ or _is_shell(found) or not has_packages:
            return found
        _run(SHELL_PACKAGE)
        return find() or found
    options = ["--with-deps"] if os.geteuid() == 0 else []
    attempts = [[sys.executable, "-m", "playwright", "install", "--only-shell", *options, "chromium"]]
    if has_packages:
        attempts += [["apt-get", "update", "-qq"], SHELL_PACKAGE, ["apt-get", "install", "-y", "-qq", "chromium"]]
    said = ""
    for command in attempts:
        said = _run(command)
        if found := find():
            return found
    raise LauncherError(
        "The end-to-end tests need Chrome or Chromium; none was found, and none could be installed.",
        f"Install one, or name it: CHROME=/path/to/chrome ./dev test\n{said[-600:]}",
    )


def _run(command: list[str]) -> str:
    """Run a command, and return what it said."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def _is_shell(path: str) -> bool:
    return "headless" in Path(path).name


def _playwrights() -> list[str]:
    """Return where Playwright keeps its browsers, whether they are installed or not."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a developer's package, and slow to import

    with sync_playwright() as playwright:
        whole = Path(playwright.chromium.executable_path)
    # .../chromium-1200/chrome-linux/chrome, and beside it .../chromium_headless_shell-1200/...
    folder = next((parent for parent in whole.parents if parent.name.startswith("chromium-")), None)
    if folder is None:
        return [str(whole)]
    shell = folder.with_name(folder.name.replace("chromium-", "chromium_headless_shell-", 1))
    shells = [path for pattern in ("*/headless_shell*", "*/chrome-headless-shell*") for path in shell.glob(pattern)]
    return [*map(str, shells), str(whole)]


def _starts(path: str) -> bool:
    if not Path(path).is_file():
        return False
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
