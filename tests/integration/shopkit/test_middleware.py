"""What happens around every request."""

import json
import re
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from shopkit.middleware import MAX_BODY_BYTES
from tests.integration.shopkit.conftest import Small
from tests.support.calls import ok, refused

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("given", ["req-12345678", "A" * 64])
async def test_a_callers_request_id_is_kept(small: Small, given: str) -> None:
    answer = await small.http.get("/things/1", headers={"X-Request-Id": given})
    assert answer.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", [None, "short", "a" * 65, "has space 123", 'quote"12345', "<script>123"])
async def test_a_strange_request_id_is_replaced(small: Small, given: str | None) -> None:
    headers = {"X-Request-Id": given} if given else {}
    ids = {(await small.http.get("/things/1", headers=headers)).headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in ids)


@pytest.mark.parametrize("path", ["/things/1", "/nowhere", "/boom", "/livez"])
async def test_every_answer_has_the_security_headers(small: Small, path: str) -> None:
    headers = (await small.http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"


async def test_an_error_nobody_foresaw_is_told_without_its_traceback(
    small: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await small.http.get("/boom", headers={"X-Request-Id": "req-12345678"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "code": "internal_error",
        "detail": "Something went wrong on our side. Please try again.",
        "requestId": "req-12345678",
    }
    assert "secret" not in answer.text


async def test_an_error_after_the_answer_began_cuts_the_connection(small: Small) -> None:
    with pytest.raises(RuntimeError):  # which a server turns into a closed connection
        await small.http.get("/half")
    await ok(small.http.get("/things/1"))


async def test_wrong_requests_are_problems(small: Small) -> None:
    await refused(small.http.get("/nowhere"), 404, "no_route")
    await refused(small.http.delete("/things/1"), 405, "http_405")
    assert (await small.http.delete("/things/1")).headers["allow"] == "GET"
    problem = await refused(small.http.get("/things/one"), 422, "validation_error")
    assert problem["detail"].startswith("thing: ")
    [error] = problem["errors"]
    assert (error["in"], error["field"], error["type"]) == ("path", "thing", "int_parsing")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "validation_error"),
        (b"{", 422, "invalid_json"),
        (b'{"word": }', 422, "invalid_json"),
        (b"[]", 422, "validation_error"),
        (b"null", 422, "validation_error"),
        (b'{"word": 1}', 422, "validation_error"),
        (b'{"word": "\\ud800"}', 422, "validation_error"),
        (b"\xff", 400, "http_400"),
        (b"[" * 100_000, 400, "http_400"),
        (b'{"word": ' + b"9" * 5_000 + b"}", 400, "http_400"),
    ],
)
async def test_bad_bodies_are_problems(small: Small, content: bytes, status: int, code: str) -> None:
    call = small.http.post("/echo", content=content, headers={"Content-Type": "application/json"})
    await refused(call, status, code)


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded"])
async def test_only_json_is_read(small: Small, media_type: str | None) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    await refused(small.http.post("/echo", content=b'{"word": "a"}', headers=headers), 422, "validation_error")


async def test_a_body_has_a_limit(small: Small) -> None:
    def body(size: int) -> bytes:
        return b'{"word": "' + b"a" * (size - 12) + b'"}'

    headers = {"Content-Type": "application/json"}
    await ok(small.http.post("/echo", content=body(MAX_BODY_BYTES), headers=headers))
    for size in (MAX_BODY_BYTES + 1, 3 * MAX_BODY_BYTES):
        await refused(small.http.post("/echo", content=body(size), headers=headers), 413, "body_too_large")


async def test_a_body_that_does_not_say_its_length_has_the_same_limit(small: Small) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MAX_BODY_BYTES:
            sent += 65_536
            yield b"a" * 65_536

    class Streaming(httpx.AsyncBaseTransport):
        """Hands the body to the app piece by piece, as a server does."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return await httpx.ASGITransport(small.app).handle_async_request(request)

    async with httpx.AsyncClient(transport=Streaming(), base_url="http://small") as http:
        call = http.post("/echo", content=endless(), headers={"Content-Type": "application/json"})
        await refused(call, 413, "body_too_large")
    assert sent <= MAX_BODY_BYTES + 65_536


async def test_requests_are_logged_with_their_id(small: Small, capsys: pytest.CaptureFixture[str]) -> None:
    await small.http.get("/things/7?secret=1", headers={"X-Request-Id": "req-12345678"})
    await small.http.get("/livez")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [line] = [line for line in lines if line.get("event") == "request"]
    assert line.pop("ms") >= 0
    assert line == {
        "level": "info",
        "event": "request",
        "service": "small",
        "method": "GET",
        "path": "/things/7",
        "status": 200,
        "request_id": "req-12345678",
    }


async def test_no_log_keeps_what_stands_in_a_path_but_ids(small: Small, capsys: pytest.CaptureFixture[str]) -> None:
    await small.http.get("/secrets/an-unguessable-link/of/7")
    await small.http.get("/secrets/mai@example.com/of/nobody")
    written = capsys.readouterr().out
    paths = [line["path"] for line in map(json.loads, written.splitlines()) if line.get("event") == "request"]
    assert paths == ["/secrets/{secret}/of/7", "/secrets/{secret}/of/{owner}"]
    assert "unguessable" not in written
    assert "mai@" not in written


async def test_how_long_an_answer_goes_on_is_not_its_latency(small: Small) -> None:
    assert (await small.http.get("/slow-end")).text == "firstlast"
    text = (await small.http.get("/metrics")).text
    assert 'http_request_seconds_bucket{le="0.2",route="/slow-end"} 1.0' in text


async def test_a_service_says_what_it_is_and_since_when(small: Small) -> None:
    text = (await small.http.get("/metrics")).text
    assert 'service_info{version="dev"} 1.0' in text
    [started] = re.findall(r"^service_started_timestamp_seconds (\S+)$", text, re.MULTILINE)
    assert 0 <= time.time() - float(started) < 60


async def test_requests_are_counted_by_route(small: Small) -> None:
    for path in ("/things/1", "/things/2", "/things/x", "/nowhere", "/boom", "/livez"):
        await small.http.get(path)
    text = (await small.http.get("/metrics")).text
    counted = dict(re.findall(r"^http_requests_total\{(.*)\} (.*)$", text, re.MULTILINE))
    assert counted == {
        'method="GET",route="/things/{thing}",status="200"': "2.0",
        'method="GET",route="/things/{thing}",status="422"': "1.0",
        'method="GET",route="unmatched",status="404"': "1.0",
        'method="GET",route="/boom",status="500"': "1.0",
    }
    assert 'http_request_seconds_count{route="/things/{thing}"} 3.0' in text
    assert "http_requests_in_flight 1.0" in text
    assert 'db_pool_connections{state="open"} ' in text
    assert (await small.http.get("/metrics")).headers["content-type"].startswith("text/plain; version=0.0.4")


async def test_a_long_path_is_cut_in_the_log(small: Small, capsys: pytest.CaptureFixture[str]) -> None:
    await refused(small.http.get("/" + "x" * 20_000), 404, "no_route")
    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"event":"request"' in line]
    assert line["path"] == "/" + "x" * 199 + "… (19801 more)"
