"""Child processes that never outlive their purpose: each leads a session of its own and dies with the launcher."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import IO

import psutil

from launcher.errors import LauncherError
from launcher.paths import ROOT

PR_SET_PDEATHSIG = 1
STOP_TIMEOUT_S = 10.0

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with(parent: int) -> Callable[[], None] | None:
    """Return what makes a child die when `parent` does, even by kill -9. Linux only; elsewhere the record serves.

    To the kernel the parent is the thread that started the child: one that ends takes its children with it.
    """
    libc = _libc
    if libc is None:
        return None

    def ask_the_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask_the_kernel


def spawn(
    command: Sequence[str],
    output: int | IO[bytes],
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> subprocess.Popen[bytes]:
    """Start `command` with stdout and stderr in `output`, in a session of its own, so that Ctrl-C is ours alone."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - one C call, looked up before the fork
    )


def run_all(
    commands: Mapping[str, tuple[Sequence[str], Mapping[str, str]]], what: str, log: Path | None = None
) -> dict[str, str]:
    """Run named commands (with additions to their environment) side by side; return what each said.

    Raises:
        LauncherError: one of them failed; the message names `what` and it, and carries what it said.
    """
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, (command, environment) in commands.items():
            running[name] = spawn(command, subprocess.PIPE, environment)
        said = {name: process.communicate()[0].decode(errors="replace").strip() for name, process in running.items()}
    except BaseException:
        end(running.values())
        raise
    if log is not None:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        log.touch(mode=0o600)
        log.write_text("\n".join(f"--- {name}\n{text}" for name, text in said.items()) + "\n", encoding="utf-8")
    for name, process in running.items():
        if process.returncode:
            raise LauncherError(f"{what} of {name} failed (exit code {process.returncode}).", _tail(said[name]))
    return said


def _tail(text: str, lines: int = 25) -> str:
    return "\n".join(text.splitlines()[-lines:])


def end(processes: Iterable[subprocess.Popen[bytes]], timeout_s: float = STOP_TIMEOUT_S) -> None:
    """Stop processes and all that they started: asked first, and made to after `timeout_s`."""
    leaders = list(processes)
    for leader in leaders:
        if leader.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(leader.pid, signal.SIGTERM)
    deadline = time.monotonic() + timeout_s
    for leader in leaders:
        with contextlib.suppress(subprocess.TimeoutExpired):
            leader.wait(max(0.0, deadline - time.monotonic()))
    kill_sessions({leader.pid for leader in leaders})
    for leader in leaders:
        leader.wait()


def kill_sessions(leaders: Set[int]) -> None:
    """Kill whatever lives in the sessions that the processes `leaders` began, and wait for its end."""
    killed = []
    for process in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getsid(process.pid) in leaders:
                process.kill()
                killed.append(process)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while any(is_alive(process) for process in killed) and time.monotonic() < deadline:
        time.sleep(0.02)


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process still works: one that ended, though nobody has asked for its exit code, does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
