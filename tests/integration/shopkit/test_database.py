"""The database's ways to fail, and what a service says meanwhile."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest

from launcher.postgres import THROWAWAY, Cluster
from shopkit.provision import provision
from tests.integration.shopkit.conftest import Small, small_service
from tests.support.calls import ok, refused, until
from tests.support.cluster import Databases, scratch_folder

pytestmark = pytest.mark.anyio


async def test_probes(small: Small) -> None:
    assert await ok(small.http.get("/livez")) == {"status": "ok"}
    assert await ok(small.http.get("/readyz")) == {"status": "ok", "database": "ok"}
    assert await ok(small.http.get("/health")) == {"status": "ok", "service": "small", "version": "dev"}


async def test_a_service_that_is_shutting_down_says_so(small: Small) -> None:
    small.service.drain.begun = True
    assert await ok(small.http.get("/livez")) == {"status": "ok"}
    assert await ok(small.http.get("/readyz"), 503) == {"status": "draining"}
    assert await ok(small.http.get("/health"), 503) == {"status": "draining", "service": "small"}


async def test_a_service_whose_task_is_down_is_not_ready_and_says_which(small: Small) -> None:
    async def fails() -> None:
        raise RuntimeError("a secret in a traceback")

    small.service.tasks.add("worker", fails)
    await until(lambda: small.service.tasks.troubles() == {"worker": "down"}, "down")
    unready = await ok(small.http.get("/readyz"), 503)
    assert unready == {"status": "unavailable", "database": "ok", "tasks": {"worker": "down"}}
    await ok(small.http.get("/health"))
    metrics = (await small.http.get("/metrics")).text.splitlines()
    assert 'task_well{task="worker"} 0.0' in metrics
    assert 'task_well{task="listener"} 1.0' in metrics
    assert 'task_restarts_total{task="worker"} 1.0' in metrics
    assert any(line.startswith('task_silent_seconds{task="listener"} ') for line in metrics)


async def test_a_listener_that_hears_nothing_for_long_is_not_ready(
    small: Small,
) -> None:
    await until(lambda: small.service.tasks.troubles() == {}, "well")
    small.service.tasks.tasks["listener"].silent_limit_s = 0
    unready = await ok(small.http.get("/readyz"), 503)
    assert unready["tasks"] == {"listener": "stalled"}


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A PostgreSQL of this test's own, to be stopped."""
    with scratch_folder() as folder:
        cluster = Cluster(folder / "postgres", settings=THROWAWAY)
        cluster.start()
        provision(cluster.url(), {"backend": "test"}, "shop")
        yield cluster


async def test_without_postgresql_it_lives_but_is_not_ready(own_cluster: Cluster) -> None:
    async with small_service(own_cluster.url("shop", "backend", "test")) as small:
        await ok(small.http.get("/readyz"))
        await asyncio.to_thread(own_cluster.stop)

        assert await ok(small.http.get("/livez")) == {"status": "ok"}
        async with asyncio.timeout(5):
            unready = await ok(small.http.get("/readyz"), 503)
        assert unready == {"status": "unavailable", "database": "unreachable"}
        await ok(small.http.get("/health"))
        problem = await refused(small.http.get("/nested"), 503, "unavailable")
        assert "connection" not in problem["detail"]
        assert (await small.http.get("/nested")).headers["retry-after"] == "2"


async def test_it_starts_before_postgresql_and_is_ready_after(own_cluster: Cluster) -> None:
    url = own_cluster.url("shop", "backend", "test")
    await asyncio.to_thread(own_cluster.stop)
    async with small_service(url) as small:
        assert (await small.http.get("/livez")).status_code == 200
        assert (await small.http.get("/readyz")).status_code == 503


async def test_connections_that_were_cut_are_replaced(small: Small, databases: Databases) -> None:
    await ok(small.http.get("/nested"))
    with psycopg.connect(databases.superuser, autocommit=True) as server:
        server.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and usename = 'backend'"
        )
    async with asyncio.timeout(20):
        while (await small.http.get("/nested")).status_code != 200:
            await asyncio.sleep(0.02)
    for _ in range(5):
        await ok(small.http.get("/nested"))


async def test_a_statement_has_a_time_limit(databases: Databases) -> None:
    async with small_service(databases.backend, statement_timeout_ms=100) as small:
        async with asyncio.timeout(10):
            await refused(small.http.get("/slow-query"), 503, "unavailable")


async def test_far_more_callers_than_connections_are_all_answered(databases: Databases) -> None:
    """A pool that is waited for by whoever holds another of its connections would stand still here."""
    async with small_service(databases.backend, pool_size=2) as small:
        async with asyncio.timeout(30):
            answers = await asyncio.gather(*(small.http.get("/nested") for _ in range(48)))
    assert {answer.status_code for answer in answers} == {200}


async def test_sessions_commit_or_leave_nothing(small: Small, databases: Databases) -> None:
    async def write(slug: str, fail: bool) -> None:
        async with small.service.database.session() as session:
            connection = await session.connection()
            await connection.exec_driver_sql(f"insert into category (slug, name) values ('{slug}', 'A')")
            if fail:
                raise RuntimeError

    await write("a", fail=False)
    with pytest.raises(RuntimeError):
        await write("b", fail=True)
    with psycopg.connect(databases.superuser) as look:
        assert look.execute("select slug from backend.category").fetchall() == [("a",)]


async def test_connections_name_their_service_and_speak_utc(small: Small) -> None:
    async with small.service.database.pool.connection() as connection:
        shown = [
            (await (await connection.execute(f"show {name}")).fetchone() or ("",))[0]
            for name in ("application_name", "timezone", "search_path", "statement_timeout")
        ]
    assert shown == [small.service.database.application_name, "UTC", "backend,public", "3s"]
    assert shown[0].startswith("backend ")
