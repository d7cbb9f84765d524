"""How much waits in an outbox, and whether it will be done in time."""

import asyncio
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from shopkit import outbox_backlog, outbox_worker
from shopkit.db import Database
from shopkit.metrics import Metrics
from shopkit.outbox import each
from shopkit.outbox_backlog import Backlog
from shopkit.outbox_worker import Outbox
from shopkit.settings import ServiceSettings
from tests.integration.shopkit.test_outbox import add
from tests.support.calls import until
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    opened = Database(ServiceSettings(database_url=databases.order_service), "order_service")
    await opened.open()
    yield opened
    await opened.close()


def waiting(metrics: Metrics) -> tuple[float | None, float | None]:
    """Return what the metrics say now of how many rows wait, and for how long."""
    read = metrics.registry.get_sample_value
    return read("outbox_depth"), read("outbox_oldest_seconds")


async def never(_: Any) -> None:
    await asyncio.Event().wait()


async def endless() -> int:
    await asyncio.sleep(0)
    return 1


@pytest.mark.parametrize("trouble", ["rows without end", "nothing can be taken", "a handler that hangs"])
async def test_an_outbox_that_is_stuck_tells_so(
    database: Database, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(outbox_backlog, "MEASURE_S", 0.01)
    metrics = Metrics()
    running = Outbox(database, {"work": each(never)}, metrics)
    if trouble == "rows without end":
        monkeypatch.setattr(running.workers[0], "run_batch", endless)
    elif trouble == "nothing can be taken":
        monkeypatch.setattr(outbox_worker, "CLAIM", "select nothing")
    for n in range(3):
        await add(database, "k", n=n)
    tables.run("update order_service.outbox set created_at = now() - interval '90 s' where payload = '{\"n\": 0}'")
    background(running.workers[0].run())
    background(running.backlog.measure())
    await until(lambda: (waiting(metrics)[1] or 0) >= 90, "measured")
    depth, age = waiting(metrics)
    assert depth == 3
    assert age == pytest.approx(90, abs=5)


async def test_the_oldest_row_grows_older_between_two_measurements(
    database: Database, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(database, "k", n=1)
    metrics = Metrics()
    background(Backlog(database, metrics).measure())
    await until(lambda: waiting(metrics)[0] == 1, "measured")
    now = time.monotonic()
    monkeypatch.setattr(outbox_backlog, "time", SimpleNamespace(monotonic=lambda: now))
    age = waiting(metrics)[1]
    monkeypatch.setattr(outbox_backlog, "time", SimpleNamespace(monotonic=lambda: now + 60))
    assert age is not None
    assert waiting(metrics) == (1, pytest.approx(age + 60))


async def test_an_outbox_that_is_empty_again_is_measured_so(
    database: Database, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_backlog, "MEASURE_S", 0.01)
    await add(database, "k", n=1)
    metrics = Metrics()
    background(Backlog(database, metrics).measure())
    await until(lambda: waiting(metrics)[0] == 1, "measured")
    tables.run("delete from order_service.outbox")
    await until(lambda: waiting(metrics) == (0, 0), "measured again")


async def test_the_time_that_is_used_is_that_of_rows_with_a_deadline_but_for_a_few_stuck_ones(
    database: Database, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_backlog, "MEASURE_S", 0.01)
    monkeypatch.setattr(outbox_backlog, "STUCK", 2)
    for key in ("a", "b", "without", "c"):
        await add(database, key, n=1)
    age = "update order_service.outbox set created_at = now() - interval '10 min'"
    tables.run(f"{age}, deadline = now() + interval '5 min' where key <> 'without'")
    tables.run(f"{age} where key = 'without'")
    backlog = Backlog(database, Metrics())
    assert backlog.time_used() == 0
    background(backlog.measure())
    await until(lambda: backlog.time_used() > 0, "measured")
    assert backlog.time_used() == pytest.approx(2 / 3, abs=0.02)
    now = time.monotonic()
    with monkeypatch.context() as later:  # and nobody measures
        later.setattr(outbox_backlog, "MEASURE_S", 60)
        later.setattr(outbox_backlog, "time", SimpleNamespace(monotonic=lambda: now + 300))
        assert backlog.time_used() == pytest.approx(1, abs=0.02)
    tables.run("delete from order_service.outbox where key = 'a'")
    await until(lambda: backlog.time_used() == 0, "two are no backlog")
