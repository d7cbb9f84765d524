"""The embedded PostgreSQL, mistreated in the ways a developer's machine does."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from launcher import identity
from launcher.errors import LauncherError
from launcher.paths import ROOT
from launcher.postgres import THROWAWAY, Cluster, free_port
from tests.support.cluster import scratch_folder
from tests.support.processes import is_alive

pytestmark = pytest.mark.begins_first


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a place for a cluster, and stop and remove what is there at the end."""
    with scratch_folder() as place:
        yield place


def make(folder: Path) -> Cluster:
    # As durable as the shop's: what survives kill -9 is what these tests are about.
    return Cluster(folder / "postgres")


def postmaster(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().splitlines()[0])


def remember(cluster: Cluster, what: str) -> None:
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("create table if not exists memory (what text)")
        connection.execute("insert into memory values (%s)", (what,))


def remembered(cluster: Cluster) -> list[str]:
    with psycopg.connect(cluster.url()) as connection:
        return [row[0] for row in connection.execute("select what from memory")]


def test_it_starts_once_keeps_its_data_and_stops(folder: Path) -> None:
    cluster = make(folder)
    assert cluster.start() is True
    assert cluster.start() is False
    remember(cluster, "cake")
    server = postmaster(cluster)
    cluster.stop()
    assert not is_alive(server)
    assert not cluster.is_running()
    cluster.stop()  # stopping what is stopped is no error

    assert cluster.start() is True
    assert remembered(cluster) == ["cake"]


def test_vietnamese_sorts_and_compares_the_same_everywhere(folder: Path) -> None:
    cluster = make(folder)
    cluster.start()
    with psycopg.connect(cluster.url()) as connection:
        row = connection.execute(
            "select datlocprovider, pg_encoding_to_char(encoding), lower('BÁNH ĐẬU ĐỎ') from pg_database "
            "where datname = current_database()"
        ).fetchone()
    assert row == ("b", "UTF8", "bánh đậu đỏ")


def test_it_comes_back_after_kill_9_of_the_server_alone(folder: Path) -> None:
    cluster = make(folder)
    cluster.start()
    remember(cluster, "committed")
    os.kill(postmaster(cluster), signal.SIGKILL)  # its children are still ending while we start again

    assert cluster.start() is True
    assert remembered(cluster) == ["committed"]


def test_it_comes_back_after_kill_9_of_everything(folder: Path) -> None:
    cluster = make(folder)
    cluster.start()
    remember(cluster, "committed")
    server = psutil.Process(postmaster(cluster))
    for process in [server, *server.children(recursive=True)]:
        process.kill()

    assert cluster.start() is True
    assert remembered(cluster) == ["committed"]


def test_a_half_done_initdb_starts_again(folder: Path) -> None:
    cluster = make(folder)
    unfinished = cluster.folder / "data.new"
    (unfinished / "base").mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")

    assert cluster.start() is True
    assert not unfinished.exists()


def test_it_moves_when_its_port_is_taken(folder: Path) -> None:
    cluster = make(folder)
    cluster.start()
    cluster.stop()
    other = Cluster(folder / "other", settings=THROWAWAY)
    other.start()
    (cluster.folder / "port").write_text(str(other.port))  # somebody else's server answers there now

    assert cluster.is_running() is False
    assert cluster.start() is True
    assert cluster.port != other.port


def _start(folder: Path, answers: "multiprocessing.Queue[tuple[bool, str]]") -> None:
    cluster = make(folder)
    answers.put((cluster.start(), cluster.url()))


def test_six_callers_at_once_get_one_server(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[tuple[bool, str]] = context.Queue()
    callers = [context.Process(target=_start, args=(folder, answers)) for _ in range(6)]
    for caller in callers:
        caller.start()
    got = [answers.get(timeout=90) for _ in callers]
    for caller in callers:
        caller.join()

    assert len({url for _, url in got}) == 1
    assert sum(started for started, _ in got) == 1


def test_what_went_wrong_is_said(folder: Path) -> None:
    cluster = make(folder)
    cluster.start()
    cluster.stop()
    with (cluster.data / "postgresql.conf").open("a") as configuration:
        configuration.write("\nshared_buffers = 'many'\n")

    began = time.monotonic()
    with pytest.raises(LauncherError, match="does not start") as raised:
        cluster.start()
    assert "shared_buffers" in raised.value.hint
    assert time.monotonic() - began < 20


def test_pg_bin_that_is_wrong_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BIN", str(folder))
    with pytest.raises(LauncherError, match="PG_BIN"):
        make(folder).start()


def test_free_ports_can_be_bound() -> None:
    assert 1024 < free_port() < 65536


needs_root = os.geteuid() == 0 and shutil.which("setpriv") is not None

if needs_root:

    def test_root_drops_to_an_account_of_little_power(folder: Path) -> None:
        cluster = make(folder)
        cluster.start()
        assert psutil.Process(postmaster(cluster)).uids().effective != 0
        assert cluster.data.stat().st_uid != 0

    def test_root_may_keep_the_checkout_where_only_root_may_enter(folder: Path) -> None:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        cluster = make(closed)
        account = identity.for_database(cluster.data, Path("/usr/bin"))
        assert account.prefix
        assert cluster.start() is True
        assert psutil.Process(postmaster(cluster)).uids().effective == account.uid
        cluster.stop()

    def test_an_ordinary_user_owns_what_they_start(folder: Path) -> None:
        folder.chmod(0o777)
        # The one capability stands in for a Python that others may read, which root's need not be.
        capability = [f"--{kind}-caps=-all,+dac_read_search" for kind in ("inh", "ambient")]
        account = ["setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups", *capability]
        begin = "import sys; from pathlib import Path; from launcher.postgres import Cluster; "
        act = "cluster = Cluster(Path(sys.argv[1])); print(cluster.start(), cluster.start())"
        command = [*account, sys.executable, "-c", begin + act, str(folder / "postgres")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.stdout == "True False\n", done.stderr

        cluster = make(folder)
        owner = cluster.data.stat().st_uid
        assert owner not in {0, os.geteuid()}
        assert psutil.Process(postmaster(cluster)).uids().effective == owner
        assert cluster.start() is False  # root, coming later, finds it running
        cluster.stop()
        assert cluster.start() is True  # and starts it as its owner
        assert psutil.Process(postmaster(cluster)).uids().effective == owner

    def test_a_cluster_that_root_copied_starts(folder: Path) -> None:
        cluster = make(folder)
        cluster.start()
        cluster.stop()
        copy = Cluster(folder / "copy")
        shutil.copytree(cluster.folder, copy.folder)  # root's now
        assert copy.data.stat().st_uid == 0
        assert copy.start() is True

    def test_a_cluster_keeps_its_owner(folder: Path) -> None:
        data = folder / "postgres" / "data"
        data.mkdir(parents=True)
        os.chown(data, 54321, 54321)
        assert identity.for_database(data, Path("/usr/bin")).uid == 54321
