"""The record of a running shop, `.data/run.json`: who runs it, where, and what to end if it died untidily."""

import contextlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from launcher import services
from launcher.paths import ROOT
from launcher.processes import kill_sessions
from launcher.services import Service

CLOCK_TOLERANCE_S = 5.0
"""A process's start time is reckoned from the boot time, which moves when the clock is set."""


@dataclass(frozen=True)
class Record:
    """The record in `folder`."""

    folder: Path

    @property
    def path(self) -> Path:
        """The record's file."""
        return self.folder / "run.json"

    def write(self, processes: Mapping[str, subprocess.Popen[bytes]]) -> None:
        """Note the launcher and what it runs."""
        ports = {service.name: service.port for service in services.ALL}
        entries = {"launcher": {**_describe(os.getpid()), "ports": ports}}
        for name, process in processes.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                entries[name] = _describe(process.pid)
        fresh = self.path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")
        fresh.replace(self.path)

    def read(self) -> dict[str, dict[str, Any]]:
        """Return what was noted; nothing for no record or an unreadable one."""
        try:
            entries = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}

    def launcher_pid(self) -> int | None:
        """Return the id of the launcher that runs the shop, if one does."""
        entry = self.read().get("launcher")
        return int(entry["pid"]) if entry and _is_alive(entry) else None

    def url(self, service: Service) -> str:
        """Return where a service answers: at the port that the environment names, or else at the running shop's."""
        port = self.read()["launcher"].get("ports", {}).get(service.name) if self.launcher_pid() else None
        return service.url if port is None or service.is_moved else service.url_at(port)

    def remove(self) -> None:
        """Forget a shop that stopped tidily."""
        self.path.unlink(missing_ok=True)

    def end_leftovers(self) -> list[str]:
        """Kill what a launcher that was killed left running; return the names. Strangers with a reused id are safe."""
        ended = []
        for name, entry in self.read().items():
            if name == "launcher":
                continue
            if _is_alive(entry) or _has_orphans(entry["pid"]):
                kill_sessions({entry["pid"]})
                ended.append(name)
        self.remove()
        return ended


def _describe(pid: int) -> dict[str, Any]:
    process = psutil.Process(pid)
    return {"pid": pid, "created": process.create_time(), "command": process.cmdline()}


def _is_alive(entry: dict[str, Any]) -> bool:
    try:
        process = psutil.Process(entry["pid"])
        same_start = abs(process.create_time() - entry["created"]) < CLOCK_TOLERANCE_S
        return same_start and process.status() != psutil.STATUS_ZOMBIE and process.cmdline() == entry["command"]
    except (psutil.Error, KeyError, TypeError):
        return False


def _has_orphans(leader: int) -> bool:
    """Tell whether a dead leader's session has members at work in this checkout."""
    if psutil.pid_exists(leader):
        return False
    for process in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getsid(process.pid) == leader and Path(process.cwd()) == ROOT:
                return True
    return False
