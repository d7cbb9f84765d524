"""Calls to other services: repeated only where that is harmless."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest
import structlog

from shopkit import client as client_module
from shopkit.client import ServiceBusy, ServiceClient, ServiceProblem, ServiceUnavailable
from shopkit.contracts.cart import CartChange, CartMerge
from shopkit.contracts.users import ServiceToken
from tests.support.ports import free_port

pytestmark = pytest.mark.anyio

Answer = httpx.Response | Exception


class Server(httpx.AsyncBaseTransport):
    """Answers as told, one after the other, and keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "RETRY_DELAYS_S", (0.0, 0.0))


def calling(server: Server, token: Callable[[], Awaitable[str]] | None = None) -> ServiceClient:
    return ServiceClient("backend", "http://backend", token=token, transport=server)


TROUBLE: list[Answer] = [
    httpx.ConnectError("refused"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("cut off"),
    httpx.Response(502),
    httpx.Response(503),
    httpx.Response(504),
]


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: str(getattr(trouble, "status_code", trouble)))
@pytest.mark.parametrize(
    ("method", "options", "repeated"),
    [
        ("GET", {}, True),
        ("PUT", {}, True),
        ("DELETE", {}, True),
        ("POST", {}, False),
        ("PATCH", {}, False),
        ("POST", {"idempotent": True}, True),
        ("GET", {"idempotent": False}, False),
    ],
)
async def test_only_harmless_calls_are_repeated(
    trouble: Answer, method: str, options: dict[str, Any], repeated: bool
) -> None:
    server = Server(trouble, trouble, httpx.Response(200, json=5))
    client = calling(server)
    if repeated:
        assert await client.call(method, "/x", int, **options) == 5
        assert len(server.asked) == 3
    else:
        with pytest.raises(ServiceUnavailable) as refusal:
            await client.call(method, "/x", int, **options)
        assert (refusal.value.service, refusal.value.status, refusal.value.code) == ("backend", 503, "unavailable")
        assert len(server.asked) == 1
    await client.aclose()


async def test_three_tries_are_all() -> None:
    server = Server(*[httpx.ConnectError("refused")] * 3, httpx.Response(200, json=5))
    with pytest.raises(ServiceUnavailable):
        await calling(server).call("GET", "/x", int)
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 429, 500])
async def test_an_answer_is_an_answer(status: int) -> None:
    problem = {"code": "price_changed", "detail": "Prices have changed.", "lines": [1]}
    server = Server(httpx.Response(status, json=problem))
    with pytest.raises(ServiceProblem) as answer:
        await calling(server).call("GET", "/x", int)
    assert (answer.value.status, answer.value.code, answer.value.detail) == (status, problem["code"], problem["detail"])
    assert answer.value.body == problem


@pytest.mark.parametrize("content", [b"", b"<html>", b"[1]", b"null"])
async def test_an_error_that_is_no_problem_is_told_all_the_same(content: bytes) -> None:
    with pytest.raises(ServiceProblem) as answer:
        await calling(Server(httpx.Response(404, content=content))).call("GET", "/x", int)
    assert (answer.value.code, answer.value.detail, answer.value.body) == ("unknown", "Not Found", {})


async def test_the_requests_id_goes_along() -> None:
    server = Server(httpx.Response(204), httpx.Response(204))
    client = calling(server)
    with structlog.contextvars.bound_contextvars(request_id="req-12345678"):
        await client.call("DELETE", "/x")
    await client.call("DELETE", "/x")
    assert [request.headers.get("x-request-id") for request in server.asked] == ["req-12345678", None]


async def test_a_body_is_camel_case_and_says_only_what_was_said() -> None:
    server = Server(httpx.Response(204), httpx.Response(204))
    client = calling(server)
    await client.call("POST", "/x", json=CartMerge(from_user_id=1, to_user_id=2))
    await client.call("POST", "/x", json=CartChange.model_construct())
    assert [orjson.loads(request.content) for request in server.asked] == [{"fromUserId": 1, "toUserId": 2}, {}]
    assert server.asked[0].headers["content-type"] == "application/json"


async def test_an_answer_is_read_as_its_type() -> None:
    server = Server(httpx.Response(200, json={"accessToken": "t", "expiresIn": 900, "new": 1}))
    token = await calling(server).call("POST", "/x", ServiceToken)
    assert (token.access_token, token.expires_in) == ("t", 900)


async def test_parameters_that_are_none_are_left_out() -> None:
    server = Server(httpx.Response(204))
    await calling(server).call("GET", "/x", params={"q": "bánh", "page": 1, "after": None})
    assert server.asked[0].url.query == b"q=b%C3%A1nh&page=1"


async def test_a_token_is_asked_for_unless_one_is_given() -> None:
    asked = 0

    async def token() -> str:
        nonlocal asked
        asked += 1
        return f"own-{asked}"

    server = Server(*[httpx.Response(204) for _ in range(3)])
    client = calling(server, token)
    await client.call("DELETE", "/x")
    await client.call("DELETE", "/x", token="given")
    await client.call("DELETE", "/x")
    assert [request.headers["authorization"] for request in server.asked] == [
        "Bearer own-1",
        "Bearer given",
        "Bearer own-2",
    ]


def renewing(server: Server, forgotten: list[bool]) -> ServiceClient:
    async def token() -> str:
        return f"own-{len(forgotten)}"

    return ServiceClient(
        "backend", "http://backend", token=token, forget_token=lambda: forgotten.append(True), transport=server
    )


async def test_a_refused_token_of_ones_own_is_renewed_once() -> None:
    forgotten: list[bool] = []
    server = Server(httpx.Response(401), httpx.Response(204), httpx.Response(401), httpx.Response(401))
    client = renewing(server, forgotten)
    await client.call("POST", "/x", json=CartChange(quantity=2))
    assert [request.headers["authorization"] for request in server.asked] == ["Bearer own-0", "Bearer own-1"]
    assert [request.content for request in server.asked] == [b'{"quantity":2}'] * 2
    with pytest.raises(ServiceProblem) as refused:
        await client.call("POST", "/x")
    assert refused.value.status == 401
    assert len(server.asked) == 4


async def test_a_refused_token_that_was_given_is_the_callers_matter() -> None:
    forgotten: list[bool] = []
    server = Server(httpx.Response(401))
    with pytest.raises(ServiceProblem):
        await renewing(server, forgotten).call("GET", "/x", token="given")
    assert forgotten == []
    assert len(server.asked) == 1


async def test_idle_connections_are_closed_before_the_server_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert client_module.KEEPALIVE_S < 5  # uvicorn's own
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 0.1)
    requests, closed = list[str](), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := (await reader.readline()).decode():
            requests.append(head.split(" HTTP")[0])
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\n{}")
        writer.close()
        closed.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        client = ServiceClient("backend", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        for _ in range(2):  # the second goes over the first one's connection
            assert await client.call("GET", "/x", dict[str, Any]) == {}
        async with asyncio.timeout(10):
            await closed.wait()
        assert requests == ["GET /x", "GET /x"]
        await client.aclose()


async def test_nobody_listening_is_unavailable(unused_port: int) -> None:
    client = ServiceClient("backend", f"http://127.0.0.1:{unused_port}")
    with pytest.raises(ServiceUnavailable):
        await client.call("GET", "/x")
    await client.aclose()


@pytest.fixture
def unused_port() -> int:
    return free_port()


@pytest.mark.parametrize("trouble", [httpx.ReadTimeout("slow"), httpx.Response(503)], ids=["timeout", "503"])
async def test_what_failed_slowly_is_not_tried_again(trouble: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "FAST_S", -1.0)
    server = Server(trouble, httpx.Response(200, json=5))
    with pytest.raises(ServiceUnavailable):
        await calling(server).call("GET", "/x", int)
    assert len(server.asked) == 1


async def test_a_call_ends_in_time_whatever_it_is_made_of() -> None:
    """The token, the repetitions and the answer together, of which each alone would be in time."""

    class Slow(Server):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(0.1)
            return await super().handle_async_request(request)

    async def slow_token() -> str:
        await asyncio.sleep(0.1)
        return "token"

    server = Slow(*[httpx.Response(503)] * 2, httpx.Response(200, json=5))
    timeout = httpx.Timeout(0.25)
    client = ServiceClient("backend", "http://backend", token=slow_token, transport=server, timeout=timeout)
    with pytest.raises(ServiceUnavailable):
        await client.call("GET", "/x", int)
    assert len(server.asked) == 1


async def test_a_service_that_refuses_for_now_is_not_asked_again() -> None:
    problem = {"status": 503, "code": "busy", "detail": "Too much to do."}
    server = Server(httpx.Response(503, json=problem, headers={"Retry-After": "30"}))
    with pytest.raises(ServiceBusy) as refusal:
        await calling(server).call("POST", "/x", idempotent=True)
    assert (refusal.value.service, refusal.value.retry_after, len(server.asked)) == ("backend", 30, 1)
