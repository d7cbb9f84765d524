"""Cached answers: told apart by ETag, forgotten when the catalogue changes, never older than their life."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from shopkit.app import SESSION_ENDED_CHANNEL
from tests.support.apps import Login, RunningShop, running_shop
from tests.support.calls import ok, statements, until
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

LIFE_S = 60


@pytest.fixture(scope="module")
async def running(databases: Databases) -> AsyncIterator[RunningShop]:
    """The services, with a cache whose answers outlive every test."""
    settings = {"backend": {"catalog_cache_s": LIFE_S}}
    async with running_shop(databases, names=("user_service", "backend"), settings=settings) as services:
        yield services


@pytest.fixture
async def shop(shop: RunningShop) -> RunningShop:
    """The services with an empty cache."""
    shop.apps["backend"].state.answers.clear()
    return shop


async def heard(shop: RunningShop, tables: Tables) -> None:
    """Wait until the backend has heard what the database told so far: it listens to all channels in order."""
    word = uuid4().hex
    tables.run("select pg_notify(%s, %s)", SESSION_ENDED_CHANNEL, word)
    await until(lambda: word in shop.apps["backend"].state.verifier.ended, "the backend heard")


@pytest.mark.parametrize(
    "path",
    ["/api/products", "/api/products/search?q=cake", "/api/products/1", "/api/products/1/related", "/api/categories"],
)
async def test_an_answer_is_made_once_and_then_told_apart_by_its_etag(
    shop: RunningShop, tables: Tables, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    tables.product("cake")
    await heard(shop, tables)
    first = await shop.backend.get(path)
    async with statements(monkeypatch) as seen:
        again = await shop.backend.get(path)
        same = await shop.backend.get(path, headers={"If-None-Match": first.headers["etag"]})
        other = await shop.backend.get(path, headers={"If-None-Match": '"of-another-answer"'})

    assert seen == []
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 200)
    assert again.content == other.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["vary"] == "Authorization, X-Session-Id"
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])


async def test_another_query_is_another_answer(shop: RunningShop, tables: Tables) -> None:
    tables.product("cake")
    tables.product("kem", category="kem")
    counts = [(await ok(shop.backend.get(f"/api/products?{q}")))["total"] for q in ("", "category=kem", "limit=1")]
    assert counts == [2, 1, 2]


async def test_refusals_are_not_kept(shop: RunningShop, tables: Tables) -> None:
    assert (await shop.backend.get("/api/products/cake")).status_code == 404
    tables.product("cake")
    assert (await shop.backend.get("/api/products/cake")).status_code == 200


async def test_whoever_says_who_they_are_goes_past_the_cache(
    shop: RunningShop, tables: Tables, lan: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.product("cake")
    await ok(shop.backend.get("/api/products/1"))
    for headers in (lan.headers, {"X-Session-Id": "visit-1"}):
        async with statements(monkeypatch) as seen:
            await ok(shop.backend.get("/api/products/1", headers=headers))
        assert len(seen) == 1


@pytest.mark.parametrize(
    "change",
    [
        "update backend.product set name = 'new'",
        "update backend.size set price = price + 1",
        "update backend.size set stock = 0",
        "update backend.category set name = 'new'",
        "delete from backend.size where code = 'S'",
        "insert into backend.category (slug, name) values ('more', 'More')",
    ],
)
async def test_a_change_by_whoever_clears_it(shop: RunningShop, tables: Tables, change: str) -> None:
    tables.product("cake", sizes={"S": (1, 1), "M": (2, 2)})
    await heard(shop, tables)
    await ok(shop.backend.get("/api/products"))
    answers = shop.apps["backend"].state.answers
    assert answers.get(b"/api/products?") is not None

    tables.run(change)
    await heard(shop, tables)

    assert answers.get(b"/api/products?") is None


async def test_a_sale_that_leaves_some_clears_nothing(databases: Databases, tables: Tables) -> None:
    tables.product("cake", sizes={"M": (1, 5)})
    with psycopg.connect(databases.superuser, autocommit=True) as listener:
        listener.execute("listen catalog_changed")
        tables.run("update backend.size set stock = stock - 1")
        tables.run("update backend.product set popularity = popularity + 1")
        assert list(listener.notifies(timeout=0.2)) == []
        tables.run("update backend.size set stock = 0")
        assert len(list(listener.notifies(timeout=5, stop_after=1))) == 1


async def test_a_hundred_callers_of_a_cold_answer_ask_the_database_once(
    shop: RunningShop, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.product("cake")
    await heard(shop, tables)
    async with statements(monkeypatch) as seen:
        answers = await asyncio.gather(*(shop.backend.get("/api/products?limit=3") for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(seen) == 2


async def test_an_answer_overtaken_by_a_change_is_not_kept(
    shop: RunningShop, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.product("cake")
    await heard(shop, tables)
    read, changed = asyncio.Event(), asyncio.Event()
    execute = psycopg.AsyncConnection.execute

    async def slow(connection: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        result = await execute(connection, query, *arguments, **options)
        if "from product" in str(query):
            read.set()
            await asyncio.wait_for(changed.wait(), 10)
        return result

    monkeypatch.setattr(psycopg.AsyncConnection, "execute", slow)
    asking: asyncio.Task[httpx.Response] = asyncio.create_task(shop.backend.get("/api/products/1"))
    await asyncio.wait_for(read.wait(), 10)
    tables.run("update backend.product set name = 'new'")
    await heard(shop, tables)
    changed.set()

    assert (await asking).json()["name"] == "cake"  # it was asked before the change
    assert (await ok(shop.backend.get("/api/products/1")))["name"] == "new"
