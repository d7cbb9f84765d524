"""Who is not staff finds no back office: by no address, and by no event, however it is sent."""

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from reflex_base.registry import RegistrationContext

from storefront.guard import STAFF_STATES
from storefront.i18n import LANGS, href, split, t
from storefront.session_cookie import COOKIE
from storefront.state.session import SessionState
from storefront.storefront import pages
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.e2e.test_admin_orders import placed, read, second_admin
from tests.support.storefront import Site

SESSION = SessionState.get_full_name()
ADDRESSES = [
    href(lang, page.path.replace("[order_id]", "0190").replace("[", "").replace("]", ""))
    for page in pages
    for lang in LANGS
    if page.path.startswith("/admin")
]

# Speaks to the shop's websocket as its own script does, but says what we want.
_FIRE = """
async ([events, path]) => {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/_event/?EIO=4&transport=websocket&token=${
    crypto.randomUUID()}`);
  const heard = [];
  await new Promise((done, failed) => {
    socket.onerror = failed;
    socket.onmessage = ({data}) => {
      if (data.startsWith("0")) socket.send("40/_event,");
      else if (data === "2") socket.send("3");
      else if (data.startsWith("40/_event")) done();
      else if (data.startsWith("42/_event,")) heard.push(data);
    };
  });
  const router_data = {pathname: path, asPath: path, query: {}};
  for (const [name, payload] of events) {
    socket.send("42/_event," + JSON.stringify(["event", {name, payload, router_data}]));
    await new Promise(next => setTimeout(next, 30));
  }
  await new Promise(next => setTimeout(next, 7000));
  socket.close();
  return heard;
}
"""


def staff_events(order: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return every event of the back office, the ones that would move or change an order with an order's own facts."""
    known: dict[str, Any] = {
        "order_id": order["id"],
        "number": order["number"],
        "status": "PROCESSING",
        "version": order["version"],
        "note": "",
        "form": {
            "order_id": order["id"],
            "number": order["number"],
            "status": "PROCESSING",
            "version": str(order["version"]),
            "reason": "x",
            "text": "x",
        },
    }
    events = []
    for name, entry in sorted(RegistrationContext.get().event_handlers.items()):
        if any(state.__module__.startswith(STAFF_STATES) for state in entry.states):
            names = entry.handler.fn.__code__.co_varnames[1 : entry.handler.fn.__code__.co_argcount]
            events.append((name, {one: known.get(one, []) for one in names}))
    return events


def fire(page: Page, order: dict[str, Any]) -> str:
    """Fire every event of the back office with the browser's cookie, and return everything that was answered."""
    events = [(f"{SESSION}.restore", {}), *staff_events(order)]
    heard: list[str] = page.evaluate(_FIRE, [events, f"/admin/orders/{order['id']}"])
    return "\n".join(heard)


def test_nobody_gets_in(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    order = placed(site)
    for address in ADDRESSES:
        page.goto(address)
        assert page.url.split("?")[0].endswith("/login"), address
    answered = fire(page, order)
    assert "/login?next=" in answered
    _nothing_happened(site, order, answered)


def test_neither_does_a_guest(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    order = placed(site)
    steps.put_in_cart(page)
    for address in ADDRESSES:
        page.goto(address)
        assert page.url.split("?")[0].endswith("/login"), address
    answered = fire(page, order)
    assert "/login?next=" in answered
    _nothing_happened(site, order, answered)


def test_for_a_customer_there_is_no_back_office(site: Site, visitor: Visitor) -> None:
    page = visitor(site, allow_errors=True)  # a 404 is told on the console
    order = placed(site)
    steps.register(page, f"curious-{uuid.uuid4().hex[:8]}@example.com")
    expect(page.locator("header a[href='/admin']")).to_have_count(0)
    for address in ADDRESSES:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404, address
        expect(page.get_by_role("heading", level=1)).to_have_text(t(split(address)[0], "errors.not_found_title"))
        assert page.url == site.url + address
    steps.open_page(page, "/account")
    answered = fire(page, order)
    assert re.search(r'location\.replace\(\\*"/404', answered)
    _nothing_happened(site, order, answered)


def test_inside_the_shop_a_customer_who_comes_to_the_back_office_is_led_out(site: Site, visitor: Visitor) -> None:
    page = visitor(site, allow_errors=True)
    steps.register(page, f"curious-{uuid.uuid4().hex[:8]}@example.com")
    page.wait_for_url("**/account")
    steps.ready(page)
    # As a link of the shop would: without asking for a document.
    page.evaluate("history.pushState({}, '', '/admin/orders'); window.dispatchEvent(new PopStateEvent('popstate'))")
    expect(page.get_by_role("heading", name=t("vi", "errors.not_found_title"))).to_be_visible()
    expect(page.locator("#search")).to_have_count(0)


def _nothing_happened(site: Site, order: dict[str, Any], answered: str) -> None:
    now = read(site, order)
    assert (now["status"], now["version"], len(now["timeline"])) == ("PENDING", order["version"], 1)
    assert site.admin.call("order_service", "GET", f"/api/orders/{order['id']}/notes") == []
    assert order["contactName"] not in answered
    # All that comes back is the person's own and where to go: not one var of a State for staff.
    assert "state___admin" not in answered


def test_an_admin_who_is_demoted_is_shown_out_of_open_pages(site: Site, visitor: Visitor) -> None:
    email = second_admin(site)
    desk = visitor(site, allow_errors=True)
    steps.staff(desk, "/admin/orders", email=email)
    expect(desk.get_by_text(t("vi", "admin_shell.live"), exact=True).first).to_be_visible()
    site.admin.call("user_service", "PATCH", f"/api/customers/email/{email}/role", {"role": "CUSTOMER"})
    desk.wait_for_url("**/login?next=%2Fadmin%2Forders")
    desk.goto("/admin/orders")
    assert "/login" in desk.url


def test_signing_out_leaves_nothing(site: Site, visitor: Visitor) -> None:
    desk = visitor(site)
    steps.staff(desk, "/admin/orders")
    desk.get_by_role("button", name=t("vi", "admin_shell.sign_out"), exact=True).click()
    desk.wait_for_url(f"{site.url}/")
    steps.ready(desk)
    assert [cookie["name"] for cookie in desk.context.cookies() if cookie["name"] == COOKIE] == []
    desk.go_back()
    desk.wait_for_url("**/login?next=*")


@pytest.mark.parametrize("lang", LANGS)
def test_staff_find_the_way_in_from_the_shop(site: Site, visitor: Visitor, lang: Any) -> None:
    desk = visitor(site)
    steps.staff(desk, "/admin/orders", lang)
    desk.get_by_role("link", name=t(lang, "admin_shell.to_shop"), exact=True).click()
    desk.get_by_role("link", name=t(lang, "shell.back_office"), exact=True).click()
    desk.wait_for_url(f"**{href(lang, '/admin')}")
    steps.ready(desk)
