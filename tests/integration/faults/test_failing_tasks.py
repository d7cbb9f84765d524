"""Long tasks whose every round fails: the service says so, and is well again at the first that succeeds."""

import time
from collections.abc import AsyncIterator

import psycopg
import pytest

from backend.catalog.cache import CHANGED_CHANNEL
from backend.catalog.news import StockNews
from shopkit import housekeeping, outbox_backlog, outbox_worker
from shopkit.db import Database
from shopkit.settings import ServiceSettings
from shopkit.tasks import Supervisor
from tests.support.apps import RunningShop, running_shop
from tests.support.calls import ok, until
from tests.support.cluster import Databases

pytestmark = pytest.mark.anyio

SILENT_S = 0.5


@pytest.fixture
async def shop(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningShop]:
    """The services in this process, whose tasks come round often."""
    monkeypatch.setattr(outbox_worker, "POLL_S", 0.05)
    monkeypatch.setattr(outbox_backlog, "MEASURE_S", 0.05)
    monkeypatch.setattr(housekeeping, "RETRY_S", 0.05)
    settings = {"backend": {"sweep_seconds": 0.05, "popularity_seconds": 0.05}}
    async with running_shop(databases, settings=settings) as services:
        yield services


@pytest.mark.parametrize(
    ("service", "task", "right"),
    [
        ("order_service", "outbox", "update on order_service.outbox"),
        ("order_service", "outbox_measure", "select on order_service.outbox"),
        ("backend", "hold_sweeper", "select on backend.hold"),
        ("backend", "housekeeping", "select on backend.sold_count"),
    ],
)
async def test_a_task_that_may_not_do_its_work_is_named_until_it_may_again(
    shop: RunningShop, databases: Databases, service: str, task: str, right: str
) -> None:
    supervisor = shop.apps[service].state.service.tasks
    await until(lambda: supervisor.troubles() == {}, "all is well")
    supervisor.tasks[task].silent_limit_s = SILENT_S
    with psycopg.connect(databases.superuser, autocommit=True) as superuser:
        superuser.execute(f"revoke {right} from {service}")
        await until(lambda: supervisor.troubles() == {task: "stalled"}, "it is noticed")
        unready = await ok(shop.clients[service].get("/readyz"), 503)
        assert unready["tasks"] == {task: "stalled"}
        superuser.execute(f"grant {right} to {service}")
    await until(lambda: supervisor.troubles() == {}, "it is well again")
    await ok(shop.clients[service].get("/readyz"))


async def test_stock_that_moved_while_nothing_could_be_told_is_told_after(databases: Databases) -> None:
    database = Database(ServiceSettings(database_url=databases.backend), "backend")
    news = StockNews(database, every_s=0.05)
    supervisor = Supervisor()
    supervisor.add("stock_news", news.tell_for_ever, silent_s=SILENT_S)
    supervisor.start()
    news.moved([3, 1])
    await until(lambda: supervisor.troubles() == {"stock_news": "stalled"}, "it is noticed")
    with psycopg.connect(databases.superuser, autocommit=True) as listening:
        listening.execute(f"listen {CHANGED_CHANNEL}")
        await database.open()
        deadline = time.monotonic() + 20
        told = list[str]()
        while not told:
            assert time.monotonic() < deadline
            told = [note.payload for note in listening.notifies(timeout=0)]
            await until(lambda: supervisor.troubles() == {}, "it is well again")
    assert told == ["1,3"]
    await supervisor.stop()
    await database.close()
