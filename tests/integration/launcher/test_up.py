"""`./dev up` as people use it: started, interrupted, killed, started again. The real shop, on ports of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import psutil
import psycopg
import pytest

from launcher import services
from launcher.paths import ROOT
from launcher.postgres import Cluster
from launcher.record import Record
from tests.support.cluster import scratch_folder
from tests.support.launched import STOP_TIMEOUT_S, dev, environment_of, opened, pids, url
from tests.support.processes import is_alive

pytestmark = pytest.mark.begins_first


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Give a data folder that the module's tests share, as starts on one machine do."""
    with scratch_folder() as scratch:
        yield scratch


@pytest.fixture(scope="module")
def environment(folder: Path) -> dict[str, str]:
    return environment_of(folder)


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
        assert only_the_owner_reads(folder)
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
        assert f"The shop runs already (process {shop.pid})" in reset.stderr


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


def test_psql_waits_for_the_shops_server_and_shows_no_password(environment: dict[str, str], folder: Path) -> None:
    cluster = Cluster(folder / "postgres")
    with opened(environment) as (shop, _):
        port = cluster.port
        os.kill(pids(folder)["postgres"], signal.SIGKILL)
        asked = dev(environment, "psql", "postgres", "-Atc", "show port")
        assert (asked.stdout.splitlines()[-1], asked.returncode) == (str(port), 0), asked.stderr
        assert cluster.is_running()  # psql did not stop what it did not start
        printed = (folder / "printed").read_text()
        assert f"starting it again on port {port}" in printed

        seconds = "select pg_sleep(20)"
        command = [sys.executable, "-m", "launcher", "psql", "backend", "-c", seconds]
        waiting = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            [psql] = wait_for(lambda: [p for p in psutil.Process(waiting.pid).children() if seconds in p.cmdline()])
            shown = " ".join(psql.cmdline() + psutil.Process(waiting.pid).cmdline())
            assert psql.environ()["PGPASSWORD"] not in shown
            assert cluster.password not in shown
            # Whoever leaves while the shop runs leaves its server alone.
            psql.terminate()
            waiting.wait(30)
            assert cluster.is_running()
        finally:
            waiting.kill()
            waiting.communicate()
        wait_for(lambda: httpx.get(f"{url(environment, services.BACKEND)}/readyz").is_success)
        assert shop.poll() is None


def test_the_last_psql_stops_what_the_first_one_started(environment: dict[str, str], folder: Path) -> None:
    cluster = Cluster(folder / "postgres")
    command = [sys.executable, "-m", "launcher", "psql", "postgres", "-Atc"]
    with subprocess.Popen([*command, "select pg_sleep(60)"], cwd=ROOT, env=environment) as first:
        server = wait_for(cluster.server)
        wait_for(cluster.is_running)
        second = subprocess.Popen([*command, "select pg_sleep(60)"], cwd=ROOT, env=environment)
        wait_for(lambda: len(sleeping(cluster)) == 2)
        one, other = sleeping(cluster)
        with psycopg.connect(cluster.url()) as connection:
            connection.execute("select pg_terminate_backend(%s)", (one,))
        wait_for(lambda: first.poll() is not None or second.poll() is not None)
        assert sleeping(cluster) == [other]
        with psycopg.connect(cluster.url()) as connection:
            connection.execute("select pg_terminate_backend(%s)", (other,))
        second.wait(30)
        first.wait(30)
    assert not is_alive(server.pid)


def sleeping(cluster: Cluster) -> list[int]:
    with psycopg.connect(cluster.url()) as connection:
        found = connection.execute("select pid from pg_stat_activity where query = 'select pg_sleep(60)'").fetchall()
    return [pid for (pid,) in found]


T = TypeVar("T")


def wait_for(look: Callable[[], T]) -> T:
    deadline = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def only_the_owner_reads(folder: Path) -> bool:
    """Tell whether what is kept is closed to others; the folder itself lets the database's account pass."""
    closed = [folder / "logs", *(folder / "logs").iterdir(), folder / "secrets.json", folder / "run.json"]
    return folder.stat().st_mode & 0o066 == 0 and all(path.stat().st_mode & 0o077 == 0 for path in closed)


def test_psql_logs_and_reset_work_on_a_stopped_shop(environment: dict[str, str], folder: Path) -> None:
    counted = dev(environment, "psql", "backend", "-Atc", "select count(*) > 15 from product")
    assert counted.stdout.strip() == "t", counted.stderr
    assert not Cluster(folder / "postgres").is_running()
    assert '"service":"backend"' in dev(environment, "logs", "backend").stdout
    assert dev(environment, "logs", "nobody").returncode == 1
    (folder / "thesis.txt").write_text("ten years")
    kept = sorted(path.name for path in folder.iterdir())
    refused = dev(environment, "reset")  # nobody answers the question
    assert refused.returncode == 1
    assert re.search(r"postgres +[\d.]+ MB +the database: products, people, orders", refused.stdout)
    assert sorted(path.name for path in folder.iterdir()) == kept
    assert dev(environment, "reset", "--yes").returncode == 0
    assert {path.name for path in folder.iterdir()} == {"printed", "thesis.txt"}


def test_a_reset_leaves_a_folder_of_others_alone(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "holiday.jpg").write_text("sea")
    (tmp_path / "thesis.txt").write_text("ten years")
    theirs = environment | {"SWEETDREAM_DATA": str(tmp_path)}
    for verb in (["reset", "--yes"], ["up"], ["psql"], ["seed"]):
        refused = dev(theirs, *verb)
        assert refused.returncode == 1, verb
        assert f"{tmp_path} is no" in refused.stderr
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "media",
        "media/holiday.jpg",
        "thesis.txt",
    ]
