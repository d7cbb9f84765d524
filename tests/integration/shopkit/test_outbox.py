"""The outbox: at least once, in order per key, never by two at once."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from shopkit import outbox
from shopkit.db import Database
from shopkit.metrics import Metrics
from shopkit.outbox import Failures, Job, OutboxWorker, each
from shopkit.settings import ServiceSettings
from tests.support.calls import until
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

COUNT = "select count(*) from order_service.outbox"


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    opened = Database(ServiceSettings(database_url=databases.order_service), "order_service")
    await opened.open()
    yield opened
    await opened.close()


async def add(database: Database, key: str, **payload: Any) -> None:
    async with database.pool.connection() as connection:
        await connection.execute(outbox.ADD, outbox.row(key, "work", payload))


class Works:
    """Handles rows, and keeps what it did; `fails` tells which it must not manage."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []
        self.tried: list[tuple[str, int]] = []
        self.fails: set[tuple[str, int]] = set()

    async def __call__(self, job: Job) -> None:
        what = (job.key, job.payload["n"])
        self.tried.append(what)
        await asyncio.sleep(0)
        if what in self.fails:
            raise RuntimeError(f"cannot do {what}")
        self.done.append(what)


def worker(database: Database, handler: Any) -> OutboxWorker:
    return OutboxWorker(database, {"work": each(handler)}, Metrics())


async def test_a_row_is_handed_over_whole_and_gone_after(database: Database, tables: Tables) -> None:
    jobs: list[Job] = []

    async def handle(job: Job) -> None:
        jobs.append(job)

    await add(database, "k", n=1, text="đ")
    works = worker(database, handle)
    assert await works.run_batch() is True
    assert await works.run_batch() is False
    assert jobs == [Job(1, "k", "work", {"n": 1, "text": "đ"}, 0)]
    assert tables.one(COUNT) == 0


async def test_rows_of_a_key_run_in_order_and_wait_for_a_failed_one(database: Database, tables: Tables) -> None:
    works = Works()
    works.fails = {("a", 1)}
    for key, n in (("a", 1), ("a", 2), ("b", 1), ("a", 3), ("b", 2)):
        await add(database, key, n=n)
    running = worker(database, works)
    while await running.run_batch():
        pass

    assert works.tried == [("a", 1), ("b", 1), ("b", 2)]
    assert works.done == [("b", 1), ("b", 2)]
    assert tables.rows("select payload->>'n', attempts, last_error from order_service.outbox order by id") == [
        ("1", 1, "cannot do ('a', 1)"),
        ("2", 0, None),
        ("3", 0, None),
    ]
    works.fails.clear()
    tables.run("update order_service.outbox set next_attempt_at = now()")
    while await running.run_batch():
        pass
    assert works.done[2:] == [("a", 1), ("a", 2), ("a", 3)]


async def test_a_worker_that_dies_after_the_work_leaves_the_row(database: Database, tables: Tables) -> None:
    tried = 0

    async def handle(_: Job) -> None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise asyncio.CancelledError  # the process is ended here

    await add(database, "k", n=1)
    with pytest.raises(asyncio.CancelledError):
        await worker(database, handle).run_batch()
    assert tables.rows("select attempts, last_error from order_service.outbox") == [(0, None)]
    assert await worker(database, handle).run_batch() is True
    assert (tried, tables.one(COUNT)) == (2, 0)


async def test_failures_are_repeated_ever_more_slowly(database: Database, tables: Tables) -> None:
    works = Works()
    works.fails = {("k", 1)}
    await add(database, "k", n=1)
    running = worker(database, works)
    for seconds in (0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60, 60):
        tables.run("update order_service.outbox set next_attempt_at = now()")
        before = tables.one("select clock_timestamp()")
        assert await running.run_batch() is True
        after, due = tables.rows("select clock_timestamp(), next_attempt_at from order_service.outbox")[0]
        assert before <= due - timedelta(seconds=seconds) <= after
    assert await running.run_batch() is False
    assert tables.one("select attempts from order_service.outbox") == 12


async def test_a_delay_begins_when_the_work_failed(database: Database, tables: Tables) -> None:
    async def slow(_: Job) -> None:
        await asyncio.sleep(0.5)
        raise RuntimeError("timed out")

    await add(database, "k", n=1)
    assert await worker(database, slow).run_batch() is True
    failed_after = "select extract(epoch from next_attempt_at - created_at)::float from order_service.outbox"
    assert tables.one(failed_after) >= 0.7


async def test_an_unknown_topic_waits_for_a_version_that_knows_it(database: Database, tables: Tables) -> None:
    await add(database, "k", n=1)
    assert await OutboxWorker(database, {}, Metrics()).run_batch() is True
    assert tables.rows("select attempts, last_error from order_service.outbox") == [(1, "'work'")]


async def test_many_workers_run_each_row_once_and_each_key_in_order(database: Database, tables: Tables) -> None:
    at_work: set[str] = set()
    done: dict[str, list[int]] = defaultdict(list)

    async def handle(job: Job) -> None:
        assert job.key not in at_work
        at_work.add(job.key)
        await asyncio.sleep(0.001)
        done[job.key].append(job.payload["n"])
        at_work.remove(job.key)

    for n in range(10):
        for key in "abcdef":
            await add(database, key, n=n)

    async def work() -> None:
        running = worker(database, handle)
        while tables.one(COUNT):
            await running.run_batch()

    await asyncio.wait_for(asyncio.gather(*(work() for _ in range(5))), 30)
    assert done == {key: list(range(10)) for key in "abcdef"}


async def test_a_running_is_woken(
    database: Database, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "POLL_S", 60)
    works = Works()
    running = worker(database, works)
    background(running.run())
    for n in range(2):
        await add(database, "k", n=n)
        running.wake()
        await until(lambda n=n: len(works.done) == n + 1, "done")  # type: ignore[misc]
    assert works.done == [("k", 0), ("k", 1)]


def waiting(metrics: Metrics) -> tuple[float | None, float | None]:
    """Return what the metrics say now of how many rows wait, and for how long."""
    read = metrics.registry.get_sample_value
    return read("outbox_depth"), read("outbox_oldest_seconds")


async def never(_: Any) -> None:
    await asyncio.Event().wait()


async def endless() -> bool:
    await asyncio.sleep(0)
    return True


@pytest.mark.parametrize("trouble", ["rows without end", "nothing can be taken", "a handler that hangs"])
async def test_an_outbox_that_is_stuck_tells_so(
    database: Database, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(outbox, "MEASURE_S", 0.01)
    metrics = Metrics()
    running = OutboxWorker(database, {"work": each(never)}, metrics)
    if trouble == "rows without end":
        monkeypatch.setattr(running, "run_batch", endless)
    elif trouble == "nothing can be taken":
        monkeypatch.setattr(outbox, "CLAIM", "select nothing")
    for n in range(3):
        await add(database, "k", n=n)
    tables.run("update order_service.outbox set created_at = now() - interval '90 s' where payload = '{\"n\": 0}'")
    background(running.run())
    background(running.measure())
    await until(lambda: (waiting(metrics)[1] or 0) >= 90, "measured")
    depth, age = waiting(metrics)
    assert depth == 3
    assert age == pytest.approx(90, abs=5)


async def test_the_oldest_row_grows_older_between_two_measurements(
    database: Database, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(database, "k", n=1)
    metrics = Metrics()
    background(OutboxWorker(database, {}, metrics).measure())
    await until(lambda: waiting(metrics)[0] == 1, "measured")
    now = time.monotonic()
    monkeypatch.setattr(outbox, "time", SimpleNamespace(monotonic=lambda: now))
    age = waiting(metrics)[1]
    monkeypatch.setattr(outbox, "time", SimpleNamespace(monotonic=lambda: now + 60))
    assert age is not None
    assert waiting(metrics) == (1, pytest.approx(age + 60))


async def test_an_outbox_that_is_empty_again_is_measured_so(
    database: Database, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MEASURE_S", 0.01)
    await add(database, "k", n=1)
    metrics = Metrics()
    background(OutboxWorker(database, {}, metrics).measure())
    await until(lambda: waiting(metrics)[0] == 1, "measured")
    tables.run("delete from order_service.outbox")
    await until(lambda: waiting(metrics) == (0, 0), "measured again")


async def test_a_running_survives_the_databases_absence(database: Database, tables: Tables, background: Any) -> None:
    works = Works()
    background(worker(database, works).run())
    await add(database, "k", n=1)
    await until(lambda: len(works.done) == 1 and tables.one(COUNT) == 0, "done, and noted as done")
    cut = (
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where application_name = 'order_service' and datname = current_database()"
    )
    assert tables.rows(cut)
    tables.run("insert into order_service.outbox (key, topic, payload) values ('k', 'work', '{\"n\": 2}')")
    await until(lambda: works.done == [("k", 1), ("k", 2)], "done")


class Batches:
    """Handles rows together, and keeps which came at once; a batch that holds a key of `poison` fails as a whole."""

    def __init__(self, *poison: str) -> None:
        self.poison = poison
        self.tried: list[list[tuple[str, int]]] = []

    async def __call__(self, jobs: list[Job]) -> Failures:
        self.tried.append([(job.key, job.payload["n"]) for job in jobs])
        if any(job.key in self.poison for job in jobs):
            raise RuntimeError("poison")
        return {job.id: ValueError("bad") for job in jobs if job.key == "bad"}


async def test_rows_of_many_keys_are_handled_at_once_and_fail_on_their_own(database: Database, tables: Tables) -> None:
    for key, n in (("a", 1), ("a", 2), ("bad", 1), ("b", 1)):
        await add(database, key, n=n)
    batches = Batches()
    running = OutboxWorker(database, {"work": batches}, Metrics())
    while await running.run_batch():
        pass
    assert batches.tried == [[("a", 1), ("bad", 1), ("b", 1)], [("a", 2)]]
    assert tables.rows("select key, attempts, last_error from order_service.outbox") == [("bad", 1, "bad")]


async def test_a_row_that_fails_its_batch_does_not_hold_up_the_others(database: Database, tables: Tables) -> None:
    for key in ("a", "poison", "b"):
        await add(database, key, n=1)
    batches = Batches("poison")
    assert await OutboxWorker(database, {"work": batches}, Metrics()).run_batch() is True
    assert batches.tried[1:] == [[("a", 1)], [("poison", 1)], [("b", 1)]]
    assert tables.rows("select key, attempts, last_error from order_service.outbox") == [("poison", 1, "poison")]


async def test_claimed_rows_are_leased_without_an_open_transaction(
    database: Database, tables: Tables, background: Any
) -> None:
    await add(database, "k", n=1)
    begun, second = asyncio.Event(), Works()

    async def hang(_: list[Job]) -> Failures:
        begun.set()
        await asyncio.Event().wait()
        return {}

    background(OutboxWorker(database, {"work": hang}, Metrics()).run_batch())
    await asyncio.wait_for(begun.wait(), 10)
    open_ones = (
        "select count(*) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()"
    )
    assert tables.one(open_ones) == 0
    other = worker(database, second)
    assert await other.run_batch() is False
    tables.run("update order_service.outbox set next_attempt_at = now()")  # the lease runs out
    assert await other.run_batch() is True
    assert (second.done, tables.one(COUNT)) == ([("k", 1)], 0)


async def test_a_handler_that_hangs_is_given_up_before_its_lease_ends(
    database: Database, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "WORK_S", 0.05)
    await add(database, "k", n=1)
    assert await worker(database, never).run_batch() is True
    assert tables.rows("select attempts, last_error from order_service.outbox") == [(1, "TimeoutError()")]


async def test_a_few_stuck_rows_are_no_backlog(
    database: Database, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MEASURE_S", 0.01)
    monkeypatch.setattr(outbox, "STUCK", 2)
    for key in ("a", "b"):
        await add(database, key, n=1)
    tables.run("update order_service.outbox set created_at = now() - interval '1 h'")
    metrics = Metrics()
    running = OutboxWorker(database, {}, metrics)
    background(running.measure())
    await until(lambda: waiting(metrics)[0] == 2, "measured")
    assert running.behind_s() == 0
    await add(database, "c", n=1)
    tables.run("update order_service.outbox set created_at = now() - interval '90 s' where key = 'c'")
    await until(lambda: running.behind_s() >= 90, "behind")
    assert running.behind_s() == pytest.approx(90, abs=5)
