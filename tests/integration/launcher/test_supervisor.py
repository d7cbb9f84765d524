"""Processes under supervision, with real ones: restarted when they crash, gone when the launcher is."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from launcher import ports, processes
from launcher import supervisor as supervisors
from launcher.errors import LauncherError
from launcher.paths import ROOT
from launcher.record import Record
from launcher.services import Service
from launcher.supervisor import Supervisor
from tests.support.ports import free_port
from tests.support.processes import is_alive


@pytest.fixture
def toy() -> Service:
    return Service("toy", "tests.support.toy:app", free_port())


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    running = Supervisor(tmp_path / "logs", Record(tmp_path), said.append)
    yield running
    running.stop()


def pid_of(toy: Service) -> int:
    return int(httpx.get(toy.url).text)


def wait_until(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_crashed_service_is_restarted_and_said_so(supervisor: Supervisor, toy: Service, said: list[str]) -> None:
    supervisor.start(toy, toy.command, {})
    supervisor.wait_until_healthy([toy.name])
    first = pid_of(toy)

    def stop_when_it_answers_again() -> None:
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: any("answers again" in line for line in said))
        supervisor.end_watch()

    killer = threading.Thread(target=stop_when_it_answers_again)
    killer.start()
    supervisor.watch()
    killer.join()

    assert pid_of(toy) != first
    assert said[0].startswith("toy was killed by signal 9; starting it again in 0.5 s")
    assert said[1:] == ["toy answers again"]


def restarts(said: list[str]) -> list[str]:
    return [line.split(" (log")[0].rpartition("in ")[2] for line in said if "starting it again" in line]


def test_a_service_that_was_well_for_a_while_is_restarted_at_once_however_often_it_was_killed(
    supervisor: Supervisor, toy: Service, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisors, "STEADY_S", 0.05)
    monkeypatch.setattr(supervisors, "RESTART_DELAYS_S", (0.01, 30.0))
    supervisor.start(toy, toy.command, {})
    supervisor.wait_until_healthy([toy.name])

    def kill_twice() -> None:
        for times in (1, 2):
            time.sleep(0.3)  # well for a while
            os.kill(pid_of(toy), signal.SIGKILL)
            wait_until(lambda times=times: sum("answers again" in line for line in said) == times)
        supervisor.end_watch()

    killer = threading.Thread(target=kill_twice)
    killer.start()
    supervisor.watch()
    killer.join()
    assert restarts(said) == ["0.01 s", "0.01 s"]


def test_a_service_that_never_gets_well_is_tried_more_slowly_up_to_a_bound(
    supervisor: Supervisor, toy: Service, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert max(supervisors.RESTART_DELAYS_S) <= 5
    monkeypatch.setattr(supervisors, "STEADY_S", 0.0)  # that it ran for a while is not enough
    monkeypatch.setattr(supervisors, "RESTART_DELAYS_S", (0.01, 0.02, 0.03))
    supervisor.start(toy, toy.command, {"TOY_BREAKS": "1"})

    def stop_after_five() -> None:
        wait_until(lambda: len(restarts(said)) >= 5)
        supervisor.end_watch()

    watcher = threading.Thread(target=stop_after_five)
    watcher.start()
    supervisor.watch()
    watcher.join()
    assert restarts(said)[:5] == ["0.01 s", "0.02 s", "0.03 s", "0.03 s", "0.03 s"]


def test_a_full_disk_does_not_end_the_watch(
    supervisor: Supervisor, toy: Service, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor.start(toy, toy.command, {})
    supervisor.wait_until_healthy([toy.name])
    (tmp_path / "run.new").mkdir()  # the record cannot be written

    def kill_and_make_room() -> None:
        os.kill(pid_of(toy), signal.SIGKILL)
        wait_until(lambda: any("answers again" in line for line in said))
        assert Record(tmp_path).read()["toy"]["pid"] != pid_of(toy)
        (tmp_path / "run.new").rmdir()
        wait_until(lambda: Record(tmp_path).read()["toy"]["pid"] == pid_of(toy))
        supervisor.end_watch()

    helper = threading.Thread(target=kill_and_make_room)
    helper.start()
    supervisor.watch()
    helper.join()


def test_a_service_that_does_not_start_is_told_with_its_log(supervisor: Supervisor, toy: Service) -> None:
    supervisor.start(toy, toy.command, {"TOY_BREAKS": "1"})
    with pytest.raises(LauncherError, match="toy ended while starting") as raised:
        supervisor.wait_until_healthy([toy.name])
    assert "the toy is broken" in raised.value.hint


def test_stopping_leaves_nothing_that_a_service_started(supervisor: Supervisor, toy: Service) -> None:
    supervisor.start(toy, [*toy.command, "--reload", "--reload-dir=tests/support"], {})
    supervisor.wait_until_healthy([toy.name])
    worker = psutil.Process(pid_of(toy))
    family = [worker, *worker.parents()[:1]]
    supervisor.stop()
    assert not any(is_alive(process.pid) for process in family)


LAUNCHER_THAT_IS_KILLED = """
import sys, time
from pathlib import Path
from launcher.record import Record
from launcher.services import Service
from launcher.supervisor import Supervisor

toy = Service("toy", "tests.support.toy:app", int(sys.argv[1]))
supervisor = Supervisor(Path(sys.argv[2]) / "logs", Record(Path(sys.argv[2])), print)
supervisor.start(toy, toy.command, {})
supervisor.wait_until_healthy(["toy"])
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def killed_launcher(toy: Service, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Give a launcher that runs the toy, and the toy's process id."""
    command = [sys.executable, "-c", LAUNCHER_THAT_IS_KILLED, str(toy.port), str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        assert launcher.stdout.readline() == "ready\n"
        yield launcher, pid_of(toy)
        launcher.kill()


if sys.platform == "linux":

    def test_services_die_with_a_launcher_that_is_killed(killed_launcher: tuple[subprocess.Popen[str], int]) -> None:
        launcher, child = killed_launcher
        launcher.kill()
        wait_until(lambda: not is_alive(child))


def test_what_a_killed_launcher_left_is_ended_by_the_next(toy: Service, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as output:
        # Without the launcher's care, as on a system whose kernel does not end orphans.
        orphan = subprocess.Popen(toy.command, cwd=ROOT, stdout=output, stderr=output, start_new_session=True)
    record = Record(tmp_path)
    record.write({"toy": orphan})
    assert record.end_leftovers() == ["toy"]
    assert orphan.wait(10) == -signal.SIGKILL
    assert record.read() == {}


def test_a_stranger_with_a_reused_id_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    try:
        record = Record(tmp_path)
        record.write({"toy": stranger})
        record.path.write_text(record.path.read_text().replace("time.sleep(600)", "something else"))
        assert record.end_leftovers() == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_taken_port_is_named_with_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        monkeypatch.setenv("TOY_PORT", str(port))
        with pytest.raises(LauncherError) as raised:
            ports.require_free([Service("toy", "tests.support.toy:app", 1)])
    assert f"Port {port}, which toy needs, is taken by" in raised.value.what
    assert f"process {os.getpid()}" in raised.value.what
    assert f"TOY_PORT={port + 100} ./dev up" in raised.value.hint


def test_a_failed_step_says_what_it_said() -> None:
    command = [sys.executable, "-c", "import sys; print('the reason'); sys.exit(3)"]
    with pytest.raises(LauncherError, match=r"The test of this failed \(exit code 3\)") as raised:
        processes.run_all({"this": (command, {})}, "The test")
    assert raised.value.hint == "the reason"
