"""A tab's token is worth nothing to anybody else: what counts is the browser that it is in."""

import re
import uuid
from collections.abc import Mapping

import pytest
from playwright.sync_api import Page

from storefront.i18n import t
from storefront.session_cookie import COOKIE
from storefront.sockets.identity import BROWSER_COOKIE
from storefront.state.account import ProfileState
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.e2e.test_admin_doors import staff_events
from tests.e2e.test_admin_orders import placed, read
from tests.support.apps import ADMIN
from tests.support.storefront import Site
from tests.support.tabs import Tab, open_tab

NOBODY = {"is_signed_in": False, "is_admin": False, "person_name": "", "person_email": ""}
SAVE_PROFILE = f"{ProfileState.get_full_name()}.save"


def token_of(page: Page) -> str:
    token: str = page.evaluate("sessionStorage.getItem('token')")
    return token


def cookies_of(page: Page) -> dict[str, str]:
    return {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}  # type: ignore[typeddict-item]


def as_header(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def leave(page: Page) -> None:
    """Go away from the shop. The server keeps the State of the tab, which may come back."""
    page.goto("about:blank")


def register(page: Page, name: str = "Lê Thị Hồng Gấm") -> dict[str, str]:
    person = {"email": f"own-{uuid.uuid4().hex[:8]}@example.com", "name": name}
    steps.register(page, person["email"], name=person["name"])
    page.wait_for_url("**/account")
    steps.ready(page)
    return person


def person_in(tab: Tab) -> dict[str, object]:
    return {name: value for name, value in tab.session().items() if name in NOBODY}


def profile_of(site: Site, email: str) -> dict[str, object]:
    (found,) = site.admin.call("user_service", "GET", f"/api/customers?q={email}")["items"]
    return {name: found[name] for name in ("name", "phone", "address")}


@pytest.mark.parametrize("victim_is_there", [True, False])
@pytest.mark.parametrize("thief", ["without a cookie", "with cookies of their own", "with a cookie made up"])
def test_a_customers_token_opens_nothing(site: Site, visitor: Visitor, thief: str, victim_is_there: bool) -> None:
    page = visitor(site)
    victim = register(page)
    before = profile_of(site, victim["email"])
    token, url = token_of(page), page.url
    if not victim_is_there:
        leave(page)
    made_up = f"{BROWSER_COOKIE}={'A' * 32}; {COOKIE}=made.up"
    cookie = {"without a cookie": "", "with a cookie made up": made_up}.get(thief)
    own: dict[str, object] = NOBODY
    if cookie is None:
        other = visitor(site)
        somebody = register(other, "Kẻ Tò Mò")
        cookie = as_header(cookies_of(other))
        own = {**NOBODY, "is_signed_in": True, "person_name": somebody["name"], "person_email": somebody["email"]}

    with open_tab(site, token=token, cookie=cookie, path="/account") as tab:
        assert person_in(tab) == own
        tab.fire(SAVE_PROFILE, {"form": {"name": "Kẻ Gian", "phone": "0909999999", "address": "nowhere"}}, "/account")
        tab.hear_out("/account")
        assert victim["email"] not in tab.heard
        assert victim["name"] not in tab.heard

    assert profile_of(site, victim["email"]) == before
    if not victim_is_there:
        page.goto(url)
        steps.ready(page)
    steps.signed_in(page, victim["name"])
    assert token_of(page) == token


def test_an_admins_token_moves_nothing(site: Site, visitor: Visitor) -> None:
    order = placed(site)
    desk = visitor(site)
    steps.staff(desk, "/admin/orders")
    token, desks = token_of(desk), cookies_of(desk)
    leave(desk)
    path = f"/admin/orders/{order['id']}"
    for cookie in ("", f"{COOKIE}={'A' * 40}"):
        with open_tab(site, token=token, cookie=cookie, path=path) as tab:
            for name, payload in staff_events(order):
                tab.fire(name, payload, path)
            tab.hear_out(path)
            assert person_in(tab) == NOBODY
            assert ADMIN["email"] not in tab.heard
            assert order["contactName"] not in tab.heard
            assert any("/login?next=" in str(script) for script in tab.scripts)
    now = read(site, order)
    assert (now["status"], now["version"], len(now["timeline"])) == ("PENDING", order["version"], 1)
    assert site.admin.call("order_service", "GET", f"/api/orders/{order['id']}/notes") == []

    # The same token, from the browser that it belongs to.
    with open_tab(site, token=token, cookie=as_header(desks), path=path) as tab:
        assert (tab.token, tab.session()["is_admin"]) == (token, True)
        assert order["contactName"] in tab.heard


def test_a_tab_that_slept_through_a_sign_out_wakes_up_as_nobodys(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    victim = register(page)
    token, cookies = token_of(page), cookies_of(page)
    leave(page)
    left_behind = as_header({BROWSER_COOKIE: cookies[BROWSER_COOKIE]})
    # Right after signing in the cookie may still be on its way; once it was seen, it has to come along.
    with open_tab(site, token=token, cookie=as_header(cookies)) as tab:
        assert person_in(tab)["person_email"] == victim["email"]
    with open_tab(site, token=token, cookie=left_behind) as tab:
        assert tab.token != token
        assert person_in(tab) == NOBODY
        assert victim["email"] not in tab.heard


def test_a_tab_that_was_duplicated_gets_a_state_of_its_own(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    person = register(page)
    token, cookie = token_of(page), as_header(cookies_of(page))
    with open_tab(site, token=token, cookie=cookie, path="/account") as copy:
        assert copy.token != token
        assert person_in(copy)["person_email"] == person["email"]
        told = copy.token
    with open_tab(site, token=told, cookie=cookie, path="/account") as copy:
        assert copy.token == told


def test_the_browsers_key_is_out_of_reach_of_scripts(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.open_page(page, "/")
    (key,) = [cookie for cookie in page.context.cookies() if cookie["name"] == BROWSER_COOKIE]  # type: ignore[typeddict-item]
    assert (key["httpOnly"], key["sameSite"], key["path"]) == (True, "Strict", "/")  # type: ignore[typeddict-item]
    page.reload()
    steps.ready(page)
    assert cookies_of(page)[BROWSER_COOKIE] == key["value"]  # type: ignore[typeddict-item]
    steps.register(page, f"own-{uuid.uuid4().hex[:8]}@example.com")
    steps.open_page(page, "/account")
    page.get_by_role("button", name=t("vi", "account.sign_out")).first.click()
    page.wait_for_url(lambda url: url.rstrip("/") == site.url)
    steps.ready(page)
    assert cookies_of(page)[BROWSER_COOKIE] != key["value"]  # type: ignore[typeddict-item]


def test_tokens_come_from_the_browsers_source_of_randomness(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    page.add_init_script("crypto.getRandomValues = bytes => bytes.fill(255)")
    page.add_init_script("Math.random = () => 0")
    steps.open_page(page, "/")
    assert token_of(page) == "ffffffff-ffff-4fff-bfff-ffffffffffff"


@pytest.mark.parametrize("query", ["", "token=", "token=admin", f"token={'a' * 1_000}"])
def test_no_tab_connects_without_a_proper_token(site: Site, query: str) -> None:
    with pytest.raises(Exception, match="HTTP 403"), open_tab(site, query=query):
        pass


def test_no_log_tells_a_token(site: Site, visitor: Visitor) -> None:
    page = visitor(site, allow_errors=True)
    register(page)
    steps.open_page(page, "/menu")
    token, key = token_of(page), cookies_of(page)[BROWSER_COOKIE]
    # The tab finds the shop again after a restart, and its person is still theirs.
    site.shop.restart("storefront")
    steps.open_page(page, "/account")
    steps.signed_in(page, "Lê Thị Hồng Gấm")
    assert token_of(page) == token
    written = site.shop.log("storefront")
    assert len(re.findall(r"WebSocket /_event/.*token=\[redacted\]", written)) > 2
    assert token not in written
    assert key not in written
