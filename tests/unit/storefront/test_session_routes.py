import httpx
import pytest
from starlette.applications import Starlette

from storefront.clients import wiring
from storefront.session_cookie import COOKIE, DEVICE_COOKIE, SessionSigner, device_in
from storefront.session_routes import routes
from storefront.shared import Memory
from storefront.sockets.identity import BROWSER_COOKIE, browser_key
from tests.unit.storefront.fakes import BROWSER, SID, Services

pytestmark = pytest.mark.anyio
ORIGIN = "http://127.0.0.1:3000"
OWN = {"X-SweetDream": "1", "Origin": ORIGIN}


@pytest.fixture
def browser(services: Services) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=routes)), base_url=ORIGIN)


async def test_a_code_becomes_an_http_only_cookie(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/auth/exchange", content=wiring.signer().code(SID, "exchange"), headers=OWN)
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=2592000"))
    assert wiring.signer().read_cookie(browser.cookies[COOKIE]) == SID


async def test_a_device_token_comes_with_the_code_and_outlives_the_logout(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/auth/exchange", content=wiring.signer().code(SID, "exchange", "dev-1"), headers=OWN)
    cookies = {value.partition("=")[0]: value for value in answer.headers.get_list("set-cookie")}
    assert set(cookies) == {COOKIE, DEVICE_COOKIE}
    assert all(part in cookies[DEVICE_COOKIE] for part in ("=dev-1;", "HttpOnly", "SameSite=lax", "Max-Age=15552000"))
    await browser.post("/auth/logout", headers=OWN)
    assert (COOKIE in browser.cookies, browser.cookies[DEVICE_COOKIE]) == (False, "dev-1")


@pytest.mark.parametrize(
    ("header", "device"),
    [("a=b; sweetdream_device=dev-1", "dev-1"), ("a=b", ""), ("sweetdream_device=no spaces", ""), ("", "")],
)
def test_the_device_in_a_header(header: str, device: str) -> None:
    assert device_in(header) == device


async def test_a_code_works_once(browser: httpx.AsyncClient) -> None:
    code = wiring.signer().code(SID, "exchange")
    await browser.post("/auth/exchange", content=code, headers=OWN)
    again = await browser.post("/auth/exchange", content=code, headers=OWN)
    assert (again.status_code, again.json()["code"], "set-cookie" in again.headers) == (422, "bad_code", False)


@pytest.mark.parametrize("code", ["", "x", "a.b.c", "đ", "x" * 5000])
async def test_a_forged_code_sets_no_cookie(browser: httpx.AsyncClient, code: str) -> None:
    answer = await browser.post("/auth/exchange", content=code.encode(), headers=OWN)
    assert (answer.status_code, "set-cookie" in answer.headers) == (422, False)


async def test_a_code_for_a_tab_is_not_good_for_a_cookie(browser: httpx.AsyncClient) -> None:
    code = wiring.signer().code(SID, "adopt")
    assert (await browser.post("/auth/exchange", content=code, headers=OWN)).status_code == 422


async def test_a_code_expires(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = SessionSigner("secret", Memory())
    code = signer.code(SID, "adopt")
    monkeypatch.setattr("storefront.session_cookie.CODE_AGE_S", -1)
    assert (await signer.redeem(code, "adopt")).sid == ""


@pytest.mark.parametrize("path", ["/auth/exchange", "/auth/logout", "/auth/handoff"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": ORIGIN},
        {"X-SweetDream": "1"},
        {"X-SweetDream": "1", "Origin": "https://evil.example"},
        {"X-SweetDream": "1", "Origin": "null"},
        {"X-SweetDream": "1", "Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_other_sites_are_refused(browser: httpx.AsyncClient, path: str, headers: dict[str, str]) -> None:
    browser.headers["Cookie"] = f"{COOKIE}={wiring.signer().cookie(SID)}"
    answer = await browser.post(path, content=wiring.signer().code(SID, "exchange"), headers=headers)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


async def test_a_second_tab_gets_a_code_for_the_browsers_session(browser: httpx.AsyncClient) -> None:
    browser.headers["Cookie"] = f"{COOKIE}={wiring.signer().cookie(SID)}"
    answer = await browser.post("/auth/handoff", headers=OWN)
    assert await wiring.signer().redeem(answer.json()["code"], "adopt") == (SID, "")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("cookie", ["", "rubbish", '"'])
async def test_without_a_session_there_is_nothing_to_hand_over(browser: httpx.AsyncClient, cookie: str) -> None:
    browser.headers["Cookie"] = f"{COOKIE}={cookie}"
    assert (await browser.post("/auth/handoff", headers=OWN)).status_code == 204


async def test_logout_takes_the_cookie_away_and_changes_the_browsers_key(browser: httpx.AsyncClient) -> None:
    browser.headers["Cookie"] = f"{COOKIE}={wiring.signer().cookie(SID)}; {BROWSER_COOKIE}={BROWSER}"
    answer = await browser.post("/auth/logout", headers=OWN)
    assert answer.status_code == 204
    taken = answer.headers.get_list("set-cookie")
    assert [cookie.partition("=")[0] for cookie in taken] == [COOKIE, BROWSER_COOKIE]
    assert "Max-Age=0" in taken[0]
    assert taken[1].endswith("; HttpOnly; Max-Age=31104000; Path=/; SameSite=strict")
    assert browser_key(browser.cookies) not in {"", BROWSER}


async def test_a_cookie_of_another_secret_is_nobodys(services: Services) -> None:
    assert wiring.signer().read_header(f"{COOKIE}={SessionSigner('other', Memory()).cookie(SID)}") == ""
    assert wiring.signer().read_header("") == ""


@pytest.mark.parametrize("other", ['prefs={"a":1}', "a b=c", 'x="', "=", "naïve=é"])
async def test_cookies_of_others_do_not_hide_the_session(services: Services, other: str) -> None:
    own = f"{COOKIE}={wiring.signer().cookie(SID)}"
    assert wiring.signer().read_header(f"{other}; {own}") == SID
    assert wiring.signer().read_header(f"{own}; {other}") == SID
