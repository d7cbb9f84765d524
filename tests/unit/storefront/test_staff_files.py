"""Files that staff send and fetch: how large, and by whom."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from storefront.clients import wiring
from storefront.edge.uploads import MAX_BODY_BYTES, TAB_HEADER, Uploads
from storefront.session_cookie import COOKIE, SessionSigner
from storefront.shared import Memory
from storefront.sockets.identity import BROWSER_COOKIE, tab_id
from storefront.staff_routes import EXPORT_PATH, routes
from tests.unit.storefront.admin import STAFF
from tests.unit.storefront.fakes import BROWSER, SID, TAB_TOKEN, Services, guest, problem, user

pytestmark = pytest.mark.anyio
CSV = ("GET", "/api/admin/products.csv")


async def reading(scope: Any, receive: Any, send: Any) -> None:
    """Stand in for Reflex: it reads the whole body, and tells how much that was."""
    del scope
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"read {size}".encode()})


def client(app: Any, services: Services, person: dict[str, Any] | None) -> httpx.AsyncClient:
    headers = {"Cookie": f"{BROWSER_COOKIE}={BROWSER}", TAB_HEADER: TAB_TOKEN}
    if person:
        services.live_session(person)
        headers["Cookie"] += f"; {COOKIE}={wiring.signer().cookie(SID)}"
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop", headers=headers)


async def test_a_file_of_staffs_is_passed_on(services: Services) -> None:
    browser = client(Uploads(reading), services, STAFF)
    answer = await browser.post("/_upload", content=b"x" * 1000)
    assert (answer.status_code, answer.text) == (200, "read 1000")


async def test_a_file_is_for_the_tab_of_its_own_browser(services: Services) -> None:
    told: list[list[bytes]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        told.append([value for name, value in scope["headers"] if name == TAB_HEADER.encode()])
        await reading(scope, receive, send)

    await client(Uploads(app), services, STAFF).post("/_upload", content=b"x")
    assert told == [[tab_id(BROWSER, TAB_TOKEN).encode()]]


@pytest.mark.parametrize(
    "change",
    [
        {TAB_HEADER: ""},
        {TAB_HEADER: "admin"},
        {"Cookie": f"{COOKIE}={SessionSigner('a secret for the tests', Memory()).cookie(SID)}"},
        {"Cookie": f"{COOKIE}={SessionSigner('a secret for the tests', Memory()).cookie(SID)}; {BROWSER_COOKIE}=short"},
    ],
)
async def test_a_file_for_no_tab_is_not_read(services: Services, change: dict[str, str]) -> None:
    taken: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        taken.append(scope)

    answer = await client(Uploads(app), services, STAFF).post("/_upload", content=b"x", headers=change)
    assert (answer.status_code, taken) == (403, [])


async def test_a_file_that_says_it_is_too_large_is_not_read(services: Services) -> None:
    taken: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        taken.append(scope)
        await reading(scope, receive, send)

    headers = {"Content-Length": str(MAX_BODY_BYTES + 1)}
    answer = await client(Uploads(app), services, STAFF).post("/_upload", content=b"x", headers=headers)
    assert (answer.status_code, answer.json()["code"], taken) == (413, "body_too_large", [])


async def test_a_file_that_does_not_say_is_read_no_further_than_allowed(services: Services) -> None:
    async def content() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1_000_000 + 2):
            yield b"x" * 1_000_000

    browser = client(Uploads(_catching(reading)), services, STAFF)
    answer = await browser.post("/_upload", content=content())
    assert (answer.status_code, answer.text) == (413, "stopped")


def _catching(app: Any) -> Any:
    """Answer the exception as Reflex's own app does."""

    async def caught(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            status = error.status_code  # type: ignore[attr-defined]
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": b"stopped"})

    return caught


async def test_what_was_uploaded_cannot_be_fetched(services: Services) -> None:
    answer = await client(Uploads(reading), services, STAFF).get("/_upload/a.png")
    assert answer.status_code == 405


async def test_staff_fetch_the_catalogue_with_their_own_right(services: Services) -> None:
    headers = {"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="p.csv"'}
    services.answers[CSV] = httpx.Response(200, content=b"slug,name\n", headers=headers)
    answer = await client(Starlette(routes=routes), services, STAFF).get(EXPORT_PATH)
    assert (answer.status_code, answer.content) == (200, b"slug,name\n")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="p.csv"'
    assert services.requests[-1].headers["Authorization"] == f"Bearer access-{SID}"


@pytest.mark.parametrize(("person", "status"), [(None, 303), (guest(), 303), (user(), 403)])
async def test_nobody_else_does(services: Services, person: dict[str, Any] | None, status: int) -> None:
    answer = await client(Starlette(routes=routes), services, person).get(EXPORT_PATH)
    assert answer.status_code == status
    assert [request for request in services.requests if request.url.path == CSV[1]] == []


@pytest.mark.parametrize("answer", [problem(403, "forbidden"), problem(500, "internal_error"), httpx.ConnectError("x")])
async def test_an_export_that_cannot_be_had_is_told(services: Services, answer: Any) -> None:
    services.answers[CSV] = answer
    reply = await client(Starlette(routes=routes), services, STAFF).get(EXPORT_PATH)
    assert (reply.status_code, reply.json()["code"]) == (503, "unavailable")
