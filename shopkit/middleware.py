"""What happens around every request, as one ASGI layer: request id, access log, metrics, size limit, safe errors."""

import asyncio
import re
import time
import uuid
from collections.abc import Mapping
from types import MappingProxyType

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shopkit import log
from shopkit.errors import ProblemError, problem_response
from shopkit.metrics import Metrics
from shopkit.routes import Routes

MAX_BODY_BYTES = 1_048_576
BODY_S = 10.0
"""How long a body may take to come, and as much longer as its bytes take at `BODY_RATE`."""
BODY_RATE = 8 * 1024
"""Bytes a second: slower than any phone that can show the shop."""
MAX_LOGGED_PATH = 200
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
QUIET_PATHS = frozenset({"/health", "/livez", "/readyz", "/metrics"})
_ID = re.compile(r"[0-9]{1,19}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9-]{8,64}")


class RequestMiddleware:
    """Outermost layer of a service. Nothing above it turns an exception into an answer.

    `body_limits` are regular expressions of paths where a body may have more bytes than the usual; `body_s` is how long
    one may take.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        metrics: Metrics,
        routes: Routes,
        body_limits: Mapping[str, int] = MappingProxyType({}),
        body_s: float = BODY_S,
    ) -> None:
        self.app = app
        self.service = service
        self.metrics = metrics
        self.routes = routes
        self.body_s = body_s
        self.body_limits = [(re.compile(path), limit) for path, limit in body_limits.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 0
        answered = 0.0
        received = 0
        is_whole = False

        async def limited_receive() -> Message:
            nonlocal received, is_whole
            if is_whole:  # what is waited for is that the caller leaves
                return await receive()
            left = self.body_s + received / BODY_RATE - (time.perf_counter() - started)
            try:
                async with asyncio.timeout(left):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408) from None
            is_whole = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES and received > self._body_limit(scope["path"]):
                raise HTTPException(413)  # the one kind of exception that FastAPI lets through while it reads a body
            return message

        async def send_with_headers(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                answered = time.perf_counter()
                status = message["status"]
                headers = message["headers"] = list(message["headers"])
                headers.extend(SECURITY_HEADERS)
                headers.append((b"x-request-id", request_id.encode()))
            await send(message)

        self.metrics.in_flight.inc()
        try:
            self.routes.check(scope["method"], scope["path"])
            await self.app(scope, limited_receive, send_with_headers)
        except Exception as error:
            problem = error if isinstance(error, ProblemError) else ProblemError()
            if problem.status == 500:
                log.get().exception("request_failed", path=_loggable(scope))
            if status:
                raise  # the answer has begun; the server must cut the connection
            await problem_response(problem, request_id)(scope, receive, send_with_headers)
        finally:
            self.metrics.in_flight.dec()
            ended = time.perf_counter()
            self._record(scope, status, (answered or ended) - started, ended - started, request_id)

    def _body_limit(self, path: str) -> int:
        return next((limit for pattern, limit in self.body_limits if pattern.fullmatch(path)), MAX_BODY_BYTES)

    def _record(self, scope: Scope, status: int, latency: float, seconds: float, request_id: str) -> None:
        if scope["path"] in QUIET_PATHS:
            return
        route = getattr(scope.get("route"), "path", "unmatched")
        self.metrics.requests.labels(scope["method"], route, str(status)).inc()
        self.metrics.latency.labels(route).observe(latency)
        log.write_line(
            {
                "level": "info",
                "event": "request",
                "service": self.service,
                "method": scope["method"],
                "path": _loggable(scope),
                "status": status,
                "ms": round(seconds * 1000, 2),
                "request_id": request_id,
            }
        )


def _loggable(scope: Scope) -> str:
    """Return the path with ids alone filled in: whatever else stands in one may open an order or name a person."""
    route = getattr(scope.get("route"), "path", None)
    if route is None:
        return log.cut(scope["path"], MAX_LOGGED_PATH)
    for name, value in scope.get("path_params", {}).items():
        if _ID.fullmatch(str(value)):
            route = route.replace(f"{{{name}}}", str(value))
    return str(route)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode())
    return uuid.uuid4().hex
