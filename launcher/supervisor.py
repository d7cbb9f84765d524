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
from launcher.logs import Log
from launcher.record import Record
from launcher.services import Service

RESTART_DELAYS_S = (0.5, 1.0, 2.0, 5.0)
STEADY_S = 5.0
"""A process that was well this long starts again at the shortest delay. Counted from its first healthy answer: counted
from its start, as it once was, a process that was killed every half minute waited longer each time."""
HEALTH_TIMEOUT_S = 60.0
POLL_S = 0.1
PROBE_S = 0.5


@dataclass
class Child:
    """A supervised process."""

    service: Service
    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    well_since: float | None = None
    probe_at: float = 0.0
    crashes: int = 0
    restart_at: float | None = None
    replace: bool = False


class Supervisor:
    """The processes of one shop. `say` tells people what happens to them."""

    def __init__(self, logs: Path, record: Record, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._record = record
        self._say = say
        self._children: dict[str, Child] = {}
        self._outputs: dict[str, Log] = {}
        self._recorded = True
        self._ended = threading.Event()

    def log(self, name: str) -> Path:
        """Return the log of a service: what it writes to stdout and stderr."""
        return self._logs / f"{name}.log"

    def start(self, service: Service, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a service; it is supervised from now on."""
        child = self._children[service.name] = Child(service, command, environment)
        self._outputs[service.name] = Log(self.log(service.name), self._say)
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
        if not _is_healthy(client, child.service):
            return False
        child.well_since = time.monotonic()
        return True

    def watch(self) -> None:
        """Restart what crashes, until `end_watch` is called or an exception such as KeyboardInterrupt comes."""
        with httpx.Client(timeout=1.0, trust_env=False) as client:
            while not self._ended.wait(POLL_S):
                for child in self._children.values():
                    self._tend(child, client)
                for log in self._outputs.values():
                    log.tend()
                if not self._recorded:
                    self._note()

    def end_watch(self) -> None:
        """Make `watch` return; for other threads."""
        self._ended.set()

    def replace(self, name: str) -> None:
        """Have `watch` end a service and start it anew; for other threads."""
        self._children[name].replace = True

    def stop(self) -> None:
        """Stop every process, and what they started; their last lines are in their logs then."""
        processes.end(child.process for child in self._children.values() if child.process is not None)
        while self._outputs:
            self._outputs.popitem()[1].close()

    def end_of_log(self, name: str, lines: int = 20) -> str:
        """Return the last lines of a service's log."""
        self._outputs[name].settle()
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
        elif child.restart_at is not None:
            if now >= child.restart_at:
                self._spawn(child)
        elif child.process is not None and (code := child.process.poll()) is not None:
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            self._restart_later(child, how)
        elif child.well_since is None and now >= child.probe_at:
            if _is_healthy(client, child.service):
                child.well_since = now
                self._say(f"{child.service.name} answers again")
            child.probe_at = now + PROBE_S

    def _restart_later(self, child: Child, how: str) -> None:
        now = time.monotonic()
        if child.well_since is not None and now - child.well_since > STEADY_S:
            child.crashes = 0
        delay = RESTART_DELAYS_S[min(child.crashes, len(RESTART_DELAYS_S) - 1)]
        child.crashes += 1
        child.restart_at = now + delay
        self._say(f"{child.service.name} {how}; starting it again in {delay:g} s (log: {self.log(child.service.name)})")

    def _spawn(self, child: Child) -> None:
        child.restart_at = child.well_since = None
        try:
            child.process = processes.spawn(child.command, self._outputs[child.service.name].output, child.environment)
        except (OSError, subprocess.SubprocessError) as error:  # no process or no memory to be had just now
            self._restart_later(child, f"could not be started ({error})")
        self._note()

    def _note(self) -> None:
        """Record what runs; where the disk is full that is done later, and nothing stands still for it."""
        try:
            self._record.write({name: c.process for name, c in self._children.items() if c.process is not None})
        except OSError:
            self._recorded = False
        else:
            self._recorded = True


def _is_healthy(client: httpx.Client, service: Service) -> bool:
    try:
        return client.get(f"{service.url}{service.health}").is_success
    except httpx.TransportError:
        return False
