"""What changes while a shopper is at the checkout: stock, prices, and services that die."""

import re
import signal

from playwright.sync_api import expect

from storefront.i18n import t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.storefront import Site

CAKE = "tiramisu-matcha"


def test_short_stock_is_explained_and_mended_in_place(fragile_site: Site, visitor: Visitor) -> None:
    page = visitor(fragile_site, phone=True)
    steps.put_in_cart(page, CAKE, "S", quantity=3)
    steps.go_to_checkout(page)
    steps.fill_in(page)
    product = fragile_site.admin.product(CAKE)
    fragile_site.admin.set_stock(product["id"], "S", 1)
    orders = fragile_site.admin.count_orders()

    page.get_by_role("button", name=t("vi", "checkout.place"), exact=True).click()
    expect(page.get_by_text(t("vi", "checkout.short"))).to_be_visible()
    assert fragile_site.admin.count_orders() == orders
    assert steps.size_of(fragile_site.admin.product(CAKE), "S")["stock"] == 1
    expect(page.locator("main input[name=name]")).to_have_value(steps.BUYER["name"])

    page.get_by_role("button", name=t("vi", "cart.take_left", count=1)).click()
    steps.cart_count(page, 1)
    steps.place_order(page)
    order = fragile_site.admin.newest_order()
    assert [(line["slug"], line["quantity"]) for line in order["items"]] == [(CAKE, 1)]
    assert steps.size_of(fragile_site.admin.product(CAKE), "S")["stock"] == 0


def test_a_changed_price_is_shown_and_asked_for_again(fragile_site: Site, visitor: Visitor) -> None:
    page = visitor(fragile_site)
    steps.put_in_cart(page, CAKE, "S")
    steps.go_to_checkout(page)
    steps.fill_in(page)
    product = fragile_site.admin.product(CAKE)
    old = steps.size_of(product, "S")["price"]
    fragile_site.admin.set_price(product["id"], "S", old + 10_000)
    orders = fragile_site.admin.count_orders()

    page.get_by_role("button", name=t("vi", "checkout.place"), exact=True).click()
    expect(page.get_by_text(t("vi", "checkout.price_changed"))).to_be_visible()
    expect(page.locator("main")).to_contain_text(steps.price(old + 10_000))
    assert fragile_site.admin.count_orders() == orders

    page.get_by_role("button", name=t("vi", "checkout.confirm"), exact=True).click()
    steps.placed_order(page)
    assert fragile_site.admin.newest_order()["totalAmount"] == old + 10_000


def test_a_backend_that_dies_at_the_checkout_costs_no_order_and_makes_no_second(
    fragile_site: Site, visitor: Visitor
) -> None:
    page = visitor(fragile_site)
    steps.put_in_cart(page, CAKE, "S")
    steps.go_to_checkout(page)
    steps.fill_in(page)
    orders = fragile_site.admin.count_orders()
    fragile_site.shop.kill("backend", signal.SIGKILL)

    page.get_by_role("button", name=t("vi", "checkout.place"), exact=True).click()
    again = page.get_by_role("button", name=t("vi", "checkout.try_again"), exact=True)
    place = page.get_by_role("button", name=t("vi", "checkout.place"), exact=True)
    told = re.compile("|".join(re.escape(t("vi", f"checkout.{key}")) for key in ("uncertain", "nothing_sent")))
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.locator("main input[name=name]")).to_have_value(steps.BUYER["name"])

    fragile_site.shop.start("backend")
    again.or_(place).click()
    steps.placed_order(page)
    assert fragile_site.admin.count_orders() == orders + 1


def test_a_page_says_that_a_service_is_down_and_recovers_by_itself(fragile_site: Site, visitor: Visitor) -> None:
    page = visitor(fragile_site, allow_errors=True)
    fragile_site.shop.kill("backend", signal.SIGKILL)
    steps.open_page(page, "/menu?category=bread")
    expect(page.get_by_role("button", name=t("vi", "shell.retry")).first).to_be_visible()
    assert "Traceback" not in page.content()

    fragile_site.shop.start("backend")
    expect(page.get_by_role("link", name="Croissant Bơ").first).to_be_visible()
    expect(page.get_by_role("button", name=t("vi", "shell.retry"))).to_have_count(0)
