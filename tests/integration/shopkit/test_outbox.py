"""The outbox: at least once, in order per key, never by two at once."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from shopkit import outbox, outbox_backlog, outbox_worker
from shopkit.db import Database
from shopkit.errors import Unavailable
from shopkit.metrics import Metrics
from shopkit.outbox import Handler, Job, NotBegun, Outcomes, each
from shopkit.outbox_worker import Outbox, OutboxWorker
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
        self.error: Exception | None = None

    async def __call__(self, job: Job) -> None:
        what = (job.key, job.payload["n"])
        self.tried.append(what)
        await asyncio.sleep(0)
        if what in self.fails:
            raise self.error or RuntimeError(f"cannot do {what}")
        self.done.append(what)


def worker(database: Database, handler: Any) -> OutboxWorker:
    return OutboxWorker(database, {"work": each(handler)})


async def test_a_row_is_handed_over_whole_and_gone_after(database: Database, tables: Tables) -> None:
    jobs: list[Job] = []

    async def handle(job: Job) -> None:
        jobs.append(job)

    await add(database, "k", n=1, text="đ")
    works = worker(database, handle)
    assert await works.run_batch() == 1
    assert await works.run_batch() == 0
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
    assert await worker(database, handle).run_batch() == 1
    assert (tried, tables.one(COUNT)) == (2, 0)


async def test_failures_are_repeated_ever_more_slowly(database: Database, tables: Tables) -> None:
    works = Works()
    works.fails = {("k", 1)}
    await add(database, "k", n=1)
    running = worker(database, works)
    for seconds in (0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60, 60):
        tables.run("update order_service.outbox set next_attempt_at = now()")
        before = tables.one("select clock_timestamp()")
        assert await running.run_batch() == 1
        after, due = tables.rows("select clock_timestamp(), next_attempt_at from order_service.outbox")[0]
        assert before <= due - timedelta(seconds=seconds) <= after
    assert await running.run_batch() == 0
    assert tables.one("select attempts from order_service.outbox") == 12


async def test_a_delay_begins_when_the_work_failed(database: Database, tables: Tables) -> None:
    async def slow(_: Job) -> None:
        await asyncio.sleep(0.5)
        raise RuntimeError("timed out")

    await add(database, "k", n=1)
    assert await worker(database, slow).run_batch() == 1
    failed_after = "select extract(epoch from next_attempt_at - created_at)::float from order_service.outbox"
    assert tables.one(failed_after) >= 0.7


async def test_an_unknown_topic_waits_for_a_version_that_knows_it(database: Database, tables: Tables) -> None:
    await add(database, "k", n=1)
    assert await OutboxWorker(database, {}).run_batch() == 1
    assert tables.rows("select attempts, last_error from order_service.outbox") == [(1, "work")]


async def test_an_error_within_a_handler_is_not_taken_for_an_unknown_topic(database: Database, tables: Tables) -> None:
    for key in ("a", "poison", "b"):
        await add(database, key, n=1)
    batches = Batches(poison={"poison": KeyError("x")})
    assert await OutboxWorker(database, {"work": Handler(batches)}).run_batch() == 3
    assert batches.tried[1:] == [[("a", 1)], [("poison", 1)], [("b", 1)]]
    assert tables.rows("select key, attempts, last_error from order_service.outbox") == [("poison", 1, "'x'")]


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


async def test_a_running_worker_is_woken(
    database: Database, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_worker, "POLL_S", 60)
    works = Works()
    running = worker(database, works)
    background(running.run())
    for n in range(2):
        await add(database, "k", n=n)
        running.wake()
        await until(lambda n=n: len(works.done) == n + 1, "done")  # type: ignore[misc]
    assert works.done == [("k", 0), ("k", 1)]


async def test_a_running_worker_survives_the_databases_absence(
    database: Database, tables: Tables, background: Any
) -> None:
    works = Works()
    background(worker(database, works).run())
    await add(database, "k", n=1)
    await until(lambda: len(works.done) == 1 and tables.one(COUNT) == 0, "done, and noted as done")
    cut = (
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where application_name = %s and datname = current_database()"
    )
    assert tables.rows(cut, database.application_name)
    tables.run("insert into order_service.outbox (key, topic, payload) values ('k', 'work', '{\"n\": 2}')")
    await until(lambda: works.done == [("k", 1), ("k", 2)], "done")


class Batches:
    """Handles rows together, and keeps which came at once; a key of `poison` makes all that came with it fail."""

    def __init__(self, outcomes: Outcomes | None = None, poison: dict[str, Exception] | None = None) -> None:
        self.outcomes = outcomes or {}
        self.poison = poison or {}
        self.tried: list[list[tuple[str, int]]] = []

    async def __call__(self, jobs: list[Job]) -> Outcomes:
        self.tried.append([(job.key, job.payload["n"]) for job in jobs])
        for job in jobs:
            if job.key in self.poison:
                raise self.poison[job.key]
        return {job.id: None for job in jobs} | dict(self.outcomes)


ROWS = "select key, attempts, last_error, leased_by from order_service.outbox order by id"


async def test_rows_of_many_keys_are_handled_at_once_and_fail_on_their_own(database: Database, tables: Tables) -> None:
    for key, n in (("a", 1), ("a", 2), ("bad", 1), ("b", 1)):
        await add(database, key, n=n)
    batches = Batches({3: ValueError("bad")})
    running = OutboxWorker(database, {"work": Handler(batches)})
    while await running.run_batch():
        pass
    assert batches.tried == [[("a", 1), ("bad", 1), ("b", 1)], [("a", 2)]]
    assert tables.rows(ROWS) == [("bad", 1, "bad", None)]


async def test_a_row_of_which_its_handler_tells_nothing_has_failed(database: Database, tables: Tables) -> None:
    for key in ("a", "forgotten"):
        await add(database, key, n=1)

    async def forgets(jobs: list[Job]) -> Outcomes:
        return {job.id: None for job in jobs if job.key != "forgotten"}

    assert await OutboxWorker(database, {"work": Handler(forgets)}).run_batch() == 2
    assert tables.rows(ROWS) == [("forgotten", 1, "the handler told nothing of this row", None)]


async def test_a_row_that_was_not_begun_is_due_at_once_and_was_not_tried(database: Database, tables: Tables) -> None:
    for key in ("a", "later"):
        await add(database, key, n=1)
    batches = Batches({2: NotBegun()})
    running = OutboxWorker(database, {"work": Handler(batches)})
    assert await running.run_batch() == 2
    assert tables.rows(ROWS) == [("later", 0, None, None)]
    batches.outcomes = {}
    assert await running.run_batch() == 1
    assert (batches.tried, tables.one(COUNT)) == ([[("a", 1), ("later", 1)], [("later", 1)]], 0)


async def test_a_service_that_does_not_answer_is_asked_once_for_all_and_with_fewer_then(
    database: Database, tables: Tables
) -> None:
    for n in range(4):
        await add(database, f"k{n}", n=n)
    works = Works()
    works.fails = {("k0", 0)}
    works.error = Unavailable("away")
    running = OutboxWorker(database, {"work": each(works)})
    assert await running.run_batch() == 4
    assert works.tried == [("k0", 0)]
    assert tables.rows(ROWS) == [(f"k{n}", 1, "away", None) for n in range(4)]
    assert running._limit == outbox.BATCH // 2
    works.fails.clear()
    tables.run("update order_service.outbox set next_attempt_at = now()")
    assert await running.run_batch() == 4
    assert (running._limit, tables.one(COUNT)) == (outbox.BATCH, 0)


async def test_claimed_rows_are_leased_without_an_open_transaction(
    database: Database, tables: Tables, background: Any
) -> None:
    await add(database, "k", n=1)
    begun, second = asyncio.Event(), Works()

    async def hang(_: list[Job]) -> Outcomes:
        begun.set()
        await asyncio.Event().wait()
        return {}

    background(OutboxWorker(database, {"work": Handler(hang)}).run_batch())
    await asyncio.wait_for(begun.wait(), 10)
    open_ones = (
        "select count(*) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()"
    )
    assert tables.one(open_ones) == 0
    other = OutboxWorker(database, {"work": each(second)}, "other")
    assert await other.run_batch() == 0
    tables.run("update order_service.outbox set next_attempt_at = now()")  # the lease runs out
    assert await other.run_batch() == 1
    assert (second.done, tables.one(COUNT)) == ([("k", 1)], 0)


@pytest.mark.parametrize("outcome", [None, RuntimeError("too late"), NotBegun()], ids=["done", "failed", "not begun"])
async def test_a_worker_that_lost_its_lease_settles_nothing(
    database: Database, tables: Tables, outcome: Exception | None
) -> None:
    await add(database, "k", n=1)
    about = "select key, attempts, last_error, leased_by, next_attempt_at from order_service.outbox"
    taken: list[Any] = []

    async def slow(jobs: list[Job]) -> Outcomes:
        tables.run("update order_service.outbox set leased_by = 'other#1', next_attempt_at = now() + interval '9 s'")
        taken.extend(tables.rows(about))
        return {jobs[0].id: outcome}

    assert await OutboxWorker(database, {"work": Handler(slow)}).run_batch() == 1
    assert tables.rows(about) == taken
    assert taken[0][1:4] == (0, None, "other#1")


async def test_a_handler_that_hangs_is_given_up_before_its_lease_ends(
    database: Database, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done before is done; what was not begun is due at once, and was not tried."""
    monkeypatch.setattr(outbox_worker, "WORK_S", 0.5)
    for key in ("quick", "hangs", "behind"):
        await add(database, key, n=1)
    done: list[str] = []

    async def handle(job: Job) -> None:
        if job.key == "hangs":
            assert tables.rows("select key from order_service.outbox order by id") == [("hangs",), ("behind",)]
            await asyncio.Event().wait()
        done.append(job.key)

    running = worker(database, handle)
    assert await running.run_batch() == 3
    assert done == ["quick"]
    assert tables.rows(ROWS) == [("hangs", 1, "TimeoutError()", None), ("behind", 0, None, None)]
    assert await running.run_batch() == 1
    assert done == ["quick", "behind"]


@pytest.mark.parametrize("during", ["the work", "the settling"])
async def test_a_worker_that_is_ended_gives_its_rows_back_at_once(
    database: Database, tables: Tables, monkeypatch: pytest.MonkeyPatch, during: str
) -> None:
    for key in ("a", "b"):
        await add(database, key, n=1)
    begun = asyncio.Event()

    async def handle(_: Job) -> None:
        begun.set()
        if during == "the work":
            await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(outbox_worker, "DONE", "select pg_sleep(60), %(ids)s::bigint[], %(owner)s::text")
        ending = asyncio.create_task(worker(database, handle).run_batch())
        await asyncio.wait_for(begun.wait(), 10)
        if during == "the settling":
            sleeping = "select count(*) from pg_stat_activity where query like 'select pg_sleep(60)%%' and state = %s"
            await until(lambda: tables.one(sleeping, "active") == 1, "it settles")
        ending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ending
    assert tables.rows(ROWS) == [("a", 0, None, None), ("b", 0, None, None)]
    works = Works()
    assert await worker(database, works).run_batch() == 2
    assert (works.done, tables.one(COUNT)) == ([("a", 1), ("b", 1)], 0)


async def test_rows_of_a_process_that_died_do_not_wait_for_their_lease(
    databases: Databases, database: Database, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_backlog, "MEASURE_S", 0.01)
    for key in ("dead", "alive"):
        await add(database, key, n=1)
    names = {"dead": "order_service 00000000#1", "alive": f"{database.application_name}#2"}
    for key, name in names.items():
        lease = "leased_by = %s, next_attempt_at = now() + interval '1 h'"
        tables.run(f"update order_service.outbox set {lease} where key = %s", name, key)
    works = Works()
    started = Outbox(database, {"work": each(works)}, Metrics())
    background(started.backlog.measure())
    background(started.workers[0].run())
    await until(lambda: works.done == [("dead", 1)], "taken from the dead")
    await until(lambda: tables.rows(ROWS) == [("alive", 0, None, names["alive"])], "left to the living")


async def test_workers_help_each_other_while_batches_are_full(
    database: Database, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_worker, "POLL_S", 60)
    at_once = most = 0
    both = asyncio.Event()

    async def handle(jobs: list[Job]) -> Outcomes:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        if at_once == 2:
            both.set()
        if len(jobs) == outbox.BATCH:
            await asyncio.wait_for(both.wait(), 10)
        at_once -= 1
        return {job.id: None for job in jobs}

    running = Outbox(database, {"work": Handler(handle)}, Metrics(), workers=3)
    for one in running.workers:
        background(one.run())
    await asyncio.sleep(0)
    tables.run(
        "insert into order_service.outbox (key, topic, payload) "
        "select 'k' || n, 'work', '{}' from generate_series(1, %s) n",
        4 * outbox.BATCH,
    )
    running.wake()
    await until(lambda: tables.one(COUNT) == 0, "done")
    assert most >= 2
