"""The whole shop on this machine: `./dev up`."""

import os
import signal
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from rich.table import Table

from launcher import credentials, database, environment, ports, services, storefront, ui
from launcher.folder import alone, claim
from launcher.guard import Guard
from launcher.nightly import Nightly
from launcher.paths import ROOT
from launcher.processes import run_all
from launcher.record import Record
from launcher.reload import rebuild_on_change
from launcher.replace import settle
from launcher.services import Service
from launcher.supervisor import Supervisor

DEFAULT_ADMIN = ("admin@sweetdream.com", "admin123")
"""The first admin in development; the user service makes it and refuses it elsewhere."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Shop:
    """The shop that lives in `folder`."""

    def __init__(self, folder: Path, *, reload: bool = False) -> None:
        self.folder = folder
        self.credentials = credentials.load(folder)
        self.cluster = database.shop_cluster(folder)
        self.supervisor = Supervisor(folder / "logs", Record(folder), ui.say)
        self._guard: Guard | None = None
        self._nightly = Nightly(folder, ui.say)
        self._seeded = self.cluster.folder / "seeded"  # goes when the database goes
        self._reload = reload

    def start(self) -> None:
        """Start everything, in the order in which it needs each other.

        Raises:
            LauncherError: something did not start.
        """
        with ui.step("PostgreSQL"):
            database.prepare(self.cluster, self.credentials)
        self._guard = Guard(self.cluster, ui.say)
        self._guard.start()
        with ui.step("Migrations"):
            database.migrate_all(self.cluster, self.credentials)
        for service in services.API:
            self._start(service)
        if not self._seeded.exists():
            self.seed()
        self._open_storefront()
        self._nightly.start()

    def stop(self) -> None:
        """Stop everything."""
        self._nightly.stop()
        self.supervisor.stop()
        if self._guard is not None:
            self._guard.stop()
        self.cluster.stop()
        Record(self.folder).remove()

    def seed(self, products: int | None = None, history: int | None = None) -> None:
        """Fill an empty catalogue, or grow it to `products` by variations; make demo events of `history` days."""
        more = [] if products is None else ["--products", str(products)]
        more += [] if history is None else ["--history", str(history)]
        with ui.step("Seed data"):
            command = [sys.executable, "-m", "backend.seed", *more]
            run_all({"backend": (command, self.environment(services.BACKEND))}, "Seeding")
        self._seeded.touch()

    def environment(self, service: Service) -> dict[str, str]:
        """Return what a service is told."""
        return environment.of(service, self.folder, self.cluster, self.credentials)

    def _start(self, service: Service) -> None:
        command = service.command
        if self._reload and service in services.API:
            command += ["--reload", *(f"--reload-dir={name}" for name in (service.name, "analytics", "shopkit"))]
        self.supervisor.start(service, command, self.environment(service))

    def _open_storefront(self) -> None:
        """Build the storefront from the live catalogue if anything changed, and serve it."""
        told = self.environment(services.STOREFRONT)
        snapshot = self.folder / "snapshot.json"
        built = storefront.is_built(snapshot, told)
        if built:
            self._start(services.STOREFRONT)  # beside the services
        with ui.step("Services"):
            self.supervisor.wait_until_healthy(service.name for service in services.API)
        if not built:
            with ui.step("Storefront's build"):
                storefront.fetch_snapshot(snapshot, services.BACKEND.url)
                storefront.build(snapshot, told, self.folder / "logs" / "build.log")
            self._start(services.STOREFRONT)
        with ui.step("Storefront"):
            self.supervisor.wait_until_healthy([services.STOREFRONT.name])
        if self._reload:
            build = partial(storefront.build, snapshot, told, self.folder / "logs" / "build.log")
            rebuild_on_change(build, partial(self.supervisor.replace, services.STOREFRONT.name), ui.say)


def run(folder: Path, *, reload: bool = False, browser: bool = False) -> None:
    """Run the shop until Ctrl-C, SIGTERM or SIGHUP, then stop it.

    Raises:
        LauncherError: it runs already, a port is taken, or something did not start.
    """
    began = time.monotonic()
    claim(folder)
    with alone(folder), database.in_use(folder), _interruptible():
        if settle(folder):
            ui.say("finished the restore or upgrade that was broken off")
        leftovers = Record(folder).end_leftovers()
        if leftovers:
            ui.say(f"ended what a killed run had left: {', '.join(leftovers)}")
        ports.require_free(services.ALL)
        shop = Shop(folder, reload=reload)
        try:
            shop.start()
            _show(shop, time.monotonic() - began)
            if browser:
                webbrowser.open(services.STOREFRONT.url)
            shop.supervisor.watch()
        except KeyboardInterrupt:
            pass
        finally:
            for number in STOP_SIGNALS:  # a second Ctrl-C must not leave the work half done
                signal.signal(number, signal.SIG_IGN)
            with ui.step("Stopped"):
                shop.stop()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Turn the signals that ask us to stop into KeyboardInterrupt, also where a shell had them ignored."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = {number: signal.signal(number, interrupt) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _show(shop: Shop, seconds: float) -> None:
    table = Table(title=f"SweetDream is open ({seconds:.1f} s)", title_style="bold", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("Storefront", services.STOREFRONT.url)
    for service in services.API:
        table.add_row(service.name, f"{service.url}/docs")
    table.add_row("Admin", _admin_login())
    table.add_row("Database", f"./dev psql   (port {shop.cluster.port})")
    table.add_row("Data, logs", f"{_short(shop.folder)}   ./dev logs   ./dev reset")
    table.add_row("Stop", "Ctrl-C")
    ui.console.print(table)


def _admin_login() -> str:
    email = os.environ.get("ADMIN_EMAIL", DEFAULT_ADMIN[0])
    password = "the ADMIN_PASSWORD you set" if "ADMIN_PASSWORD" in os.environ else DEFAULT_ADMIN[1]
    return f"{email} / {password}"


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
