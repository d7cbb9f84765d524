"""Calls to other services: bounded in time, repeated only where that is harmless, with the request's id passed on."""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypedDict, TypeVar, Unpack, overload

import aiohttp
import httpx
import orjson
import structlog
from httpx_aiohttp import AiohttpTransport
from pydantic import BaseModel, TypeAdapter

from shopkit.errors import BUSY, Unavailable
from shopkit.visit import OPT_OUT, VISIT_HEADER

T = TypeVar("T")

IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})
RETRY_DELAYS_S = (0.05, 0.25)
FAST_S = 1.0
"""A call that has failed is repeated within this time."""
TIMEOUT = httpx.Timeout(3.0, connect=1.0)
"""`read` bounds the whole call, repetitions included: whoever waits for us must not wait for their sum."""
MAX_CONNECTIONS = 100
KEEPALIVE_S = 2.0
"""Servers close idle connections too: an expiry well below theirs spares us half-closed ones."""


@functools.lru_cache(maxsize=128)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _network(max_connections: int) -> httpx.AsyncBaseTransport:
    """Return httpx's way to the network: through aiohttp, which takes a quarter of the time of its own."""

    def connect() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=max_connections, keepalive_timeout=KEEPALIVE_S)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return AiohttpTransport(client=connect)


class ServiceProblem(Exception):
    """A service's problem+json answer. `body` is the whole problem, extra members included."""

    def __init__(self, status: int, code: str, detail: str, body: dict[str, Any]) -> None:
        self.status, self.code, self.detail, self.body = status, code, detail, body
        super().__init__(f"{status} {code}: {detail}")


class ServiceUnavailable(Unavailable):
    """A service did not answer, or answered 502, 503 or 504. A call that is not idempotent may still have worked."""

    def __init__(self, service: str) -> None:
        self.service = service
        super().__init__()


class ServiceBusy(ServiceUnavailable):
    """A service refused for now (503 `busy`): this call did nothing. Try again in `retry_after` seconds."""

    def __init__(self, service: str, retry_after: str) -> None:
        super().__init__(service)
        self.retry_after = int(retry_after) if retry_after.isdecimal() else 0


class CallOptions(TypedDict, total=False):
    """What a call may carry. `idempotent` overrides what the method says; parameters that are None are left out.

    A body is `json`, or `content` (bytes as they are, of the media type that `headers` name), or `files`: (name, bytes,
    media type) by form field.
    """

    json: BaseModel | Mapping[str, Any]
    content: bytes
    files: Mapping[str, tuple[str, bytes, str]]
    params: Mapping[str, Any]
    token: str
    headers: Mapping[str, str]
    idempotent: bool


class ServiceClient:
    """HTTP to one service. `token` is asked for a bearer token before each call that is given none.

    When the service refuses such a token, `forget_token` is called and the call repeated with the next one.
    `timeout.read` is how long a call may take, repetitions included. `max_connections` is 0 for any number.
    """

    def __init__(
        self,
        service: str,
        base_url: str,
        *,
        token: Callable[[], Awaitable[str]] | None = None,
        forget_token: Callable[[], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        self.service = service
        self._token = token
        self._forget_token = forget_token
        self._patience_s = timeout.read
        self._transport = transport or _network(max_connections)
        self.http = httpx.AsyncClient(base_url=base_url, timeout=timeout, transport=self._transport)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    @overload
    async def call(self, method: str, path: str, reply: type[T], **options: Unpack[CallOptions]) -> T: ...
    @overload
    async def call(self, method: str, path: str, reply: None = None, **options: Unpack[CallOptions]) -> None: ...

    async def call(
        self, method: str, path: str, reply: type[T] | None = None, **options: Unpack[CallOptions]
    ) -> T | None:
        """Call the service and return its answer as `reply`.

        A call is repeated on connection trouble and 502-504 only where its method is idempotent, or `idempotent` says
        that the service makes it so; and only where it failed fast: what took long will do so again.

        Raises:
            ServiceProblem: the service answered with an error of the caller's making (4xx) or a 500.
            ServiceUnavailable: the service could not be reached in time; `ServiceBusy` when it refused for now.
        """
        try:
            async with asyncio.timeout(self._patience_s):
                response = await self._ask(method, path, options)
        except TimeoutError:
            raise ServiceUnavailable(self.service) from None
        if response.is_success:
            return _adapter(reply).validate_json(response.content) if reply is not None else None  # type: ignore[arg-type]
        raise self._problem(response)

    async def _ask(self, method: str, path: str, options: CallOptions) -> httpx.Response:
        headers = await self._headers(options.get("headers"), options.get("token"))
        content = options.get("content")
        json = options.get("json")
        if json is not None:
            content = (
                json.model_dump_json(by_alias=True, exclude_unset=True).encode()
                if isinstance(json, BaseModel)
                else orjson.dumps(dict(json))
            )
            headers["Content-Type"] = "application/json"
        query = {k: v for k, v in options.get("params", {}).items() if v is not None}
        repeat = options.get("idempotent", method in IDEMPOTENT_METHODS)
        sent = {"content": content, "files": options.get("files"), "params": query}
        response = await self._send(method, path, repeat, **sent, headers=headers)
        if response.status_code == 401 and self._forget_token is not None and options.get("token") is None:
            # The signing key has changed since the token was made. Whoever is refused has changed nothing.
            self._forget_token()
            headers |= await self._headers(None, None)
            response = await self._send(method, path, repeat, **sent, headers=headers)
        return response

    async def _headers(self, given: Mapping[str, str] | None, token: str | None) -> dict[str, str]:
        headers = dict(given or {})
        if token is None and self._token is not None:
            token = await self._token()
        if token:
            headers["Authorization"] = f"Bearer {token}"
        context = structlog.contextvars.get_contextvars()
        if "request_id" in context:
            headers["X-Request-Id"] = context["request_id"]
        if token and "visit" in context:
            headers.setdefault(VISIT_HEADER, context["visit"])
        if token and context.get("opts_out"):
            headers |= OPT_OUT
        return headers

    async def _send(self, method: str, path: str, repeat: bool, **options: Any) -> httpx.Response:
        begun = time.monotonic()
        for delay in (*RETRY_DELAYS_S, None) if repeat else (None,):
            try:
                response = await self._request(method, path, options)
            except httpx.ConnectError:
                pass  # nothing was sent
            except httpx.TransportError:
                if not repeat:
                    raise ServiceUnavailable(self.service) from None
            else:
                if response.status_code not in {502, 503, 504}:
                    return response
                if response.status_code == 503 and self._problem(response).code == BUSY:
                    raise ServiceBusy(self.service, response.headers.get("Retry-After", ""))
            if time.monotonic() - begun > FAST_S:
                break
            if delay is not None:
                await asyncio.sleep(delay)
        raise ServiceUnavailable(self.service)

    async def _request(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        """Ask once, straight through the transport: what the client adds (logins, redirects, cookies) is not for us."""
        response = await self._transport.handle_async_request(self.http.build_request(method, path, **options))
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response

    @staticmethod
    def _problem(response: httpx.Response) -> ServiceProblem:
        try:
            body = response.json()
        except ValueError:
            body = {}
        if not isinstance(body, dict):
            body = {}
        return ServiceProblem(
            response.status_code,
            str(body.get("code", "unknown")),
            str(body.get("detail", response.reason_phrase)),
            body,
        )
