"""The catalogue's live stream between real processes: a change through one instance is told by the other."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from shopkit.streams import MOST_STREAMS
from tests.integration.faults.conftest import Shop
from tests.support.calls import ok, refused
from tests.support.ports import free_port
from tests.support.processes import ShopProcesses
from tests.support.streams import Stream
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

SECOND = "backend_2"


@pytest.fixture(scope="module")
def running(running: ShopProcesses) -> ShopProcesses:
    """The processes, with a second instance of the backend."""
    running.services[SECOND] = replace(running.services["backend"], name=SECOND, default_port=free_port())
    running.environment[SECOND] = running.environment["backend"]
    running.start(SECOND)
    return running


@asynccontextmanager
async def following(shop: Shop) -> AsyncIterator[Stream]:
    """Open the second instance's stream as anybody may, and wait until it has begun."""
    async with shop.http.stream("GET", shop.at(SECOND, "/api/products/changes")) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = Stream(answer.aiter_lines())
        assert await stream.next() == ("resync", {})
        yield stream


async def test_a_change_is_told_within_a_second_and_what_is_read_then_is_new(shop: Shop) -> None:
    admin, guest = await shop.admin(), await shop.guest()
    address = shop.at(SECOND, f"/api/products/{shop.cake}")
    async with following(shop) as stream:
        path = shop.at("backend", f"/api/products/{shop.cake}")
        await ok(shop.http.get(address))
        began = time.monotonic()
        await ok(shop.http.patch(path, json={"name": "Bánh mới"}, headers=admin.headers))
        assert await stream.next() == ("catalog", {"productIds": [shop.cake]})
        assert time.monotonic() - began < 1
        assert (await ok(shop.http.get(address)))["name"] == "Bánh mới"

        stock = (await ok(shop.http.get(address)))["sizes"][0]["stock"]
        await ok(shop.order(guest, quantity=2), 201)
        assert await stream.next() == ("catalog", {"productIds": [shop.cake]})
        assert (await ok(shop.http.get(address)))["sizes"][0]["stock"] == stock - 2


async def test_watchers_are_told_to_read_anew_when_messages_may_have_been_missed(shop: Shop, tables: Tables) -> None:
    async with following(shop) as stream:
        ended = tables.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener' "
            "and datname = current_database() and usename = 'backend'"
        )
        assert ended == [(True,), (True,)]
        assert await stream.next() == ("resync", {})
        tables.set_price(shop.cake, 1)
        assert await stream.next() == ("catalog", {"productIds": [shop.cake]})


async def test_an_address_follows_a_few_streams_at_once(shop: Shop) -> None:
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(following(shop)) for _ in range(MOST_STREAMS)]
        path = shop.at(SECOND, "/api/products/changes")
        problem = await refused(shop.http.get(path), 429, "too_many_streams")
        assert problem["retryAfter"] == 10
        shop.tables.set_price(shop.cake, 1)
        for stream in streams:  # the others go on
            assert await stream.next() == ("catalog", {"productIds": [shop.cake]})
    async with asyncio.timeout(20):  # who leaves makes room
        while True:
            async with shop.http.stream("GET", path) as answer:
                if answer.status_code == 200:
                    return
            await asyncio.sleep(0.05)


async def test_open_streams_do_not_hold_up_the_end(shop: Shop) -> None:
    async with following(shop) as stream, following(shop):
        began = time.monotonic()
        await asyncio.to_thread(shop.processes.kill, SECOND, signal.SIGTERM)
        assert time.monotonic() - began < 9
        with pytest.raises((EOFError, httpx.RemoteProtocolError, httpx.ReadError)):
            await stream.next()
    assert "Application shutdown complete." in shop.processes.log(SECOND)
