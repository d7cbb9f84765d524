"""Every form of every page, sent on a phone and on a desktop: what it is for happens.

A form that this file does not know fails the test: Reflex stops a form without a handler, and nobody would notice.
"""

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from storefront.i18n import t
from storefront.pages.base import Page as ShopPage
from storefront.state.admin.moves import SAME_CLICK_S
from storefront.storefront import pages
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.e2e.test_admin_orders import column
from tests.e2e.test_delivery import shipped
from tests.support.storefront import Site

pytestmark = pytest.mark.begins_first

PROMOTED = "Vũ Thị Được Thăng"
SHOWN = {
    "admin_customers": f"main >> text={PROMOTED}",
    "admin_customer": f"main >> text={PROMOTED}",
    "admin_order": "form:has([name=order_id])",
    "admin_product": "form[data-draft]",
    "admin_product_new": "form[data-draft]",
    "admin_stock": "form:has([name=amount])",
}
"""What a page of the back office shows once its data are there."""

Sends = Callable[[Page, Locator], None]
"""Sends a form, and expects what should come of it."""


def press_enter(form: Locator, field: str, text: str) -> None:
    """Type into a field as a person does, and press Enter; where it is hidden, send the form alone."""
    control = form.locator(field)
    if control.is_visible():
        control.fill(text)
        control.press("Enter")
    else:
        control.evaluate("(field, text) => { field.value = text; field.form.requestSubmit() }", text)


def searches(field: str) -> Sends:
    def send(page: Page, form: Locator) -> None:
        more = page.locator("[popovertarget=more]")
        if field == "#sheet-search" and more.is_visible():
            more.click()
        press_enter(form, field, "banh dau do")
        page.wait_for_url(re.compile(r"/menu\?q=banh\+dau\+do$"))
        expect(page.locator("main article").first).to_contain_text("Bánh Mousse Đậu Đỏ")
        expect(page.locator("#more")).to_be_hidden()

    return send


def asks_for(*fields: str) -> Sends:
    """Expect a form that is sent empty to say which fields are missing."""

    def send(_page: Page, form: Locator) -> None:
        # Not typed: some of these forms are in dialogs that are closed.
        form.evaluate("(form, names) => { for (const name of names) form.elements[name].value = '' }", list(fields))
        form.evaluate("form => form.requestSubmit()")
        for field in fields:
            expect(form.locator(f"[name={field}]")).to_have_attribute("aria-invalid", "true")

    return send


def filters_by_price(page: Page, form: Locator) -> None:
    press_enter(form, "[name=min]", "200000")
    page.wait_for_url("**/menu?min=200000")


def puts_in_the_cart(page: Page, form: Locator) -> None:
    form.locator("button[type=submit]").click()
    expect(steps.drawer(page)).to_be_visible()


def saves_the_profile(page: Page, form: Locator) -> None:
    press_enter(form, "[name=name]", "Nguyễn Thị Mới")
    expect(page.get_by_text(t("vi", "account.saved"))).to_be_visible()


def adds_a_note(page: Page, form: Locator) -> None:
    text = f"Gọi trước {uuid.uuid4().hex[:6]}"
    form.locator("[name=text]").fill(text)
    form.locator("button[type=submit]").click()
    expect(page.locator("main li").filter(has_text=text)).to_be_visible()


def moves_an_order(page: Page, form: Locator) -> None:
    form.locator("button[type=submit]").click()
    undo = page.get_by_role("button", name=re.compile(f"^{t('vi', 'admin_orders.undo')}")).first
    expect(undo).to_be_visible()
    page.wait_for_timeout(SAME_CLICK_S * 1_000 + 100)  # sooner, it would be the second half of a double click
    undo.click()
    expect(undo).to_be_hidden()
    expect(form).to_be_visible()


def takes_a_step(page: Page, form: Locator) -> None:
    place = column(page, "shipped") if page.url.endswith("/admin/orders") else page
    other = t("vi", "admin_delivery.more").rstrip("…")
    place.get_by_role("button", name=re.compile(f"^{other}")).first.click()
    expect(form).to_be_visible()
    form.locator("button[type=submit]").click()
    expect(form.get_by_text(t("vi", "admin_delivery.reason_missing"))).to_be_visible()


def adds_no_stock(page: Page, form: Locator) -> None:
    press_enter(form, "[name=amount]", "0")
    expect(page.get_by_text(t("vi", "admin_stock.amount_wrong")).first).to_be_visible()


def gives_a_role(page: Page, form: Locator) -> None:
    # It asks about somebody: the button beside their name opens it.
    page.get_by_role("button", name=re.compile(f"^{t('vi', 'admin_customers.promote')}")).first.click()
    expect(form).to_be_visible()
    form.locator("button[type=submit]").click()
    expect(form).to_be_hidden()


def saves_a_product(page: Page, form: Locator) -> None:
    if page.url.endswith("/new"):
        asks_for("name")(page, form)
        return
    form.locator("button[type=submit]").last.click()
    expect(page.get_by_text(t("vi", "admin_product.saved"), exact=True).first).to_be_visible()


SEARCHES = {f"form:has(#{name}-search)": searches(f"#{name}-search") for name in ("header", "sheet")}
SHOPPERS: dict[str, Sends] = {
    **SEARCHES,
    "form:has(#menu-search)": searches("#menu-search"),
    "form:has([name=min])": filters_by_price,
    "form:has([type=radio][name=size])": puts_in_the_cart,
    "form:has([name=fulfilment])": asks_for("name", "phone"),
    "form:has([name=email]):has([name=password]):not(:has([name=name]))": asks_for("email", "password"),
    "form:has([name=email]):has([name=password]):has([name=name])": asks_for("name", "email", "password"),
    "form:has([name=name]):has([name=address]):not(:has([name=email]))": saves_the_profile,
    "form:has([name=number]):has([name=phone])": asks_for("number", "phone"),
    "form:has([name=current_password])": asks_for("current_password", "new_password"),
}
STAFFS: dict[str, Sends] = {
    "form:has([name=text])": adds_a_note,
    "form:has([name=order_id])": moves_an_order,
    "dialog#cancel-order form": asks_for("reason"),
    "dialog#order-steps form": takes_a_step,
    "form:has([name=amount]):has([name=product])": adds_no_stock,
    "dialog#stock-dialog form": asks_for("stock-amount"),
    "dialog#give-role form": gives_a_role,
    "dialog#give-role-by-email form": asks_for("role_email"),
    "form:has([name=category-name])": asks_for("category-name"),
    "form[data-draft]": saves_a_product,
}
"""What the forms of pages do, each by the selector that means it and no other."""


def send_all(page: Page, path: str, forms: dict[str, Sends], arrive: Callable[[], None]) -> set[str]:
    """Send each kind of form that a page has, each on a page that `arrive` has opened anew; return which there were."""
    arrive()
    known: list[list[str]] = page.evaluate(
        "known => [...document.forms].map(form => known.filter(one => form.matches(one)))", list(forms)
    )
    assert [which for which in known if len(which) != 1] == [], f"{path} has forms that are not known, or known twice"
    kinds = {which for (which,) in known}
    for number, kind in enumerate(sorted(kinds)):
        if number:
            arrive()
        forms[kind](page, page.locator(kind).first)
    return kinds


def shop_address(page_path: str, values: dict[str, str]) -> str:
    return re.sub(r"\[(\w+)\]", lambda match: values[match[1]], page_path)


@pytest.mark.parametrize("phone", [True, False])
def test_every_form_of_the_shop(site: Site, visitor: Visitor, phone: bool) -> None:
    page, stranger = visitor(site, phone=phone), visitor(site, phone=phone)
    steps.register(page, f"forms-{uuid.uuid4().hex[:8]}@example.com")
    steps.put_in_cart(page)
    steps.go_to_checkout(page)
    steps.fill_in(page)
    steps.place_order(page)
    order = site.admin.newest_order()
    tracking = site.admin.call("order_service", "GET", f"/api/orders/{order['id']}")["trackingToken"]
    steps.put_in_cart(page)
    values = {"slug": steps.CAKE, "order_id": order["id"], "tracking": tracking}
    sent: set[str] = set()
    for one in pages:
        if one.path.startswith("/admin"):
            continue
        who = stranger if one.key in {"login", "register"} else page
        address = shop_address(one.path, values)
        found = send_all(who, address, SHOPPERS, lambda who=who, address=address: steps.open_page(who, address))  # type: ignore[misc]
        assert "form:has(#sheet-search)" in found, address
        assert one.key == "menu" or "form:has(#header-search)" in found, address
        sent |= found
    assert sent == set(SHOPPERS)


@pytest.mark.parametrize("phone", [True, False])
def test_every_form_of_the_back_office(site: Site, visitor: Visitor, phone: bool) -> None:
    page = visitor(site, phone=phone)
    order = shipped(site)
    email = f"forms-{uuid.uuid4().hex[:8]}@example.com"
    person = {"email": email, "password": steps.PASSWORD, "name": PROMOTED, "phone": "", "address": ""}
    promoted = site.admin.call("user_service", "POST", "/api/auth/register", person)["user"]["id"]
    other = site.admin.call("user_service", "POST", "/api/auth/register", {**person, "email": f"x-{email}"})
    product = str(site.admin.product(steps.CAKE)["id"])
    values = {"order_id": order["id"], "product_id": product, "id": str(promoted)}
    steps.staff(page, "/admin")
    sent: set[str] = set()
    for one in pages:
        if not one.path.startswith("/admin"):
            continue
        address = shop_address(one.path, values)
        if one.key == "admin_customers":
            address += f"?q={other['user']['email']}"

        def arrive(one: ShopPage = one, address: str = address) -> None:
            steps.open_page(page, address)
            if one.key in SHOWN:
                expect(page.locator(SHOWN[one.key]).first).to_be_visible()
            if one.key == "admin_categories":
                page.get_by_role("button", name=t("vi", "admin_categories.new")).click()
                expect(page.locator("[name=category-name]")).to_be_visible()

        sent |= send_all(page, address, STAFFS, arrive)
    assert sent == set(STAFFS)
