"""The services as real processes on free ports, to be killed and started again."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import psutil

from launcher import processes, services, storefront
from launcher.services import Service
from tests.support.cluster import Databases
from tests.support.ports import free_port

START_TIMEOUT_S = 60.0
ENVIRONMENT = {
    "SERVICE_SECRET": "insecure-service-secret",
    "SESSION_SECRET": "insecure-session-secret",
    # Everybody in a test comes from one address.
    "GUESTS_PER_ADDRESS": "100000",
    "REGISTRATIONS_PER_ADDRESS": "100000",
    "ORDERS_PER_PERSON": "100000",
    "ORDERS_PER_ADDRESS": "100000",
    "PIECES_PER_ADDRESS": "100000",
    "OPEN_PIECES_PER_PERSON": "100000",
}


def is_alive(pid: int) -> bool:
    """Tell whether a process still works."""
    try:
        return processes.is_alive(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


@dataclass
class ShopProcesses:
    """Running services by name. Each test has its own, over its own database."""

    services: dict[str, Service]
    environment: dict[str, dict[str, str]]
    logs: Path
    running: dict[str, "subprocess.Popen[bytes]"]

    def url(self, name: str) -> str:
        """Return where a service answers."""
        return self.services[name].url

    def pid(self, name: str) -> int:
        """Return a service's process id."""
        return self.running[name].pid

    def log(self, name: str) -> str:
        """Return what a service wrote so far."""
        return (self.logs / f"{name}.log").read_text(encoding="utf-8")

    @contextmanager
    def full_disk(self, *names: str) -> Iterator[None]:
        """Let services write nothing more into any file until the block ends, as on a full disk."""
        unlimited = resource.RLIM_INFINITY
        for name in names:
            resource.prlimit(self.pid(name), resource.RLIMIT_FSIZE, (0, unlimited))
        try:
            yield
        finally:
            for name in names:
                resource.prlimit(self.pid(name), resource.RLIMIT_FSIZE, (unlimited, unlimited))

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """End a service with a signal and wait for its end."""
        os.kill(self.pid(name), number)
        self.running[name].wait(processes.STOP_TIMEOUT_S)

    def spawn(self, name: str, **environment: str) -> None:
        """Start a service, with additions to its environment."""
        told = {**self.environment[name], **environment}
        with (self.logs / f"{name}.log").open("ab") as output:
            self.running[name] = processes.spawn(self.services[name].command, output, told)

    def start(self, name: str, **environment: str) -> None:
        """Start a service, with additions to its environment, and wait until it answers."""
        self.spawn(name, **environment)
        self.wait(name)

    def restart(self, name: str, **environment: str) -> None:
        """Start a service again at its old port, ending it first if it runs."""
        if self.running[name].poll() is None:
            self.kill(name, signal.SIGTERM)
        self.start(name, **environment)

    def wait(self, name: str) -> None:
        """Wait until a service answers."""
        deadline = time.monotonic() + START_TIMEOUT_S
        with httpx.Client(timeout=2, trust_env=False) as client:
            while True:
                assert self.running[name].poll() is None, f"{name} ended:\n{self.log(name)}"
                try:
                    if client.get(f"{self.url(name)}{self.services[name].health}").is_success:
                        return
                except httpx.TransportError:
                    pass
                assert time.monotonic() < deadline, f"{name} does not answer:\n{self.log(name)}"
                time.sleep(0.05)


@contextmanager
def shop_processes(
    databases: Databases,
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    seed: bool = False,
    with_storefront: bool = False,
    before: Callable[["ShopProcesses"], None] = lambda _: None,
) -> Iterator[ShopProcesses]:
    """Run the services over `databases`, with logs and pictures in `folder`.

    `seed` fills the catalogue first; `with_storefront` builds the storefront from it, if that is due, and serves it.
    `before` is called before the services are started; what it starts is ended with them.
    """
    placed = {service.name: replace(service, default_port=free_port()) for service in services.ALL}
    urls = {f"{name.upper()}_URL": service.url for name, service in placed.items()}
    shared = {**ENVIRONMENT, **urls, "PUBLIC_URL": placed["storefront"].url, "MEDIA_FOLDER": str(folder / "media")}
    told = {name: {**shared, **(environment or {})} for name in placed}
    for service in services.API:
        told[service.name]["DATABASE_URL"] = databases.url(service.name)
    told["backend"]["ANALYTICS_DATABASE_URL"] = databases.url("analytics")
    shop = ShopProcesses(placed, told, folder, {})
    try:
        if seed:
            processes.run_all({"backend": ([sys.executable, "-m", "backend.seed"], told["backend"])}, "Seeding")
        before(shop)
        for service in services.API:
            shop.spawn(service.name)
        for service in services.API:
            shop.wait(service.name)
        if with_storefront:
            snapshot = folder / "snapshot.json"
            storefront.fetch_snapshot(snapshot, shop.url("backend"))
            storefront.build(snapshot, told["storefront"], folder / "build.log")
            shop.start("storefront")
        yield shop
    finally:
        processes.end(shop.running.values())
