"""What staff watch: the first page, the monitoring, the audit log."""

import os
import signal

import pytest
from playwright.sync_api import Locator, Page, expect

from storefront.i18n import Lang, href, t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.storefront import Site

PAGES = ["/admin", "/admin/customers", "/admin/customers/1", "/admin/monitoring", "/admin/audit", "/admin/audit?q=zzzz"]


def _figure(page: Page, name: str) -> Locator:
    title = page.locator("dt", has_text=t("vi", f"admin_overview.{name}"))
    return page.locator("main dl > div", has=title).locator("dd").first


def _process(page: Page, name: str) -> Locator:
    return page.locator(f"section[data-process={name}]")


def test_the_first_page_shows_a_new_order_without_a_reload(site: Site, visitor: Visitor) -> None:
    staff, buyer = visitor(site), visitor(site)
    steps.staff(staff, "/admin")
    expect(_figure(staff, "orders")).to_be_visible()
    before = site.admin.call("order_service", "GET", "/api/orders/stats")
    expect(_figure(staff, "orders")).to_have_text(str(before["today"]["orders"]))
    staff.evaluate("window.unchanged = true")

    steps.put_in_cart(buyer, quantity=2)
    steps.go_to_checkout(buyer)
    steps.fill_in(buyer)
    steps.place_order(buyer)
    order = site.admin.newest_order()

    expect(_figure(staff, "orders")).to_have_text(str(before["today"]["orders"] + 1))
    expect(_figure(staff, "revenue")).to_have_text(steps.price(before["today"]["revenue"] + order["grandTotal"]))
    waiting = staff.get_by_role("link", name=t("vi", "admin_overview.waiting_pending"))
    expect(waiting).to_contain_text(str(before["waiting"]["PENDING"] + 1))
    assert staff.evaluate("window.unchanged")

    chart = staff.locator("section", has=staff.get_by_role("heading", name=t("vi", "admin_overview.days")))
    expect(chart.locator("svg path[name]").first).to_be_attached()
    chart.get_by_text(t("vi", "admin_overview.as_table")).click()
    rows = chart.locator("tbody tr")
    expect(rows).to_have_count(14)
    expect(rows.last).to_contain_text(steps.price(before["today"]["revenue"] + order["grandTotal"]))

    waiting.click()
    staff.wait_for_url("**/admin/orders?view=table&status=PENDING")
    expect(staff.locator("main table", has_text=order["number"])).to_be_visible()


def test_a_table_that_opens_moves_nothing_beside_it(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.staff(page, "/admin")
    hours, days = (
        page.locator("section", has=page.get_by_role("heading", name=t("vi", f"admin_overview.{name}")))
        for name in ("hours", "days")
    )
    for chart in (hours, days):
        expect(chart.locator(".recharts-surface")).to_be_visible()
    shape = """e => {
        const card = e.getBoundingClientRect(), chart = e.querySelector('.recharts-surface').getBoundingClientRect()
        return [card.height, chart.top - card.top]
    }"""
    stood = days.evaluate(shape)
    assert hours.evaluate(shape) == stood
    hours.get_by_text(t("vi", "admin_overview.as_table")).click()
    expect(hours.locator("tbody tr").first).to_be_visible()
    assert days.evaluate(shape) == stood


def test_a_service_that_is_down_is_told_and_that_it_is_back(own_site: Site, visitor: Visitor) -> None:
    page = visitor(own_site)
    steps.staff(page, "/admin/monitoring")
    for name in ("storefront", "backend", "order_service", "user_service"):
        expect(_process(page, name)).to_have_attribute("data-health", "up")
    told = page.locator("main [role=status]")
    expect(told).to_have_text(t("vi", "admin_monitoring.tone_good") + ".")
    old = page.get_by_text(t("vi", "admin_monitoring.old"))
    expect(old).to_be_hidden()

    own_site.shop.kill("order_service")
    broken = _process(page, "order_service")
    expect(broken).to_have_attribute("data-health", "down")
    expect(broken).to_contain_text(t("vi", "admin_monitoring.health_down"))
    expect(told).to_have_text(
        f"{t('vi', 'admin_monitoring.tone_bad')}. "
        f"{t('vi', 'admin_monitoring.order_service')}: {t('vi', 'admin_monitoring.health_down')}."
    )
    expect(_process(page, "backend")).to_contain_text(t("vi", "admin_monitoring.health_up"))
    page.get_by_role("button", name=t("vi", "admin_monitoring.what_to_do")).first.click()
    runbook = page.locator("#runbook-service-down")
    expect(runbook).to_have_attribute("open", "")
    expect(runbook.locator("summary")).to_be_focused()
    expect(runbook).to_contain_text("./dev logs")

    other = page.context.new_page()
    other.goto("/admin/audit")
    expect(other.locator("main")).to_contain_text(t("vi", "admin_monitoring.order_service"))
    other.close()

    own_site.shop.start("order_service")
    expect(broken).to_have_attribute("data-health", "up")
    expect(told).to_have_text(t("vi", "admin_monitoring.tone_good") + ".")

    storefront = own_site.shop.pid("storefront")
    os.kill(storefront, signal.SIGSTOP)
    try:
        expect(old).to_be_visible()
    finally:
        os.kill(storefront, signal.SIGCONT)
    expect(old).to_be_hidden()


def test_the_audit_log_tells_who_changed_what(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    product = site.admin.product("tiramisu-co-dien")
    size = product["sizes"][0]
    site.admin.set_price(product["id"], size["size"], size["price"] + 7000)
    try:
        steps.staff(page, "/admin/audit", "en")
        entry = page.locator("main ol > li").first
        expect(entry).to_contain_text(t("en", "admin_audit.action_size_changed"))
        expect(entry).to_contain_text("Admin")
        expect(entry.locator("del")).to_contain_text(steps.price(size["price"]))
        expect(entry.locator("ins")).to_contain_text(steps.price(size["price"] + 7000))
        page.get_by_role("searchbox").fill("tiramisu co dien")
        page.wait_for_url("**q=tiramisu**")
        expect(page.locator("main ol > li").first).to_contain_text(product["name"])
        page.get_by_label(t("en", "admin_audit.subject")).select_option("customer")
        expect(page.get_by_role("heading", name=t("en", "admin_shell.empty_filtered_title"))).to_be_visible()
        page.go_back()
        page.locator("main ol > li").first.get_by_role("link", name=product["name"]).click()
        page.wait_for_url(f"**{href('en', '/admin/products/')}{product['id']}")
    finally:
        site.admin.set_price(product["id"], size["size"], size["price"])


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_axe_finds_nothing_serious(site: Site, visitor: Visitor, axe: str, lang: Lang) -> None:
    page = visitor(site)
    steps.staff(page, PAGES[0], lang)
    found: list[str] = []
    for path in PAGES:
        steps.open_page(page, path, lang)
        expect(page.locator("main h1")).not_to_have_text(t(lang, "admin_shell.loading"))
        expect(page.locator("main .skeleton")).to_have_count(0)
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
        found += steps.barriers(page, axe, *steps.looks(lang))
    steps.open_page(page, "/admin/customers", lang)
    page.get_by_role("button", name=t(lang, "admin_customers.by_email"), exact=True).click()
    expect(page.locator("dialog[open]")).to_be_visible()
    found += steps.barriers(page, axe, *steps.looks(lang))
    assert found == []
