"""A process of the shop that runs from its own requirements file and nothing else, as its image does."""

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx

from launcher import processes
from launcher.lock import FOLDER
from launcher.paths import ROOT
from launcher.services import Service
from tests.support.ports import free_port

START_TIMEOUT_S = 60.0


def install(group: str, folder: Path) -> str:
    """Install a group's locked file into a fresh virtual environment; return its Python."""
    uv = [sys.executable, "-m", "uv"]
    python = folder / "bin" / "python"
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    options = ["--quiet", "--require-hashes", "--no-build", "--python", str(python)]
    subprocess.run([*uv, "pip", "sync", *options, str(ROOT / FOLDER / f"{group}.txt")], check=True)
    return str(python)


def health_of(service: Service, environment: Mapping[str, str], folder: Path) -> httpx.Response:
    """Start a service from its own lock, return what its probe answers once it serves, and end it."""
    python = install(service.name, folder / "venv")
    placed = replace(service, default_port=free_port())
    command = [python, *placed.command[1:]]
    with (folder / "log").open("wb") as output:
        running = processes.spawn(command, output, environment)
    try:
        return _answer(placed, running, folder / "log")
    finally:
        processes.end([running])


def _answer(service: Service, running: "subprocess.Popen[bytes]", log: Path) -> httpx.Response:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        assert running.poll() is None, f"{service.name} ended:\n{log.read_text()}"
        assert time.monotonic() < deadline, f"{service.name} does not answer:\n{log.read_text()}"
        try:
            answer = httpx.get(f"{service.url}/readyz", trust_env=False, timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        if answer.status_code != 503:
            return answer
        time.sleep(0.05)
