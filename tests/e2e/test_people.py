"""Accounts, carts and tabs."""

import uuid

from playwright.sync_api import expect

from storefront.i18n import t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.storefront import Site


def _email() -> str:
    return f"mai-{uuid.uuid4().hex[:8]}@example.com"


def test_register_order_log_out_log_in_and_find_the_order(site: Site, visitor: Visitor) -> None:
    page, email = visitor(site), _email()
    steps.register(page, email)
    steps.put_in_cart(page, "tiramisu-co-dien", "S")
    steps.go_to_checkout(page)
    expect(page.locator("main input[name=name]")).to_have_value(steps.BUYER["name"])
    steps.fill_in(page)
    number = steps.place_order(page)
    order = site.admin.newest_order()

    steps.open_page(page, "/account")
    page.get_by_role("button", name=t("vi", "account.sign_out"), exact=True).click()
    page.wait_for_url(f"{site.url}/")
    steps.ready(page)
    expect(page.get_by_role("link", name=t("vi", "shell.sign_in"), exact=True).first).to_be_visible()
    page.goto(f"/order/{order['id']}")
    expect(page.get_by_role("heading", name=t("vi", "order.missing_title"), level=1)).to_be_visible()

    steps.log_in(page, email)
    steps.open_page(page, "/account")
    expect(page.locator("main")).to_contain_text(number)
    page.get_by_role("link", name=number).first.click()
    expect(page.get_by_role("heading", level=1, name=t("vi", "order.heading", number=number))).to_be_visible()
    site.admin.move_order(order["id"], "PROCESSING")
    expect(page.get_by_role("heading", name=t("vi", "order.processing_title"))).to_be_visible()


def test_a_guests_cart_is_merged_at_login(site: Site, visitor: Visitor) -> None:
    email = _email()
    first = visitor(site)
    steps.register(first, email)
    steps.put_in_cart(first, "croissant-bo", "S")
    steps.cart_count(first, 1)

    other = visitor(site, phone=True)
    steps.put_in_cart(other, "croissant-bo", "S", quantity=2)
    steps.cart_count(other, 2)
    other.goto("/login")
    steps.ready(other)
    other.locator("main input[name=email]").fill(email)
    other.locator("main input[name=password]").fill(steps.PASSWORD)
    other.locator("main form button[type=submit]").click()
    steps.cart_count(other, 3)


def test_two_tabs_share_login_and_cart(site: Site, visitor: Visitor) -> None:
    first, email = visitor(site), _email()
    steps.open_page(first, "/menu")
    second = first.context.new_page()
    steps.open_page(second, "/about")

    steps.put_in_cart(first, "tiramisu-co-dien", "S")
    steps.cart_count(second, 1)
    steps.register(first, email)
    steps.signed_in(second, steps.BUYER["name"])
    steps.cart_count(second, 1)

    steps.open_page(second, "/account")
    second.get_by_role("button", name=t("vi", "account.sign_out"), exact=True).click()
    expect(second.get_by_role("link", name=t("vi", "shell.sign_in"), exact=True).first).to_be_visible()
    expect(first.get_by_role("link", name=t("vi", "shell.sign_in"), exact=True).first).to_be_visible()
    steps.cart_count(first, 0)


def test_a_wrong_password_is_told_and_the_address_stays(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.open_page(page, "/login")
    page.locator("main input[name=email]").fill("nobody@example.com")
    page.locator("main input[name=password]").fill("not the password")
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_text(t("vi", "account.invalid_credentials"))).to_be_visible()
    expect(page.locator("main input[name=email]")).to_have_value("nobody@example.com")


def test_nothing_secret_reaches_the_browsers_scripts(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda payload: frames.append(str(payload))))
    steps.register(page, _email())
    steps.put_in_cart(page)

    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}]) + document.cookie")
    cookie = next(one for one in page.context.cookies() if one["name"] == "sweetdream_session")
    assert cookie["httpOnly"] is True
    assert cookie["sameSite"] == "Lax"
    assert frames
    for text in (stored, *frames):
        assert cookie["value"] not in text
        assert "eyJ" not in text
