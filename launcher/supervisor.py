"""Keeps the shop's processes running: starts them, waits until they are healthy, restarts what crashes."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from launcher import processes
from launcher.errors import LauncherError
from launcher.record import Record
from launcher.services import Service

RESTART_DELAYS_S = (0.5, 1.0, 2.0, 5.0, 10.0)
STEADY_S = 30.0
"""A process that ran this long starts again at the shortest delay."""
HEALTH_TIMEOUT_S = 60.0
POLL_S = 0.1
LOG_BYTES = 32 * 1024 * 1024
LOGS_KEPT = 3


@dataclass
class Child:
    """A supervised process."""

    service: Service
    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    crashes: int = 0
    restart_at: float | None = None
    replace: bool = False
    announced: bool = True


class Supervisor:
    """The processes of one shop. `say` tells people what happens to them."""

    def __init__(self, logs: Path, record: Record, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._record = record
        self._say = say
        self._children: dict[str, Child] = {}
        self._ended = threading.Event()

    def log(self, name: str) -> Path:
        """Return the log of a service: what it writes to stdout and stderr."""
        return self._logs / f"{name}.log"

    def start(self, service: Service, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a service; it is supervised from now on."""
        child = self._children[service.name] = Child(service, command, environment)
        self._spawn(child)

    def wait_until_healthy(self, names: Iterable[str]) -> None:
        """Wait until the services answer.

        Raises:
            LauncherError: one ended, or did not answer in time; the message carries the end of its log.
        """
        waiting = list(names)
        deadline = time.monotonic() + HEALTH_TIMEOUT_S
        with httpx.Client(timeout=2.0, trust_env=False) as client:
            while waiting:
                waiting = [name for name in waiting if not self._answers(client, name)]
                if waiting and time.monotonic() > deadline:
                    raise LauncherError(f"{waiting[0]} does not answer.", self.end_of_log(waiting[0]))
                time.sleep(0.05 if waiting else 0)

    def _answers(self, client: httpx.Client, name: str) -> bool:
        child = self._children[name]
        if child.process is not None and child.process.poll() is not None:
            raise LauncherError(
                f"{name} ended while starting (exit code {child.process.returncode}).", self.end_of_log(name)
            )
        return _is_healthy(client, child.service)

    def watch(self) -> None:
        """Restart what crashes, until `end_watch` is called or an exception such as KeyboardInterrupt comes."""
        with httpx.Client(timeout=1.0, trust_env=False) as client:
            while not self._ended.wait(POLL_S):
                for child in self._children.values():
                    self._tend(child, client)

    def end_watch(self) -> None:
        """Make `watch` return; for other threads."""
        self._ended.set()

    def replace(self, name: str) -> None:
        """Have `watch` end a service and start it anew; for other threads."""
        self._children[name].replace = True

    def stop(self) -> None:
        """Stop every process, and what they started."""
        processes.end(child.process for child in self._children.values() if child.process is not None)

    def end_of_log(self, name: str, lines: int = 20) -> str:
        """Return the last lines of a service's log."""
        try:
            text = self.log(name).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def _tend(self, child: Child, client: httpx.Client) -> None:
        now = time.monotonic()
        if child.replace and child.process is not None:
            child.replace = False
            processes.end([child.process])
            self._spawn(child)
            child.announced = False
        elif child.restart_at is not None:
            if now >= child.restart_at:
                self._spawn(child)
                child.announced = False
        elif child.process is not None and (code := child.process.poll()) is not None:
            if now - child.started > STEADY_S:
                child.crashes = 0
            delay = RESTART_DELAYS_S[min(child.crashes, len(RESTART_DELAYS_S) - 1)]
            child.crashes += 1
            child.restart_at = now + delay
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            self._say(
                f"{child.service.name} {how}; starting it again in {delay:g} s (log: {self.log(child.service.name)})"
            )
        elif not child.announced and _is_healthy(client, child.service):
            child.announced = True
            self._say(f"{child.service.name} answers again")

    def _spawn(self, child: Child) -> None:
        log = self.log(child.service.name)
        log.parent.mkdir(parents=True, exist_ok=True)
        _rotate(log)
        with log.open("ab") as output:
            child.process = processes.spawn(child.command, output, child.environment)
        child.started = time.monotonic()
        child.restart_at = None
        self._record.write({name: c.process for name, c in self._children.items() if c.process is not None})


def _is_healthy(client: httpx.Client, service: Service) -> bool:
    try:
        return client.get(f"{service.url}{service.health}").is_success
    except httpx.TransportError:
        return False


def _rotate(log: Path) -> None:
    """Put a large log aside. Done between two lives of its process, so that no line is lost."""
    if not log.exists() or log.stat().st_size < LOG_BYTES:
        return
    for number in range(LOGS_KEPT - 1, 0, -1):
        older = log.with_suffix(f".{number}.log")
        if older.exists():
            older.replace(log.with_suffix(f".{number + 1}.log"))
    log.replace(log.with_suffix(".1.log"))
