"""What the storefront does in the background does not end without a word."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from reflex_base.registry import RegistrationContext
from starlette.applications import Starlette
from structlog.testing import capture_logs

from shopkit.client import ServiceClient
from shopkit.tasks import Supervisor
from storefront import lasting as lasting_module
from storefront.clients import wiring
from storefront.clients.catalog import CatalogClient
from storefront.clients.streams import server_sent
from storefront.edge.app import _hurried
from storefront.edge.site import readiness
from storefront.lasting import failures, lasting
from storefront.monitoring.looks import look_at_own
from storefront.monitoring.sampler import Sampler
from storefront.monitoring.samples import History, Sample
from storefront.monitoring.verdicts import verdicts
from storefront.session_routes import routes
from storefront.shelf import Shelf
from storefront.storefront import pages
from tests.unit.storefront.fakes import Services

pytestmark = pytest.mark.anyio
PATIENCE_S = 5.0


@pytest.fixture
async def supervisor(services: Services, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(delays_s=(0.01,))
    monkeypatch.setattr(wiring, "tasks", lambda: supervisor)
    yield supervisor
    await supervisor.stop()


async def until(there: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not there():
            await asyncio.sleep(0.005)


def ready() -> tuple[int, dict[str, Any]]:
    answer = readiness(wiring.tasks())
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, json.loads(bytes(answer.body))


async def test_the_catalogues_stream_is_followed_again_after_what_nobody_expected(supervisor: Supervisor) -> None:
    class Odd(CatalogClient):
        connections = 0

        async def changes(self) -> AsyncIterator[None]:  # type: ignore[override]
            self.connections += 1
            if self.connections < 3:
                raise ValueError("not what a stream says")
            yield None
            await asyncio.Event().wait()

    catalog = Odd(ServiceClient("backend", "http://backend"))
    shelf = Shelf(catalog)
    supervisor.add("catalogue_stream", shelf.run)
    news = asyncio.create_task(anext(shelf.changes([1])))  # type: ignore[arg-type]
    with capture_logs() as logged:
        supervisor.start()
        async with asyncio.timeout(PATIENCE_S):
            assert await news is None
    ended = [(one["event"], one["task"], one["restarts"]) for one in logged]
    assert ended == [("task_ended", "catalogue_stream", 1), ("task_ended", "catalogue_stream", 2)]
    assert ready() == (
        200,
        {
            "status": "ok",
            "tasks": {},
            "restarts": {"catalogue_stream": 2},
            "pageTasksFailed": failures(),
        },
    )


async def test_readyz_names_a_task_that_is_down_or_makes_no_progress(supervisor: Supervisor) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    supervisor.add("hanging", hang, silent_s=0.02)
    status, told = ready()
    assert (status, told["status"], told["tasks"]) == (503, "unavailable", {"hanging": "down"})
    supervisor.start()
    await until(lambda: supervisor.troubles() == {"hanging": "stalled"})
    status, told = ready()
    assert (status, told["tasks"]) == (503, {"hanging": "stalled"})
    health, reading = await look_at_own()
    assert reading is not None
    (verdict,) = verdicts(History(deque([Sample(0.0, health, reading)])))
    assert (verdict.kind, verdict.value) == ("tasks", 1)


async def test_the_process_follows_the_catalogue(services: Services) -> None:
    wiring.tasks.cache_clear()
    try:
        assert list(wiring.tasks().tasks) == ["catalogue_stream"]
    finally:
        wiring.tasks.cache_clear()


async def test_a_streams_heartbeats_are_progress(supervisor: Supervisor) -> None:
    class Heartbeats(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b": still here\n"
                await asyncio.sleep(0.02)

    async def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Heartbeats())

    service = ServiceClient("backend", "http://backend", transport=httpx.MockTransport(answer))
    worst: list[str] = []

    async def follow() -> None:
        async for _ in server_sent(service, "/stream"):
            raise AssertionError

    async def watch() -> None:
        while True:
            worst.extend(supervisor.troubles().values())
            await asyncio.sleep(0.01)

    supervisor.add("stream", follow, silent_s=0.2)
    supervisor.start()
    await asyncio.sleep(0)
    watching = asyncio.create_task(watch())
    await until(lambda: supervisor.tasks["stream"].restarts == 1)
    watching.cancel()
    assert "stalled" not in worst


async def test_a_pages_background_event_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting_module, "RESTART_DELAYS_S", (0.0,))
    calls: list[str] = []
    closed: list[int] = []

    @lasting
    async def follow(state: str) -> str:
        calls.append(state)
        if len(calls) < 3:
            raise KeyError("odd")
        return "done"

    @lasting
    async def tell(state: str) -> AsyncIterator[int]:
        calls.append(state)
        try:
            yield len(calls)
            if len(calls) < 5:
                raise KeyError("odd")
            yield -1
        finally:
            closed.append(len(calls))

    before = failures()
    with capture_logs() as logged:
        assert await follow("tab") == "done"
        assert [event async for event in tell("tab")] == [4, 5, -1]  # type: ignore[attr-defined]
    assert failures() == before + 3
    assert [one["event"] for one in logged] == ["page_task_failed"] * 3
    assert calls == ["tab"] * 5
    assert closed == [4, 5]


def test_what_lasts_as_long_as_its_page_begins_again() -> None:
    assert len(pages) > 20  # what registers the handlers of them all
    handlers = {name: known.handler for name, known in RegistrationContext.get().event_handlers.items()}
    lasts = {name: one for name, one in handlers.items() if one.is_background and one.supersedes}
    assert len(lasts) > 15
    made_by_lasting = {one.__code__ for one in (lasting(_returns), lasting(_yields))}
    assert [name for name, one in lasts.items() if one.fn.__code__ not in made_by_lasting] == []


async def _returns(_state: object) -> None: ...


async def _yields(_state: object) -> AsyncIterator[None]:
    yield


async def test_a_page_that_is_left_ends_it() -> None:
    began = asyncio.Event()

    @lasting
    async def follow(_state: str) -> None:
        began.set()
        await asyncio.Event().wait()

    running = asyncio.create_task(follow("tab"))
    await began.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_monitoring_goes_on_after_a_look_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = Sampler({}, period_s=0.01)
    looked = sampler.look
    left = [ValueError("odd")]

    async def look() -> None:
        if left:
            raise left.pop()
        await looked()

    monkeypatch.setattr(sampler, "look", look)
    async with asyncio.timeout(PATIENCE_S), sampler.watching():
        assert await sampler.after(0) == 1


async def test_a_body_that_does_not_come_is_not_waited_for(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storefront.edge.app.BODY_S", 0.05)

    async def content() -> AsyncIterator[bytes]:
        yield b"half a co"
        await asyncio.sleep(PATIENCE_S)
        yield b"de"

    sent: list[Any] = []
    headers = [(b"x-sweetdream", b"1"), (b"origin", b"http://127.0.0.1:3000"), (b"host", b"127.0.0.1:3000")]
    scope = {"type": "http", "method": "POST", "path": "/auth/exchange", "query_string": b"", "headers": headers}
    parts = content()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": await anext(parts), "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    async with asyncio.timeout(PATIENCE_S - 1):
        await Starlette(routes=routes)(scope, _hurried(receive), send)
    assert [message["status"] for message in sent if message["type"] == "http.response.start"] == [408]
