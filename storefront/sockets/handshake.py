"""A tab's websocket opens: with a token of the right form, and for a browser that has a key or gets one."""

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storefront.settings import get_settings
from storefront.sockets.identity import (
    BROWSER_COOKIE,
    BROWSER_COOKIE_AGE_S,
    browser_key,
    is_token,
    new_browser_key,
)

SCOPE_KEY = "sweetdream.browser"
"""Where the connection's ASGI scope holds the browser's key."""
PATH = "/_event"
POLICY_VIOLATION = 1008


class Handshake:
    """An ASGI layer in front of Reflex's websocket. It is the only one there is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a tab connect, or refuse it."""
        connection = HTTPConnection(scope)
        tokens = connection.query_params.getlist("token")
        if connection.url.path.rstrip("/") != PATH or len(tokens) != 1 or not is_token(tokens[0]):
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        key = browser_key(connection.cookies)
        if not key:
            key = new_browser_key()
            send = _accepting_with(send, _cookie(key))
        await self.app({**scope, SCOPE_KEY: key}, receive, send)


def _cookie(key: str) -> bytes:
    response = Response()
    response.set_cookie(
        BROWSER_COOKIE,
        key,
        max_age=BROWSER_COOKIE_AGE_S,
        path="/",
        httponly=True,
        samesite="strict",
        secure=get_settings().secure,
    )
    return response.headers["set-cookie"].encode()


def _accepting_with(send: Send, cookie: bytes) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "websocket.accept":
            message = {**message, "headers": [*message.get("headers", ()), (b"set-cookie", cookie)]}
        await send(message)

    return sender
