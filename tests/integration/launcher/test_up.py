"""`./dev up` as people use it: started, interrupted, killed, started again. The real shop, on ports of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from launcher import services
from launcher.paths import ROOT
from launcher.postgres import Cluster
from launcher.record import Record
from tests.support.cluster import scratch_folder
from tests.support.ports import free_port
from tests.support.processes import is_alive

pytestmark = pytest.mark.begins_first

START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 30


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Give a data folder that the module's tests share, as starts on one machine do."""
    with scratch_folder() as scratch:
        yield scratch


@pytest.fixture(scope="module")
def environment(folder: Path) -> dict[str, str]:
    ports = {service.port_variable: str(free_port()) for service in services.ALL}
    return {**os.environ, **ports, "SWEETDREAM_DATA": str(folder)}


def dev(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "launcher", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)


@contextmanager
def opened(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `up` until the table is shown; give its process and what it printed so far."""
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


def url(environment: dict[str, str], service: services.Service) -> str:
    return f"http://127.0.0.1:{environment[service.port_variable]}"


def pids(folder: Path) -> dict[str, int]:
    """Return the processes of a running shop, PostgreSQL among them."""
    recorded = {name: entry["pid"] for name, entry in Record(folder).read().items()}
    lines = (Cluster(folder / "postgres").data / "postmaster.pid").read_text().splitlines()
    return {**recorded, "postgres": int(lines[0])}


def family(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def test_a_shop_opens_and_ctrl_c_leaves_nothing_running(environment: dict[str, str], folder: Path) -> None:
    with opened(environment) as (shop, printed):
        running = pids(folder)
        everything = [pid for one in running.values() for pid in family(one)]
        assert set(running) == {"launcher", "postgres", *(service.name for service in services.ALL)}
        products = httpx.get(f"{url(environment, services.BACKEND)}/api/products").json()
        assert products["total"] >= 16
        assert products["items"][0]["name"] in httpx.get(url(environment, services.STOREFRONT)).text
        assert "admin@sweetdream.com / admin123" in printed
        shop.send_signal(signal.SIGINT)
        assert shop.wait(STOP_TIMEOUT_S) == 0

    assert [pid for pid in everything if is_alive(pid)] == []
    assert Record(folder).read() == {}


def test_it_opens_again_within_seconds_with_what_was_there(environment: dict[str, str], folder: Path) -> None:
    person = {"email": "mai@example.com", "password": "correct horse", "name": "Mai", "phone": "", "address": ""}
    users = url(environment, services.USER_SERVICE)
    with opened(environment):
        assert httpx.post(f"{users}/api/auth/register", json=person).is_success
        told = dev(environment, "role", "mai@example.com", "ADMIN")
        assert told.returncode == 0, told.stderr
    with opened(environment) as (_, printed):
        answer = httpx.post(f"{users}/api/auth/login", json={k: person[k] for k in ("email", "password")})
        assert answer.json()["user"]["role"] == "ADMIN"
        assert "build" not in printed
        assert "Seed" not in printed


def test_a_second_shop_is_told_of_the_first(environment: dict[str, str], folder: Path) -> None:
    with opened(environment) as (shop, _):
        second = dev(environment, "up")
        assert second.returncode == 1
        assert f"The shop runs already (process {shop.pid})" in second.stderr
        reset = dev(environment, "reset", "--yes")
        assert reset.returncode == 1
        assert "The shop is running" in reset.stderr


def test_after_kill_9_of_everything_the_next_start_is_whole(environment: dict[str, str], folder: Path) -> None:
    with opened(environment) as (shop, _):
        everything = [pid for one in pids(folder).values() for pid in family(one)]
        for pid in everything:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        shop.wait()
    with opened(environment):
        assert httpx.get(f"{url(environment, services.BACKEND)}/api/products").json()["total"] >= 16


def test_an_interrupted_start_leaves_nothing_running(environment: dict[str, str], folder: Path) -> None:
    command = [sys.executable, "-m", "launcher", "up"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as shop:
        assert shop.stdout is not None
        assert "PostgreSQL" in shop.stdout.readline()  # the services are starting now
        server = pids(folder)["postgres"]
        shop.send_signal(signal.SIGTERM)
        assert shop.wait(STOP_TIMEOUT_S) == 0
        assert not is_alive(server)
    for service in services.ALL:
        with pytest.raises(httpx.ConnectError):
            httpx.get(url(environment, service))


def test_a_taken_port_stops_the_start_before_anything_is_started(environment: dict[str, str], folder: Path) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections may linger there
        listener.bind(("127.0.0.1", int(environment["BACKEND_PORT"])))
        listener.listen()
        refused = dev(environment, "up")
    assert refused.returncode == 1
    assert f"Port {environment['BACKEND_PORT']}, which backend needs, is taken by" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not Cluster(folder / "postgres").is_running()


def test_psql_logs_and_reset_work_on_a_stopped_shop(environment: dict[str, str], folder: Path) -> None:
    counted = dev(environment, "psql", "backend", "-Atc", "select count(*) > 15 from product")
    assert counted.stdout.strip() == "t", counted.stderr
    assert not Cluster(folder / "postgres").is_running()
    assert '"service":"backend"' in dev(environment, "logs", "backend").stdout
    assert dev(environment, "logs", "nobody").returncode == 1
    assert dev(environment, "reset", "--yes").returncode == 0
    assert not (folder / "postgres").exists()
    assert not (folder / "secrets.json").exists()
