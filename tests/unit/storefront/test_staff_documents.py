"""Documents of the back office: there for staff, led to the login for strangers, not there for other customers."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import reflex as rx

from shopkit.client import ServiceClient
from storefront.clients import wiring
from storefront.clients.catalog import CatalogClient
from storefront.edge import Edge
from storefront.edge.uploads import TAB_HEADER
from storefront.i18n import t
from storefront.pages.base import Page
from storefront.session_cookie import COOKIE
from storefront.sockets.identity import BROWSER_COOKIE
from storefront.storefront import pages
from tests.unit.storefront.fakes import BROWSER, SID, TAB_TOKEN, Services, guest, problem, user

pytestmark = pytest.mark.anyio
STYLES = '<meta name="styles" content="/assets/a.css"/>'


def document(main: str) -> str:
    frame = f'<div lang="vi"><header>H</header><main id="main">{main}</main><footer>F</footer></div>'
    return f'<!DOCTYPE html><html lang="vi"><head>{STYLES}</head><body>{frame}<script>run()</script></body></html>'


async def behind(_scope: Any, receive: Any, send: Any) -> None:
    """Stand in for Reflex: it tells how much of an upload it was given."""
    size = len((await receive())["body"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"reflex took {size}".encode()})


@pytest.fixture
def browser(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncClient:
    for name in ("menu", "admin/orders", "en/menu", "en/admin/orders"):
        file = tmp_path / f"{name}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(document("THE BACK OFFICE" if "admin" in name else "M"), encoding="utf-8")
    fallback = f'<html lang="vi"><head>{STYLES}</head><body><div id="early"></div></body></html>'
    (tmp_path / "__spa-fallback.html").write_text(fallback, encoding="utf-8")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.css").write_text("", encoding="utf-8")
    catalog = CatalogClient(ServiceClient("backend", "http://backend", transport=httpx.MockTransport(services)))
    monkeypatch.setattr(wiring, "catalog", lambda: catalog)
    known = [
        Page(key=key, path=path, build=rx.fragment, indexed=False)
        for key, path in (("menu", "/menu"), ("login", "/admin/orders"), ("order", "/admin/orders/[order_id]"))
    ]
    transport = httpx.ASGITransport(Edge(behind, known, tmp_path))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000")


def come_as(browser: httpx.AsyncClient, services: Services, person: dict[str, Any] | None) -> None:
    if person:
        services.live_session(person)
    browser.headers["Cookie"] = f"{COOKIE}={wiring.signer().cookie(SID)}; {BROWSER_COOKIE}={BROWSER}"


PATHS = ["/admin", "/admin/orders", "/admin/orders/0190", "/admin/nothing", "/en/admin", "/en/admin/orders"]


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_is_led_to_the_login(browser: httpx.AsyncClient, services: Services, path: str) -> None:
    answer = await browser.get(path)
    login = "/en/login" if path.startswith("/en") else "/login"
    assert (answer.status_code, answer.headers["location"]) == (303, f"{login}?next={path.replace('/', '%2F')}")
    assert answer.headers["cache-control"] == "private, no-store"
    assert services.requests == []


@pytest.mark.parametrize("first", ["assets", "fonts", "auth", "ping", "_health", "_event", "media", "admin/.", "."])
@pytest.mark.parametrize("way", ["/%2E./admin/orders.html", "/%2e%2e/admin/orders", "/..%2fadmin%2forders.html"])
async def test_no_way_around_leads_to_it(browser: httpx.AsyncClient, first: str, way: str) -> None:
    url = browser.base_url.copy_with(raw_path=f"/{first}{way}".encode())
    answer = await browser.get(url)
    assert answer.status_code == 404
    assert "THE BACK OFFICE" not in answer.text
    assert "reflex" not in answer.text
    assert "immutable" not in answer.headers["cache-control"]


async def test_the_way_back_keeps_the_filters(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/admin/orders?view=table&q=a b")
    assert answer.headers["location"] == "/login?next=%2Fadmin%2Forders%3Fview%3Dtable%26q%3Da%2520b"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("cookie", ["a guest's", "of a session that is over", "forged"])
async def test_neither_is_anybody_else_without_an_account(
    browser: httpx.AsyncClient, services: Services, path: str, cookie: str
) -> None:
    come_as(browser, services, guest() if cookie == "a guest's" else None)
    if cookie == "of a session that is over":
        services.answers["POST", f"/internal/sessions/{SID}/token"] = problem(404, "not_found")
    if cookie == "forged":
        browser.headers["Cookie"] = f"{COOKIE}={SID}"
    answer = await browser.get(path)
    assert answer.status_code == 303
    assert "/login?next=" in answer.headers["location"]


@pytest.mark.parametrize("path", PATHS)
async def test_for_a_customer_there_is_no_back_office(
    browser: httpx.AsyncClient, services: Services, path: str
) -> None:
    come_as(browser, services, user())
    answer = await browser.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "private, no-store")
    assert "THE BACK OFFICE" not in answer.text


@pytest.mark.parametrize("path", PATHS)
async def test_staff_get_it(browser: httpx.AsyncClient, services: Services, path: str) -> None:
    come_as(browser, services, user(role="ADMIN"))
    answer = await browser.get(path)
    there = path.removeprefix("/en") in {"/admin/orders", "/admin/orders/0190"}
    assert answer.status_code == (200 if there else 404)
    assert answer.headers["cache-control"] == "private, no-store"
    assert "Cookie" in answer.headers["vary"]
    if path.endswith("/orders"):
        assert "THE BACK OFFICE" in answer.text


async def test_while_the_user_service_is_away_nobody_gets_in(browser: httpx.AsyncClient, services: Services) -> None:
    services.answers["POST", f"/internal/sessions/{SID}/token"] = problem(500, "internal_error")
    come_as(browser, services, None)
    answer = await browser.get("/admin/orders")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["cache-control"] == "private, no-store"
    assert '<meta http-equiv="refresh" content="5">' in answer.text
    assert t("vi", "errors.unavailable_title") in answer.text
    assert "THE BACK OFFICE" not in answer.text


@pytest.mark.parametrize(("person", "status"), [(None, 403), (guest(), 403), (user(), 403), (user(role="ADMIN"), 200)])
async def test_only_staffs_uploads_are_read(
    browser: httpx.AsyncClient, services: Services, person: dict[str, Any] | None, status: int
) -> None:
    if person:
        come_as(browser, services, person)
    answer = await browser.post("/_upload", content=b"x" * 10, headers={TAB_HEADER: TAB_TOKEN})
    assert answer.status_code == status
    assert (answer.text == "reflex took 10") is (status == 200)


def test_every_page_for_staff_is_where_the_edge_looks_for_them() -> None:
    staff = [page for page in pages if type(page).__name__ == "AdminPage"]
    assert {page.path for page in pages if page.path.startswith("/admin")} == {page.path for page in staff}
    assert not any(page.indexed for page in staff)
