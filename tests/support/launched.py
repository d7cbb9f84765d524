"""The shop as `./dev up` runs it, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from launcher import services
from launcher.paths import ROOT
from launcher.postgres import Cluster
from launcher.record import Record
from tests.support.ports import free_port

START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 30


def environment_of(folder: Path, **more: str) -> dict[str, str]:
    """Return what `./dev` is told to run a shop in `folder`, on ports of its own."""
    ports = {service.port_variable: str(free_port()) for service in services.ALL}
    return {**os.environ, **ports, "SWEETDREAM_DATA": str(folder), **more}


def dev(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `./dev` to its end."""
    command = [sys.executable, "-m", "launcher", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)


@contextmanager
def opened(environment: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `up` until the table is shown; give its process and what it printed so far.

    It prints to the file `printed` in the data folder.
    """
    command = [sys.executable, "-m", "launcher", "up"]
    output = Path(environment["SWEETDREAM_DATA"]) / "printed"
    with output.open("w") as file:
        shop = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file, text=True)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while "Ctrl-C" not in (printed := output.read_text()):
            assert shop.poll() is None, printed
            assert time.monotonic() < deadline, printed
            time.sleep(0.1)
        yield shop, printed
    finally:
        if shop.poll() is None:
            shop.send_signal(signal.SIGTERM)
            shop.wait(STOP_TIMEOUT_S)


def url(environment: Mapping[str, str], service: services.Service) -> str:
    """Return where a service of the shop answers."""
    return f"http://127.0.0.1:{environment[service.port_variable]}"


def pids(folder: Path) -> dict[str, int]:
    """Return the processes of a running shop, PostgreSQL among them."""
    recorded = {name: entry["pid"] for name, entry in Record(folder).read().items()}
    lines = (Cluster(folder / "postgres").data / "postmaster.pid").read_text().splitlines()
    return {**recorded, "postgres": int(lines[0])}
