"""`/media/*`: pictures come from the backend, through the shop's own address."""

import re

import httpx
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

_PATH = re.compile(r"/media/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*")
_ASKED = (b"accept", b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
_TOLD = frozenset(
    {
        "accept-ranges",
        "cache-control",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "etag",
        "last-modified",
        "vary",
    }
)
_STAND_ALONE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Policy of a picture opened by itself: an SVG could carry scripts."""


class Media:
    """Forwards GET and HEAD to the backend as a stream, with its caching headers."""

    def __init__(self, backend_url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=backend_url,
            timeout=httpx.Timeout(10.0, connect=1.0, pool=2.0),
            # Shorter than a server's keep-alive, so that no request goes into a connection being closed.
            limits=httpx.Limits(max_connections=64, keepalive_expiry=1.0),
            transport=transport,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 404 for a path that is none, 405 for another method, 502 while the backend is down."""
        path = scope["path"]
        if scope["method"] not in {"GET", "HEAD"}:
            await Response("Method not allowed", 405, {"allow": "GET, HEAD"}, "text/plain")(scope, receive, send)
            return
        if not _PATH.fullmatch(path):
            await Response("Not found", 404, media_type="text/plain")(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name in _ASKED]
        request = self._client.build_request(scope["method"], path, headers=headers)
        try:
            reply = await self._client.send(request, stream=True)
        except httpx.HTTPError:
            await Response("The picture cannot be had just now", 502, media_type="text/plain")(scope, receive, send)
            return
        try:
            told = {name: value for name, value in reply.headers.items() if name in _TOLD}
            told["content-security-policy"] = _STAND_ALONE
            await StreamingResponse(reply.aiter_raw(), reply.status_code, told)(scope, receive, send)
        finally:
            await reply.aclose()
