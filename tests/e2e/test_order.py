"""The shopper's way: from a cake to its door."""

import pytest
from playwright.sync_api import expect

from storefront.i18n import Lang, href, t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.storefront import Site


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_guest_orders_on_a_phone_and_watches_the_order_move(site: Site, visitor: Visitor, lang: Lang) -> None:
    before = steps.size_of(site.admin.product(steps.CAKE), "M")["stock"]
    page = visitor(site, phone=True)
    steps.open_page(page, "/", lang)
    page.get_by_role("link", name="Mousse Chanh Dây" if lang == "vi" else "Passion Fruit Mousse").first.click()
    page.wait_for_url(f"**{href(lang, '/product/mousse-chanh-day')}")
    steps.choose_size(page, "M")
    expect(page.locator("main")).to_contain_text(steps.price(299_000))
    page.get_by_role("button", name=t(lang, "product.add"), exact=True).click()
    steps.go_to_checkout(page, lang)
    steps.fill_in(page, lang)

    number = steps.place_order(page, lang)

    order = site.admin.newest_order()
    assert order["number"] == number
    assert (order["status"], order["contactName"], order["contactPhone"]) == (
        "PENDING",
        steps.BUYER["name"],
        steps.BUYER["phone"],
    )
    assert (order["totalAmount"], order["deliveryFee"], order["grandTotal"]) == (299_000, 30_000, 329_000)
    assert [(line["slug"], line["size"], line["quantity"], line["price"]) for line in order["items"]] == [
        ("mousse-chanh-day", "M", 1, 299_000)
    ]
    assert steps.size_of(site.admin.product(steps.CAKE), "M")["stock"] == before - 1
    expect(page.get_by_role("heading", name=t(lang, "order.pending_title"))).to_be_visible()
    steps.cart_count(page, 0, lang)
    expect(page.get_by_text(t(lang, "order.live"), exact=True)).to_be_visible()

    for status, title in [
        ("PROCESSING", "processing_title"),
        ("SHIPPED", "shipped_title"),
        ("DELIVERED", "delivered_title"),
    ]:
        site.admin.move_order(order["id"], status)
        expect(page.get_by_role("heading", name=t(lang, f"order.{title}"))).to_be_visible()


def test_a_stranger_follows_the_tracking_link(site: Site, visitor: Visitor) -> None:
    buyer = visitor(site)
    steps.put_in_cart(buyer)
    steps.go_to_checkout(buyer)
    buyer.locator("label", has_text=t("vi", "checkout.pickup")).click()
    for name in ("name", "phone"):
        buyer.locator(f"main input[name={name}]").fill(steps.BUYER[name])
    steps.place_order(buyer)
    link = buyer.get_by_role("link", name=t("vi", "order.open_tracking")).get_attribute("href")
    assert link is not None
    order = site.admin.newest_order()
    assert (order["fulfilment"], order["payment"], order["deliveryFee"]) == ("PICKUP", "PAY_AT_PICKUP", 0)

    stranger = visitor(site, phone=True)
    steps.open_page(stranger, link)
    expect(stranger.get_by_role("heading", name=t("vi", "order.pending_title"))).to_be_visible()
    site.admin.move_order(order["id"], "PROCESSING")
    expect(stranger.get_by_role("heading", name=t("vi", "order.processing_title"))).to_be_visible()
    expect(stranger.get_by_role("button", name=t("vi", "order.cancel"), exact=True)).to_have_count(0)
    stranger.goto(f"/order/{order['id']}")
    expect(stranger.get_by_role("heading", name=t("vi", "order.missing_title"), level=1)).to_be_visible()


def test_a_double_click_orders_once(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.put_in_cart(page, "banh-mi-bo-toi", "S")
    steps.go_to_checkout(page)
    steps.fill_in(page)
    before = site.admin.call("order_service", "GET", "/api/orders?limit=1")["total"]

    page.get_by_role("button", name=t("vi", "checkout.place"), exact=True).dblclick()
    steps.placed_order(page)

    assert site.admin.call("order_service", "GET", "/api/orders?limit=1")["total"] == before + 1


def test_the_buyer_cancels_and_orders_again(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.put_in_cart(page, "croissant-bo", "S", quantity=2)
    steps.go_to_checkout(page)
    steps.fill_in(page)
    before = steps.size_of(site.admin.product("croissant-bo"), "S")["stock"]
    steps.place_order(page)

    page.get_by_role("button", name=t("vi", "order.cancel"), exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=t("vi", "order.cancel_confirm"), exact=True).click()
    expect(page.get_by_role("heading", name=t("vi", "order.cancelled_title"))).to_be_visible()
    assert site.admin.newest_order()["status"] == "CANCELLED"

    page.get_by_role("button", name=t("vi", "order.again"), exact=True).click()
    steps.cart_count(page, 2)
    assert steps.size_of(site.admin.product("croissant-bo"), "S")["stock"] == before


def test_what_is_missing_is_said_at_the_field_and_nothing_typed_is_lost(site: Site, visitor: Visitor) -> None:
    page = visitor(site, phone=True)
    steps.put_in_cart(page)
    steps.go_to_checkout(page)
    page.locator("main input[name=name]").fill("Mai")
    page.locator("main input[name=phone]").fill("12")
    before = site.admin.call("order_service", "GET", "/api/orders?limit=1")["total"]

    page.get_by_role("button", name=t("vi", "checkout.place"), exact=True).click()

    phone = page.locator("main input[name=phone]")
    expect(phone).to_have_attribute("aria-invalid", "true")
    expect(phone).to_be_focused()
    expect(page.locator("main textarea[name=address]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("main input[name=name]")).to_have_value("Mai")
    assert site.admin.call("order_service", "GET", "/api/orders?limit=1")["total"] == before
