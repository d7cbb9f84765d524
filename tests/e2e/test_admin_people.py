"""Customers and roles, as staff see them."""

import re
import uuid
from typing import Any

from playwright.sync_api import Locator, Page, expect

from storefront.i18n import t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.apps import ADMIN
from tests.support.storefront import Site


def _dialog(page: Page) -> Locator:
    return page.locator("dialog[open]")


def _role_of(site: Site, email: str) -> dict[str, Any]:
    people = site.admin.call("user_service", "GET", f"/api/customers?q={email}")["items"]
    assert [one["email"] for one in people] == [email]
    person: dict[str, Any] = people[0]
    return person


def test_a_role_is_given_and_taken_and_the_persons_sessions_end(site: Site, visitor: Visitor) -> None:
    tag = uuid.uuid4().hex[:8]
    email, name = f"hoa-{tag}@example.com", f"Đặng Thị Hoà {tag}"
    theirs, staff = visitor(site), visitor(site)
    steps.register(theirs, email, name=name)

    steps.staff(staff, "/admin/customers")
    staff.get_by_role("searchbox").fill(f"dang hoa {tag}")
    rows = staff.locator("main table tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text(name)
    give = t("vi", "admin_customers.promote")
    rows.first.get_by_role("button", name=give).click()
    expect(_dialog(staff)).to_contain_text(t("vi", "admin_customers.sessions_end"))
    assert _role_of(site, email)["role"] == "CUSTOMER"
    _dialog(staff).get_by_role("button", name=give, exact=True).click()
    expect(rows.first).to_contain_text(t("vi", "admin_customers.role_admin"))
    person = _role_of(site, email)
    assert person["role"] == "ADMIN"

    theirs.goto("/account")
    theirs.wait_for_url(re.compile(r"/login\?next="))
    steps.staff(theirs, "/admin", email=email)
    expect(theirs.get_by_role("heading", level=1, name=t("vi", "admin_shell.overview"))).to_be_visible()

    rows.first.get_by_role("link", name=name).click()
    expect(staff.get_by_role("heading", level=1, name=name)).to_be_visible()
    staff.get_by_role("button", name=t("vi", "admin_customers.demote")).first.click()
    _dialog(staff).get_by_role("button", name=t("vi", "admin_customers.demote"), exact=True).click()
    expect(staff.locator("main")).to_contain_text(t("vi", "admin_customers.customer_may"))
    # Their open page of the back office closes by itself.
    theirs.wait_for_url(re.compile(r"/login\?next="))
    assert _role_of(site, email)["role"] == "CUSTOMER"


def test_the_last_admin_stays_one(site: Site, visitor: Visitor) -> None:
    for other in site.admin.call("user_service", "GET", "/api/customers?role=ADMIN&limit=100")["items"]:
        if other["email"] != ADMIN["email"]:
            site.admin.call("user_service", "PATCH", f"/api/customers/{other['id']}/role", {"role": "CUSTOMER"})
    page = visitor(site)
    steps.staff(page, "/admin/customers")
    page.get_by_role("button", name=t("vi", "admin_customers.by_email"), exact=True).click()
    form = _dialog(page)
    form.get_by_label(re.compile(t("vi", "admin_customers.email"))).fill(ADMIN["email"])
    form.get_by_label(t("vi", "admin_customers.role")).select_option("CUSTOMER")
    form.get_by_role("button", name=t("vi", "admin_customers.give_role"), exact=True).click()
    expect(form).to_contain_text(t("vi", "admin_customers.last_admin"))
    assert _role_of(site, ADMIN["email"])["role"] == "ADMIN"

    form.get_by_label(re.compile(t("vi", "admin_customers.email"))).fill("nobody@example.com")
    form.get_by_role("button", name=t("vi", "admin_customers.give_role"), exact=True).click()
    expect(form).to_contain_text(t("vi", "admin_customers.not_found"))
    page.keyboard.press("Escape")
    page.goto(f"/admin/customers?q={ADMIN['email']}")
    steps.ready(page)
    own = page.locator("main table tbody tr", has_text=ADMIN["email"])
    expect(own).to_contain_text(t("vi", "admin_customers.role_admin"))
    expect(own.get_by_role("button")).to_have_count(0)


def test_a_customers_page_tells_what_they_ordered(site: Site, visitor: Visitor) -> None:
    buyer, staff = visitor(site), visitor(site)
    email = f"mai-{uuid.uuid4().hex[:8]}@example.com"
    steps.register(buyer, email)
    steps.put_in_cart(buyer)
    steps.go_to_checkout(buyer)
    steps.fill_in(buyer)
    number = steps.place_order(buyer)
    order, person = site.admin.newest_order(), _role_of(site, email)

    steps.staff(staff, f"/admin/customers/{person['id']}")
    main = staff.locator("main")
    expect(main).to_contain_text(email)
    expect(main).to_contain_text(steps.price(order["grandTotal"]))
    expect(main.get_by_role("link", name=number)).to_be_visible()
    main.get_by_role("link", name=t("vi", "admin_customers.all_orders")).click()
    expect(staff.locator("main table tbody tr")).to_have_count(1)
    expect(staff.locator("main table tbody tr")).to_contain_text(number)

    staff.goto("/admin/customers/999999999")
    expect(staff.get_by_role("heading", name=t("vi", "admin_customers.missing_title"))).to_be_visible()
