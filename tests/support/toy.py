"""A service that does nothing but live, for the tests of what keeps services alive."""

import os
from collections.abc import Awaitable, Callable
from typing import Any


def app() -> Callable[..., Awaitable[None]]:
    """Return an ASGI app that answers every request with its process id; with TOY_BREAKS it does not start."""
    if "TOY_BREAKS" in os.environ:
        raise RuntimeError("the toy is broken")
    return _answer


async def _answer(scope: dict[str, Any], receive: Callable[..., Awaitable[Any]], send: Callable[..., Any]) -> None:
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
