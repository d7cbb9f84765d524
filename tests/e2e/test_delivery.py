"""An order that does not arrive: staff try it again or take it back, and its buyer reads of it as it happens."""

import time
from typing import Any

from playwright.sync_api import Locator, Page, expect

from storefront.i18n import t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.e2e.test_admin_orders import card, placed, read
from tests.support.storefront import Site


def shipped(site: Site) -> dict[str, Any]:
    """Place an order and send it out."""
    order = placed(site)
    for status in ("PROCESSING", "SHIPPED"):
        site.admin.call("order_service", "PATCH", f"/api/orders/{order['id']}/status", {"status": status})
    return order


def left(site: Site) -> int:
    """Return how many cakes are left."""
    return int(steps.size_of(site.admin.product(steps.CAKE), "M")["stock"])


def dialog(page: Page) -> Locator:
    return page.locator("dialog#order-steps")


def choose(page: Page, step: str) -> None:
    dialog(page).locator("label", has_text=t("vi", f"admin_delivery.step_{step}")).click()


def take(page: Page, step: str) -> None:
    dialog(page).get_by_role("button", name=t("vi", f"admin_delivery.do_{step}"), exact=True).click()


def ask(place: Locator, key: str, number: str) -> None:
    place.get_by_role("button", name=t("vi", f"admin_delivery.{key}", number=number), exact=True).click()


def test_a_refused_cake_is_tried_again_then_taken_back(site: Site, visitor: Visitor, axe: str) -> None:
    order = shipped(site)
    number, stock = order["number"], left(site)
    desk, buyer = visitor(site), visitor(site, phone=True)
    steps.staff(desk, "/admin/orders")
    steps.open_page(buyer, f"/track/{order['trackingToken']}")
    expect(buyer.get_by_text(t("vi", "order.live"))).to_be_visible()
    here = card(desk, "shipped", number)

    ask(here, "more_label", number)
    take(desk, "fail")
    expect(dialog(desk).get_by_text(t("vi", "admin_delivery.reason_missing"))).to_be_visible()
    dialog(desk).get_by_label(t("vi", "admin_delivery.reason")).select_option("REFUSED")
    assert steps.barriers(desk, axe) == []
    take(desk, "fail")
    expect(dialog(desk)).to_be_hidden()
    expect(here).to_contain_text(t("vi", "admin_delivery.reason_refused"))
    expect(buyer.get_by_role("heading", name=t("vi", "delivery.failed_title"))).to_be_visible()

    ask(here, "decide_label", number)
    take(desk, "retry")
    expect(here).not_to_contain_text(t("vi", "admin_delivery.reason_refused"))
    expect(buyer.get_by_role("heading", name=t("vi", "order.shipped_title"))).to_be_visible()

    ask(here, "more_label", number)
    dialog(desk).get_by_label(t("vi", "admin_delivery.reason")).select_option("NOT_HOME")
    take(desk, "fail")
    ask(here, "decide_label", number)
    choose(desk, "return")
    take(desk, "return")
    expect(dialog(desk).get_by_text(t("vi", "admin_delivery.stock_missing"))).to_be_visible()
    dialog(desk).locator("label", has_text=t("vi", "admin_delivery.stock_restocked")).click()
    take(desk, "return")
    expect(card(desk, "done", number)).to_contain_text(t("vi", "delivery.returned"))
    expect(buyer.get_by_role("heading", name=t("vi", "delivery.returned_title"))).to_be_visible()
    assert (read(site, order)["status"], read(site, order)["returned"]) == ("CANCELLED", True)
    deadline = time.monotonic() + 20
    while left(site) != stock + 1:
        assert time.monotonic() < deadline, left(site)
        time.sleep(0.1)


def test_a_slip_is_taken_back_by_keyboard_on_the_orders_page(site: Site, visitor: Visitor) -> None:
    order = shipped(site)
    site.admin.call("order_service", "PATCH", f"/api/orders/{order['id']}/status", {"status": "DELIVERED"})
    desk = visitor(site)
    steps.staff(desk, f"/admin/orders/{order['id']}")
    more = desk.get_by_role("button", name=t("vi", "admin_delivery.more"), exact=True)
    more.focus()
    desk.keyboard.press("Enter")
    expect(dialog(desk)).to_be_visible()
    desk.keyboard.press("Escape")
    expect(dialog(desk)).to_be_hidden()
    expect(more).to_be_focused()
    desk.keyboard.press("Enter")
    expect(dialog(desk)).to_be_visible()
    dialog(desk).get_by_label(t("vi", "admin_delivery.why")).fill("Bấm nhầm đơn")
    take(desk, "correct")
    expect(dialog(desk)).to_be_hidden()
    expect(desk.locator("ol").get_by_text(t("vi", "admin_delivery.event_corrected"), exact=True)).to_be_visible()
    assert read(site, order)["status"] == "SHIPPED"
