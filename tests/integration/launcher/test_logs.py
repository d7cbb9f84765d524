"""A service's log while it runs: rotated, whole, and written whoever is killed."""

import fcntl
import os
import resource
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from launcher import logs, processes, pump
from launcher.logs import Log
from launcher.paths import ROOT
from tests.support.processes import is_alive

COUNT = "import sys, time\nfor number in range({}):\n    print(f'{{number:06}}', flush=True)\n    time.sleep({})\n"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def log(tmp_path: Path, said: list[str]) -> Iterator[Log]:
    log = Log(tmp_path / "logs" / "toy.log", said.append)
    yield log
    log.close()


def counting(log: Log, lines: int, pause_s: float = 0.0) -> "subprocess.Popen[bytes]":
    return processes.spawn([sys.executable, "-c", COUNT.format(lines, pause_s)], log.output)


def writer() -> psutil.Process:
    """Return the process that writes the log, which may only just have been forked and not be itself yet."""
    found: list[psutil.Process] = []

    def is_there() -> bool:
        found[:] = [child for child in psutil.Process().children() if pump.__file__ in child.cmdline()]
        return bool(found)

    until(is_there)
    [process] = found
    return process


def until(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def waiting_in(log: Log) -> int:
    """Return how many bytes nobody has read from the pipe yet."""
    return int.from_bytes(fcntl.ioctl(log.output, termios.FIONREAD, bytes(4)), sys.byteorder)


def is_asleep(process: psutil.Process) -> bool:
    """Tell whether a process waits, as the writer does for the next line, and has done so for a moment."""
    before = process.cpu_times()
    time.sleep(0.05)
    return process.status() == psutil.STATUS_SLEEPING and process.cpu_times() == before


def written(log: Log) -> list[int]:
    text = log.path.read_text() if log.path.exists() else ""
    return [int(line) for line in text.splitlines()]


def test_a_killed_writer_is_replaced_and_said_so(log: Log, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "RESTART_S", 0.0)
    child = counting(log, 300, 0.005)
    until(lambda: len(written(log)) > 50)
    # What it has read and not yet written would be lost with it: it dies when it has written everything there is.
    os.kill(child.pid, signal.SIGSTOP)
    until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED)
    until(lambda: waiting_in(log) == 0 and is_asleep(writer()))
    os.kill(writer().pid, signal.SIGKILL)
    os.kill(child.pid, signal.SIGCONT)

    def tended() -> bool:
        log.tend()
        return child.poll() is not None and len(written(log)) >= 300

    until(tended)
    assert written(log) == list(range(300))
    assert said == [f"what writes {log.path} has ended (exit code -9); starting it again"]


def test_what_a_killed_writer_left_is_written_at_the_end(tmp_path: Path, said: list[str]) -> None:
    log = Log(tmp_path / "toy.log", said.append)
    os.kill(writer().pid, signal.SIGKILL)
    until(lambda: log._pump.poll() is not None)
    assert counting(log, 100).wait(30) == 0
    log.close()
    assert written(log) == list(range(100))


def test_a_service_is_not_held_up_while_nobody_writes(log: Log) -> None:
    os.kill(writer().pid, signal.SIGSTOP)
    child = counting(log, 20_000)  # 140 kB: more than a pipe holds as it comes
    try:
        assert child.wait(30) == 0
    finally:
        os.kill(writer().pid, signal.SIGCONT)
    until(lambda: len(written(log)) == 20_000)


if sys.platform == "linux":

    def test_while_the_disk_takes_nothing_lines_wait_and_none_is_lost(log: Log) -> None:
        child = counting(log, 200, 0.005)
        until(lambda: len(written(log)) > 20)
        _, hard = writer().rlimit(psutil.RLIMIT_FSIZE)
        writer().rlimit(psutil.RLIMIT_FSIZE, (log.path.stat().st_size, hard))
        assert child.wait(30) == 0
        before = len(written(log))
        writer().rlimit(psutil.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
        until(lambda: len(written(log)) == 200)
        assert before < 200
        assert written(log) == list(range(200))


LAUNCHER = """
import sys
from pathlib import Path
from launcher import processes
from launcher.logs import Log
log = Log(Path(sys.argv[1]), print)
child = processes.spawn([sys.executable, "-c", sys.argv[2]], log.output)
print(child.pid, log._pump.pid, flush=True)
child.wait()
"""


def test_what_was_written_before_the_launcher_was_killed_is_in_the_log(tmp_path: Path) -> None:
    path = tmp_path / "toy.log"
    command = [sys.executable, "-c", LAUNCHER, str(path), COUNT.format(100_000, 0)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        child, pumping = map(int, launcher.stdout.readline().split())
        until(lambda: path.exists() and path.stat().st_size > 0)
        os.kill(pumping, signal.SIGSTOP)
        time.sleep(0.1)
        os.kill(child, signal.SIGSTOP)  # what it wrote since then is in the pipe
        launcher.kill()
        launcher.wait()
        os.kill(child, signal.SIGKILL)
        until(lambda: not is_alive(child))
        before = path.stat().st_size
        os.kill(pumping, signal.SIGCONT)
        until(lambda: not is_alive(pumping))
    numbers = [int(line) for line in path.read_text().splitlines()]
    assert numbers == list(range(len(numbers)))
    assert path.stat().st_size > before
