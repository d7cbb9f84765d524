"""`./dev doctor`: what the shop needs of this machine, what it found, and what to do about the rest."""

import codecs
import locale
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from launcher import browser, identity, ports, postgres, services, ui
from launcher.database import shop_cluster
from launcher.errors import LauncherError
from launcher.paths import ROOT
from launcher.record import Record

DISK_NEEDED_GB = 3


@dataclass(frozen=True)
class Finding:
    """What was found; `advice` is empty when all is well."""

    found: str
    advice: str = ""


def run(folder: Path) -> int:
    """Print every finding; return 1 if something must be mended."""
    table = Table(show_header=False)
    for style in ("bold", "", "", "yellow"):
        table.add_column(style=style, overflow="fold")
    wrong = 0
    for name, examine in CHECKS.items():
        try:
            finding = examine(folder)
        except LauncherError as error:
            finding = Finding(error.what, error.hint or "See above.")
        wrong += bool(finding.advice)
        table.add_row(name, "[red]✗[/red]" if finding.advice else "[green]✓[/green]", finding.found, finding.advice)
    ui.console.print(table)
    return 1 if wrong else 0


def _python(_: Path) -> Finding:
    return Finding(f"{platform.python_version()} at {sys.executable}")


def _packages(_: Path) -> Finding:
    installed, wanted = ROOT / ".venv" / "installed.txt", ROOT / "requirements" / "dev.txt"
    if installed.exists() and installed.read_bytes() == wanted.read_bytes():
        return Finding("as requirements/dev.txt says")
    return Finding("not what requirements/dev.txt says", "Start through ./dev, which installs them.")


def _uv(_: Path) -> Finding:
    found = shutil.which("uv") or next((str(p) for p in [ROOT / ".data/uv/bin/uv"] if p.exists()), None)
    return Finding(found or "comes with the packages")


def _postgres(folder: Path) -> Finding:
    programs = postgres.programs()
    account = identity.for_database(folder / "postgres" / "data", programs)
    whom = "this user" if account.uid is None else f"uid {account.uid}"
    found = f"{postgres.major_of(programs)} at {programs}, run as {whom}"
    kept = shop_cluster(folder).major
    if kept not in {None, postgres.major_of(programs)}:
        return Finding(f"{found}; the data was made by {kept}", "Move it over: ./dev upgrade")
    return Finding(found)


def _ports(folder: Path) -> Finding:
    if (pid := Record(folder).launcher_pid()) is not None:
        return Finding(f"used by the running shop (process {pid})")
    ports.require_free(services.ALL)
    return Finding(", ".join(str(service.port) for service in services.ALL) + " are free")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder if folder.exists() else ROOT).free / 1e9
    return Finding(f"{free:.0f} GB free", "" if free > DISK_NEEDED_GB else f"The shop needs {DISK_NEEDED_GB} GB.")


def _browser(_: Path) -> Finding:
    return Finding(browser.find() or "none; ./dev test installs one")


def _locale(_: Path) -> Finding:
    encoding = locale.getpreferredencoding(do_setlocale=False)
    utf8 = codecs.lookup(encoding).name == "utf-8"
    return Finding(encoding, "" if utf8 else "Vietnamese needs UTF-8: export LANG=C.UTF-8")


CHECKS: dict[str, Callable[[Path], Finding]] = {
    "Python": _python,
    "Packages": _packages,
    "uv": _uv,
    "PostgreSQL": _postgres,
    "Ports": _ports,
    "Disk": _disk,
    "Browser": _browser,
    "Locale": _locale,
}
