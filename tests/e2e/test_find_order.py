"""Whoever closed the tab finds their order again: by number and phone anywhere, and by itself where it was placed."""

import re

from playwright.sync_api import Page, expect

from storefront.i18n import Lang, t
from storefront.state.device import REMEMBERED
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.e2e.test_admin_orders import order_by_guest
from tests.support.storefront import Site


def order_remembered(page: Page, lang: Lang = "vi") -> str:
    """Order a cake, wait until the browser remembers the order, and return its number."""
    number = order_by_guest(page, lang)
    page.wait_for_function(
        "([entry, number]) => (localStorage.getItem(entry) || '').includes(number)", arg=[REMEMBERED, number]
    )
    return number


def test_a_guest_finds_the_order_on_another_device_by_keyboard(site: Site, visitor: Visitor, axe: str) -> None:
    number = order_by_guest(visitor(site))
    other = visitor(site, phone=True)
    steps.open_page(other, "/")
    other.get_by_role("contentinfo").get_by_role("link", name=t("vi", "find.heading")).click()
    expect(other.get_by_role("heading", level=1, name=t("vi", "find.heading"))).to_be_visible()
    expect(other.get_by_text(t("vi", "find.device_empty"))).to_be_visible()
    other.locator("#number").press("Enter")
    expect(other.get_by_text(t("vi", "find.number_missing"))).to_be_visible()
    expect(other.locator("#number")).to_be_focused()
    other.locator("#number").fill(number)
    other.locator("#phone").fill("0909 999 999")
    other.keyboard.press("Enter")
    expect(other.locator("#find-notice")).to_contain_text(t("vi", "find.not_found"))
    expect(other.locator("#find-notice")).to_be_focused()
    assert steps.barriers(other, axe) == []
    other.locator("#phone").fill("+84 901 234 567")
    other.keyboard.press("Enter")
    other.wait_for_url(re.compile(r"/track/[\w-]{20,}$"))
    expect(other.get_by_role("heading", level=1, name=t("vi", "order.heading", number=number))).to_be_visible()


def test_the_device_remembers_its_orders_until_somebody_signs_out(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    number = order_remembered(page, "en")
    page.close()
    again = page.context.new_page()
    steps.open_page(again, "/login", "en")
    again.locator("main").get_by_role("link", name=t("en", "find.heading")).click()
    row = again.get_by_role("link", name=re.compile(number))
    expect(row).to_be_visible()
    row.click()
    expect(again.get_by_role("heading", level=1, name=t("en", "order.heading", number=number))).to_be_visible()

    steps.register(again, f"finder-{number.lower()}@example.com", "en")
    steps.open_page(again, "/account", "en")
    again.get_by_role("button", name=t("en", "account.sign_out"), exact=True).click()
    again.wait_for_url("**/en")
    steps.open_page(again, "/track", "en")
    expect(again.get_by_text(t("en", "find.device_empty"))).to_be_visible()


def test_what_a_device_remembers_can_be_forgotten(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    order_remembered(page)
    steps.open_page(page, "/track")
    page.get_by_role("button", name=t("vi", "find.forget"), exact=True).click()
    expect(page.get_by_text(t("vi", "find.device_empty"))).to_be_visible()
    steps.open_page(page, "/track")
    expect(page.get_by_text(t("vi", "find.device_empty"))).to_be_visible()
