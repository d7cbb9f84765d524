"""A tab's websocket opens: with a token of the right form, and for a browser that has a key or gets one.

What comes over it then is bounded.
"""

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storefront.sockets.identity import (
    browser_key,
    give_key,
    is_token,
    new_browser_key,
    tab_id,
)
from storefront.sockets.limits import POLICY_VIOLATION, Socket
from storefront.visits import connected

SCOPE_KEY = "sweetdream.browser"
"""Where the connection's ASGI scope holds the browser's key."""
SOCKET_KEY = "sweetdream.socket"
"""Where it holds the `Socket`."""
PATH = "/_event"
MAX_HEADERS = 16 * 1024
"""Characters of the request's headers, which Reflex keeps for each tab."""


class Handshake:
    """An ASGI layer in front of Reflex's websocket. It is the only one there is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a tab connect, or refuse it."""
        connection = HTTPConnection(scope)
        tokens = connection.query_params.getlist("token")
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        proper = connection.url.path.rstrip("/") == PATH and len(tokens) == 1 and is_token(tokens[0])
        if not proper or size > MAX_HEADERS:
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        key = browser_key(connection.cookies)
        if not key:
            key = new_browser_key()
            send = _accepting_with(send, _cookie(key))
        connected(tab_id(key, tokens[0]), key)
        socket = Socket(receive, send)
        await self.app({**scope, SCOPE_KEY: key, SOCKET_KEY: socket}, socket.receive, send)


def _cookie(key: str) -> bytes:
    response = Response()
    give_key(response, key)
    return response.headers["set-cookie"].encode()


def _accepting_with(send: Send, cookie: bytes) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "websocket.accept":
            message = {**message, "headers": [*message.get("headers", ()), (b"set-cookie", cookie)]}
        await send(message)

    return sender
