"""A database that is away, or does not answer: nobody waits for it for long, and work goes on soon after."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import psutil
import pytest

from launcher import identity
from launcher.postgres import THROWAWAY, Cluster, programs
from shopkit.provision import provision
from tests.integration.shopkit.conftest import Small, small_service
from tests.support.calls import ok, until
from tests.support.cluster import scratch_folder

pytestmark = pytest.mark.anyio

BOUND_S = 8.0
"""Two seconds until a connection is given up, and room for a slow machine."""
WHOLE_S = 20.0


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[Cluster]:
    """A PostgreSQL of these tests' own, to be stopped."""
    with scratch_folder() as folder:
        cluster = Cluster(folder / "postgres", settings=THROWAWAY)
        cluster.start()
        provision(cluster.url(), {"backend": "test"}, "shop")
        yield cluster


@pytest.fixture
async def small(own_cluster: Cluster) -> AsyncIterator[Small]:
    """The small service over that PostgreSQL, with connections in both pools."""
    async with small_service(own_cluster.url("shop", "backend", "test"), statement_timeout_ms=1_000) as small:
        await asyncio.gather(*(ok(small.http.get("/nested")) for _ in range(12)))
        await until(lambda: small.service.tasks.troubles() == {}, "well")
        yield small


def processes(cluster: Cluster) -> list[psutil.Process]:
    """Return PostgreSQL's processes, the first one first."""
    first = psutil.Process(int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0]))
    return [first, *first.children()]


def crash(cluster: Cluster) -> None:
    """End PostgreSQL at once, without a word to anybody."""
    running = processes(cluster)
    running[0].send_signal(signal.SIGQUIT)
    psutil.wait_procs(running, timeout=30)


def start_again(cluster: Cluster) -> None:
    """Start PostgreSQL at the port it had."""
    account = identity.for_database(cluster.data, programs())
    options = ("-w", "-l", str(cluster.log), "-o", f"-p {cluster.port}")
    assert cluster._run(account, "pg_ctl", "-D", str(cluster.data), *options, "start") == 0


@contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    """Let PostgreSQL stand still: it takes connections, and answers nothing."""
    stopped = processes(cluster)
    for process in stopped:
        process.suspend()
    try:
        yield
    finally:
        for process in reversed(stopped):
            process.resume()


async def refused_in_time(small: Small, path: str) -> None:
    """Ask for that: it is refused as unavailable, soon, with the word when to come back."""
    async with asyncio.timeout(BOUND_S):
        answer = await small.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "2"


async def whole_again(small: Small) -> None:
    """Show that it is ready again soon, and that no caller notices that all connections from before are dead."""
    async with asyncio.timeout(WHOLE_S):
        while (await small.http.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.05)
    await asyncio.gather(*(ok(small.http.get(each)) for each in ["/pool", "/session"] * 20))


async def test_callers_of_a_database_that_is_gone_are_answered_soon(small: Small, own_cluster: Cluster) -> None:
    await asyncio.to_thread(crash, own_cluster)
    for path in ("/pool", "/session", "/pool", "/pool"):  # long enough for waits that grow to have grown
        await asyncio.gather(*(refused_in_time(small, path) for _ in range(20)))
    unready = await ok(small.http.get("/readyz"), 503)
    assert unready == {"status": "unavailable", "database": "unreachable"}

    await asyncio.to_thread(start_again, own_cluster)
    await whole_again(small)


async def test_a_database_that_was_started_again_costs_no_caller_an_error(small: Small, own_cluster: Cluster) -> None:
    await asyncio.to_thread(crash, own_cluster)
    await asyncio.to_thread(start_again, own_cluster)
    await asyncio.gather(*(ok(small.http.get(each)) for each in ["/pool", "/session"] * 20))


@pytest.mark.parametrize("path", ["/pool", "/session"])
async def test_callers_of_a_database_that_stands_still_are_answered_soon(
    small: Small, own_cluster: Cluster, path: str
) -> None:
    with frozen(own_cluster):
        await asyncio.gather(*(refused_in_time(small, path) for _ in range(20)))
    await whole_again(small)
