"""Callers of the storefront that send too much, too slowly, or not to the end: over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
import websockets
from uvicorn.server import ServerState

from launcher.services import STOREFRONT
from storefront.sockets.handshake import Handshake
from storefront.sockets.limits import MAX_MESSAGE_BYTES
from storefront.sockets.protocol import MAX_LINE, TabProtocol
from tests.unit.storefront.fakes import TAB_TOKEN

pytestmark = pytest.mark.anyio
LIMIT_S = 0.2
PATIENCE_S = 10.0
UPGRADE = (
    b"Host: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


class Hurried(TabProtocol):
    head_s = LIMIT_S


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Stand in for Reflex: it says the size of what it is told."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": str(len(message["text"]))})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(Handshake(echo), http=Hurried, log_config=None, ws_max_size=MAX_MESSAGE_BYTES)
    config.load()
    state = ServerState()
    listening = await asyncio.get_running_loop().create_server(
        lambda: Hurried(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    yield listening.sockets[0].getsockname()[1]
    listening.close()
    for connection in list(state.connections):
        connection.transport.abort()  # type: ignore[union-attr]
    await asyncio.gather(*state.tasks, return_exceptions=True)


async def answer_to(port: int, request: bytes) -> bytes:
    """Send bytes and no more; return everything that comes until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(PATIENCE_S):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("part", [b"GET / HTTP/1.1\r\nHost: sh", b"GET /_event/?token=x HTTP/1.1\r\n" + UPGRADE])
async def test_a_head_that_never_ends_is_not_waited_for(port: int, part: bytes) -> None:
    assert (await answer_to(port, part)).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /_event/?token=" + b"x" * MAX_LINE + b" HTTP/1.1\r\n" + UPGRADE,
        b"GET /_event/ HTTP/1.1\r\n" + UPGRADE + b"X: " + b"x" * MAX_LINE + b"\r\n",
        b"GET /_event/ HTTP/1.1\r\n" + UPGRADE + b"X: x\r\n" * 200,
        b"GET /_event/ HTTP/1.1\r\n" + UPGRADE + (b"X: " + b"x" * 7_000 + b"\r\n") * 6,
    ],
    ids=["a long address", "a long header", "many headers", "a large head"],
)
async def test_a_websockets_request_is_small(port: int, head: bytes) -> None:
    assert (await answer_to(port, head + b"\r\n")).startswith(b"HTTP/1.1 431 ")


async def test_a_websocket_may_be_silent_for_longer_than_a_head_takes(port: int) -> None:
    async with websockets.connect(f"ws://127.0.0.1:{port}/_event/?token={TAB_TOKEN}") as socket:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.recv(), 3 * LIMIT_S)
        await socket.send('42/_event,["event",{}]')
        assert await socket.recv() == "22"


async def test_a_message_that_is_too_large_is_not_read_to_its_end(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /_event/?token=" + TAB_TOKEN.encode() + b" HTTP/1.1\r\n" + UPGRADE + b"\r\n")
    async with asyncio.timeout(PATIENCE_S):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        # A text frame that says it has a byte more than is allowed. Of those bytes not one is sent.
        writer.write(b"\x81\xff" + (MAX_MESSAGE_BYTES + 1).to_bytes(8) + b"mask")
        rest = await reader.read()
    assert rest[:4] == b"\x88" + rest[1:2] + (1009).to_bytes(2)
    writer.close()


def test_the_launcher_starts_the_storefront_so() -> None:
    options = dict(zip(STOREFRONT.options[::2], STOREFRONT.options[1::2], strict=True))
    path, _, name = options["--http"].partition(":")
    assert (path, name) == (TabProtocol.__module__, TabProtocol.__name__)
    assert options["--ws-max-size"] == str(MAX_MESSAGE_BYTES)
