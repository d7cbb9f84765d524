"""PostgreSQL under guard: killed, frozen, and kept from starting; it comes back where the services look for it."""

import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from launcher import guard as guards
from launcher.guard import Guard
from launcher.postgres import HOST, PORTS, Cluster
from tests.support.cluster import scratch_folder


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """The module's own server, which is mistreated."""
    with scratch_folder() as place:
        cluster = Cluster(place / "postgres", settings=("fsync=off",))  # what is committed survives a process's end
        cluster.start()
        yield cluster


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def guard(cluster: Cluster, said: list[str]) -> Iterator[Guard]:
    cluster.start()
    guard = Guard(cluster, said.append, ping_s=0.05)
    guard.start()
    yield guard
    guard.stop()


def until(condition: Callable[[], bool], said: list[str], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, said
        time.sleep(0.02)


def back(said: list[str]) -> bool:
    return "PostgreSQL answers again" in said


def pid(cluster: Cluster) -> int:
    server = cluster.server()
    assert server is not None
    return server.pid


def test_a_killed_server_comes_back_on_its_port_with_what_was_committed(
    cluster: Cluster, guard: Guard, said: list[str]
) -> None:
    port, killed = cluster.port, pid(cluster)
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("create table memory (what text)")
    os.kill(killed, signal.SIGKILL)
    until(lambda: back(said), said)
    assert (cluster.port, cluster.is_running()) == (port, True)
    assert pid(cluster) != killed
    assert said == [
        f"PostgreSQL has ended (process {killed}); starting it again on port {port} (log: {cluster.log})",
        "PostgreSQL answers again",
    ]
    with psycopg.connect(cluster.url()) as connection:
        assert connection.execute("select count(*) from memory").fetchone() == (0,)


def test_a_server_that_somebody_stopped_comes_back(cluster: Cluster, guard: Guard, said: list[str]) -> None:
    cluster.stop()
    until(lambda: back(said), said)
    assert cluster.is_running()


def test_a_frozen_server_is_noticed_and_replaced(
    cluster: Cluster, guard: Guard, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "SILENT_PINGS", 2)
    frozen, port = pid(cluster), cluster.port
    os.kill(frozen, signal.SIGSTOP)
    until(lambda: back(said), said)
    assert said[0].startswith(f"PostgreSQL does not answer (process {frozen}) and was ended; starting it again")
    assert (cluster.port, cluster.is_running()) == (port, True)


def test_while_it_cannot_be_started_it_is_tried_and_said_once(
    cluster: Cluster, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "RETRY_DELAYS_S", (0.01,))
    monkeypatch.setattr("launcher.postgres.START_TIMEOUT_S", 1.0)
    cluster.start()
    port = cluster.port
    guard = Guard(cluster, said.append)
    cluster.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((HOST, port))
        other.listen()
        guard.start()
        until(lambda: len(said) >= 2, said)
        tried = cluster.log.read_text().count("Address already in use")
        until(lambda: cluster.log.read_text().count("Address already in use") > tried + 1, said)
    until(lambda: back(said), said)
    guard.stop()
    assert cluster.port == port
    assert said[1:] == [
        "PostgreSQL cannot be started, trying again until it can: PostgreSQL does not start.",
        "PostgreSQL answers again",
    ]


def test_whatever_goes_wrong_the_guard_goes_on(
    cluster: Cluster, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.start()
    failures = threading.Semaphore(3)
    look = Guard._look

    def sometimes(guard: Guard) -> None:
        if failures.acquire(blocking=False):
            raise RuntimeError("no more files")
        look(guard)

    monkeypatch.setattr(Guard, "_look", sometimes)
    guard = Guard(cluster, said.append)
    guard.start()
    os.kill(pid(cluster), signal.SIGKILL)
    until(lambda: back(said), said)
    guard.stop()
    assert said[0] == "PostgreSQL cannot be looked after: no more files"
    assert len(said) == 3


def test_a_large_log_of_the_server_is_put_aside_while_it_runs(
    cluster: Cluster, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "LOG_BYTES", 10_000)
    cluster.start()
    guard = Guard(cluster, said.append, ping_s=0.05)
    guard.start()
    aside = cluster.folder / "postgres.1.log"
    with psycopg.connect(cluster.url(), autocommit=True) as connection:

        def complain() -> bool:
            for _ in range(20):
                with pytest.raises(psycopg.errors.UndefinedTable):
                    connection.execute("select 1 from " + "nothing" * 9)
            return aside.exists()

        until(complain, said)
        until(lambda: cluster.log.stat().st_size < 10_000, said)
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("select 1 from the_last")
    guard.stop()
    assert stat.S_IMODE(aside.stat().st_mode) == stat.S_IMODE(cluster.log.stat().st_mode) == 0o600
    assert "the_last" in cluster.log.read_text()
    assert "\0" not in cluster.log.read_text()


def test_the_servers_port_is_none_that_the_kernel_gives_to_clients(cluster: Cluster) -> None:
    linux = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(linux.read_text().split()[0]) if linux.exists() else 49_152
    assert 1024 < PORTS.start <= cluster.port < PORTS.stop <= first
