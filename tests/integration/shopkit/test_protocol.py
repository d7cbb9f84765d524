"""Callers that send too much, too slowly, or not to the end: over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from uvicorn.server import ServerState

from shopkit.app import _handle_errors
from shopkit.metrics import Metrics
from shopkit.middleware import BODY_RATE, RequestMiddleware
from shopkit.protocol import MAX_HEAD_BYTES, Protocol
from shopkit.routes import Routes

pytestmark = pytest.mark.anyio

LIMIT_S = 0.3
PATIENCE_S = 20.0


class Hurried(Protocol):
    """With limits that a test can wait for."""

    head_s = LIMIT_S
    linger_s = LIMIT_S


@dataclass
class Server:
    """A server, and what its app was asked."""

    port: int = 0
    asked: list[str] = field(default_factory=list)

    async def connect(self) -> "Caller":
        """Return a connection to it."""
        return Caller(*await asyncio.open_connection("127.0.0.1", self.port))


@dataclass
class Caller:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *parts: bytes, every_s: float = 0.0) -> None:
        """Send parts; what is sent to a closed connection is lost."""
        for part in parts:
            self.writer.write(part)
            try:
                await self.writer.drain()
            except ConnectionError:
                return
            await asyncio.sleep(every_s)

    async def answer(self) -> tuple[int, dict[bytes, bytes], bytes]:
        """Return status, headers and body of the next answer."""
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            status, *lines = head[:-4].split(b"\r\n")
            headers = dict(line.split(b": ", 1) for line in lines)
            body = await self.reader.readexactly(int(headers.get(b"content-length", 0)))
        return int(status.split()[1]), headers, body

    async def refused(self, status: int, code: str) -> None:
        """Show that the answer is that problem, and the last one."""
        answered, headers, body = await self.answer()
        problem = orjson.loads(body)
        assert (answered, problem["status"], problem["code"]) == (status, status, code)
        assert headers[b"content-type"] == b"application/problem+json"
        assert headers[b"connection"].lower() == b"close"
        await self.closed()

    async def closed(self) -> None:
        """Show that the server hangs up without a further word."""
        async with asyncio.timeout(PATIENCE_S):
            with suppress(ConnectionResetError):
                assert await self.reader.read() == b""
        self.writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server with short limits."""
    running = Server()
    app = FastAPI()
    routes = Routes(app)
    _handle_errors(app, routes)

    @app.post("/body")
    async def body(request: Request) -> int:
        running.asked.append("/body")
        size = len(await request.body())
        running.asked.append("whole")
        return size

    @app.post("/validated")
    async def validated(body: dict[str, Any]) -> None:
        running.asked.append("/validated")

    async def early() -> str:
        running.asked.append("/early")
        return "ok"

    app.get("/early", operation_id="read_early")(early)
    app.post("/early", operation_id="send_early")(early)

    @app.get("/long")
    async def long() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(4):
                await asyncio.sleep(LIMIT_S / 2)
                yield b"part"

        return StreamingResponse(parts(), headers={"content-length": "16"})

    app.add_middleware(RequestMiddleware, service="small", metrics=Metrics(), routes=routes, body_s=LIMIT_S)
    config = uvicorn.Config(app, http=Hurried, ws="none", log_config=None, timeout_keep_alive=60)
    config.load()
    state = ServerState()
    listening = await asyncio.get_running_loop().create_server(
        lambda: Hurried(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    running.port = listening.sockets[0].getsockname()[1]
    yield running
    listening.close()
    for connection in list(state.connections):
        connection.transport.abort()
    await asyncio.gather(*state.tasks, return_exceptions=True)


def get(path: str, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET %s HTTP/1.1" % path.encode(), b"Host: shop", *headers, b"", b""])


def post(path: str, length: int) -> bytes:
    head = [b"POST %s HTTP/1.1" % path.encode(), b"Host: shop", b"Content-Type: application/json"]
    return b"\r\n".join([*head, b"Content-Length: %d" % length, b"", b""])


async def test_who_sends_nothing_is_hung_up_on(server: Server) -> None:
    await (await server.connect()).closed()


@pytest.mark.parametrize("half", [b"G", b"GET /early HTTP/1.1\r\n", get("/early")[:-2]])
async def test_half_a_head_is_waited_for_only_so_long(server: Server, half: bytes) -> None:
    caller = await server.connect()
    await caller.send(half)
    await caller.refused(408, "too_slow")
    assert server.asked == []


async def test_a_head_that_drips_has_no_more_time(server: Server) -> None:
    caller = await server.connect()
    dripping = asyncio.create_task(
        caller.send(*[b"%c" % byte for byte in get("/early", b"X: " + b"y" * 500)], every_s=0.01)
    )
    await caller.refused(408, "too_slow")
    dripping.cancel()
    assert server.asked == []


@pytest.mark.parametrize(
    ("sent", "answer"), [(b"GET /early", 408), (b"\r\n", None)], ids=["half a head", "an empty line"]
)
async def test_a_further_request_has_no_more_time_than_the_first(
    server: Server, sent: bytes, answer: int | None
) -> None:
    caller = await server.connect()
    await caller.send(get("/early"))
    assert (await caller.answer())[0] == 200
    await caller.send(sent)
    if answer:
        await caller.refused(answer, "too_slow")
    else:
        await caller.closed()
    assert server.asked == ["/early"]


async def test_half_a_request_that_came_while_another_was_answered_has_its_time_from_the_answer(
    server: Server,
) -> None:
    caller = await server.connect()
    loop = asyncio.get_running_loop()
    await caller.send(get("/long"))
    await asyncio.sleep(LIMIT_S * 1.25)  # its timer would run out just after the answer's end
    await caller.send(b"GET /early HTTP/1.1\r\n")
    assert (await caller.answer())[2] == b"part" * 4
    answered_at = loop.time()
    await caller.refused(408, "too_slow")
    assert loop.time() - answered_at >= LIMIT_S * 0.9
    assert server.asked == []


async def test_a_large_head_is_refused_before_the_app_is_asked(server: Server) -> None:
    large = MAX_HEAD_BYTES // 2
    for request in (
        get("/early?" + "q" * MAX_HEAD_BYTES),
        get("/early", b"X-Large: " + b"y" * MAX_HEAD_BYTES),
        get("/early", *[b"X-%d: y" % number for number in range(MAX_HEAD_BYTES // 4)]),
        get("/early", b"X-One: " + b"y" * large, b"X-Two: " + b"y" * large),
    ):
        for parts in ([request], [request[at : at + 1_000] for at in range(0, len(request), 1_000)]):
            caller = await server.connect()
            sending = asyncio.create_task(caller.send(*parts))
            await caller.refused(431, "head_too_large")
            await sending
    caller = await server.connect()
    await caller.send(*[get("/early")[:-2]] + [b"X-Endless: "] + [b"y" * 1_000] * 40)  # no header of it is ever whole
    await caller.refused(431, "head_too_large")
    assert server.asked == []


@pytest.mark.parametrize("path", ["/body", "/validated"])
async def test_half_a_body_is_waited_for_only_so_long(server: Server, path: str) -> None:
    caller = await server.connect()
    await caller.send(post(path, 1_000) + b"{")
    await caller.refused(408, "too_slow")
    assert "whole" not in server.asked
    assert "/validated" not in server.asked


async def test_a_body_that_drips_has_no_more_time(server: Server) -> None:
    caller = await server.connect()
    dripping = asyncio.create_task(caller.send(post("/body", 1_000), *[b"x"] * 1_000, every_s=0.01))
    await caller.refused(408, "too_slow")
    dripping.cancel()
    assert server.asked == ["/body"]


async def test_a_body_that_comes_slowly_but_steadily_is_taken(server: Server) -> None:
    caller = await server.connect()
    part = b"x" * BODY_RATE
    await caller.send(post("/body", 4 * len(part)), *[part] * 4, every_s=LIMIT_S / 2)
    status, _, body = await caller.answer()
    assert (status, body) == (200, b"%d" % (4 * len(part)))
    caller.writer.close()


async def test_who_is_answered_before_the_body_has_come_is_hung_up_on(server: Server) -> None:
    caller = await server.connect()
    await caller.send(post("/early", 1_000) + b"x")
    assert (await caller.answer())[0] == 200
    await caller.send(*[b"x"] * 10)
    await caller.closed()
    assert server.asked == ["/early"]


async def test_an_answer_may_take_as_long_as_it_likes(server: Server) -> None:
    caller = await server.connect()
    await caller.send(get("/long") + b"GET /early HTTP/1.1\r\n")  # half of the next one is here already
    assert (await caller.answer())[2] == b"part" * 4
    await caller.send(b"Host: shop\r\n\r\n")
    assert (await caller.answer())[0] == 200
    caller.writer.close()


async def test_honest_requests_follow_one_another_on_one_connection(server: Server) -> None:
    caller = await server.connect()
    for _ in range(3):
        await caller.send(post("/body", 5) + b"12345")
        assert (await caller.answer())[2] == b"5"
        await caller.send(get("/early") * 2)
        assert [(await caller.answer())[0] for _ in range(2)] == [200, 200]
        await asyncio.sleep(LIMIT_S * 1.2)  # between two requests there is all the time of a kept connection
    caller.writer.close()
