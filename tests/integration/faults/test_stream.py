"""The live stream between real processes: every instance tells every change to whoever may know it."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.integration.faults.conftest import Person, Shop
from tests.support.calls import ok, refused
from tests.support.ports import free_port
from tests.support.processes import ShopProcesses
from tests.support.streams import PATIENCE_S, Stream
from tests.support.tables import Tables

pytestmark = [pytest.mark.anyio, pytest.mark.begins_first]

SECOND = "order_service_2"


@pytest.fixture(scope="module")
def running(running: ShopProcesses) -> ShopProcesses:
    """The processes, with a second instance of the order service."""
    running.services[SECOND] = replace(running.services["order_service"], name=SECOND, default_port=free_port())
    running.environment[SECOND] = running.environment["order_service"]
    running.start(SECOND)
    return running


class OrderStream(Stream):
    """An open stream of orders."""

    async def change(self) -> tuple[str, str]:
        """Return the number and the status of the order that the next event is about."""
        name, data = await self.next()
        assert name == "order", name
        return data["number"], data["status"]


@asynccontextmanager
async def following(
    shop: Shop, service: str, who: Person | None = None, **parameters: str
) -> AsyncIterator[OrderStream]:
    """Open a stream, and wait until it has begun."""
    address = shop.at(service, "/api/orders/stream")
    headers = who.headers if who else {}
    async with shop.http.stream("GET", address, params=parameters, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = OrderStream(answer.aiter_lines())
        assert await stream.next() == ("resync", {})
        yield stream


async def test_a_change_through_one_instance_reaches_the_watchers_of_the_other(shop: Shop) -> None:
    lan, minh, admin = await shop.guest(), await shop.guest(), await shop.admin()
    earlier = await ok(shop.order(lan), 201)
    async with (
        following(shop, SECOND, admin) as staff,
        following(shop, SECOND, lan) as lans,
        following(shop, SECOND, minh) as minhs,
        following(shop, SECOND, tracking=earlier["trackingToken"]) as tracked,
    ):
        order = await ok(shop.order(lan), 201)
        await shop.move(admin, order, "PROCESSING")
        moved = await shop.move(admin, earlier, "PROCESSING")
        last = await ok(shop.order(minh), 201)

        changes = [
            (order["number"], "PENDING"),
            (order["number"], "PROCESSING"),
            (earlier["number"], "PROCESSING"),
            (last["number"], "PENDING"),
        ]
        assert [await staff.change() for _ in changes] == changes
        assert [await lans.change() for _ in range(3)] == changes[:3]
        assert await minhs.change() == changes[3]
        name, data = await tracked.next()
        assert (name, data) == (
            "order",
            {
                "orderId": earlier["id"],
                "number": earlier["number"],
                "userId": lan.id,
                "status": "PROCESSING",
                "fromStatus": "PENDING",
                "version": 2,
                "at": data["at"],
                "kind": "MOVED",
            },
        )
        assert data["at"].replace("Z", "+00:00")[:19] == moved["updatedAt"][:19]


async def test_a_stream_is_refused_before_it_begins(shop: Shop) -> None:
    address = shop.at("order_service", "/api/orders/stream")
    bad = {"Authorization": "Bearer nonsense"}
    await refused(shop.http.get(address), 401, "unauthenticated")
    await refused(shop.http.get(address, headers=bad), 401, "invalid_token")
    await refused(shop.http.get(address, params={"tracking": "A" * 32}), 404, "not_found")
    await refused(shop.http.get(address, params={"tracking": "short"}), 422, "validation_error")


async def test_a_stream_ends_with_its_session(shop: Shop) -> None:
    guest, admin = await shop.guest(), await shop.admin()
    async with following(shop, SECOND, guest) as own, following(shop, SECOND, admin) as staff:
        await ok(shop.http.post(shop.at("user_service", "/api/auth/logout"), headers=guest.headers), 204)
        with pytest.raises(EOFError):
            await own.next()
        order = await ok(shop.order(admin), 201)
        assert await staff.change() == (order["number"], "PENDING")
    answer = await shop.http.get(shop.at(SECOND, "/api/orders/stream"), headers=guest.headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


async def test_watchers_are_told_to_read_anew_when_messages_may_have_been_missed(shop: Shop, tables: Tables) -> None:
    guest = await shop.guest()
    async with following(shop, SECOND, guest) as stream:
        assert tables.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener' "
            "and datname = current_database() and usename = 'order_service'"
        ) == [(True,), (True,)]
        assert await stream.next() == ("resync", {})
        order = await ok(shop.order(guest), 201)
        assert await stream.change() == (order["number"], "PENDING")


async def test_open_streams_are_counted(shop: Shop) -> None:
    guest = await shop.guest()

    async def counted() -> str:
        text = (await shop.http.get(shop.at(SECOND, "/metrics"))).text
        return next(line for line in text.splitlines() if line.startswith("order_streams_open "))

    async with following(shop, SECOND, guest), following(shop, SECOND, guest):
        assert await counted() == "order_streams_open 2.0"
    async with asyncio.timeout(PATIENCE_S):
        while await counted() != "order_streams_open 0.0":
            await asyncio.sleep(0.05)


async def test_open_streams_end_with_the_service_and_do_not_hold_it_up(shop: Shop) -> None:
    guest = await shop.guest()
    seen = len(shop.processes.log(SECOND))
    async with following(shop, SECOND, guest) as stream, following(shop, SECOND, guest) as other:
        began = time.monotonic()
        await asyncio.to_thread(shop.processes.kill, SECOND, signal.SIGTERM)
        assert time.monotonic() - began < 3  # uvicorn alone would wait for 5 s, and then cut them off
        for each in (stream, other):
            with pytest.raises(EOFError):
                await each.next()
    said = shop.processes.log(SECOND)[seen:]
    assert "Application shutdown complete." in said
    assert '"level":"error"' not in said
    assert "Traceback" not in said


async def test_a_service_that_is_asked_to_stop_says_so_and_goes_on_for_a_while(shop: Shop) -> None:
    guest = await shop.guest()
    shop.processes.restart(SECOND, DRAIN_S="1.5")
    async with following(shop, SECOND, guest) as stream:
        began = time.monotonic()
        shop.processes.running[SECOND].send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        health = await shop.http.get(shop.at(SECOND, "/health"))
        assert (health.status_code, health.json()) == (503, {"status": "draining", "service": "order_service"})
        order = await ok(shop.order(guest, service=SECOND), 201)
        assert await stream.change() == (order["number"], "PENDING")
        with pytest.raises(EOFError):
            await stream.next()
        assert time.monotonic() - began >= 1.5
    await asyncio.to_thread(shop.processes.running[SECOND].wait, PATIENCE_S)


async def test_asked_twice_a_service_stops_at_once(shop: Shop) -> None:
    shop.processes.restart(SECOND, DRAIN_S="60")
    shop.processes.running[SECOND].send_signal(signal.SIGTERM)
    await asyncio.sleep(0.3)
    await asyncio.to_thread(shop.processes.kill, SECOND, signal.SIGTERM)
