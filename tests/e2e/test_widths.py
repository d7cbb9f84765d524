"""Phone, tablet upright, tablet across, desktop: nothing is cut off, and what one came for is within reach."""

import time
import uuid

import pytest
from playwright.sync_api import Page, expect

from storefront.i18n import Lang, href, t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.e2e.test_admin_orders import column, placed
from tests.support.storefront import Site

pytestmark = pytest.mark.begins_first

SIZES = {390: 844, 834: 1112, 1024: 768, 1440: 900}
SHOP = ["/", "/menu", "/menu?min=500000", "/about", "/cart", "/checkout", "/track", "/login", "/register"]
STAFF = ["", "/orders", "/orders?view=table", "/products", "/products/1", "/products/new", "/categories", "/stock"]
STAFF += ["/import", "/customers", "/customers/1", "/monitoring", "/audit"]

# What may be swiped says so with scroll-snap; everything else has to fit.
CUT_OFF = """
() => {
  const said = [];
  const name = e => e.tagName + ' ' + (e.getAttribute('aria-label') || e.id || e.innerText || '').slice(0, 40);
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) said.push(`the page scrolls: ${root.scrollWidth}`);
  const swiped = e => { for (; e; e = e.parentElement)
    if (getComputedStyle(e).scrollSnapType !== 'none') return true; return false };
  for (const e of document.querySelectorAll('main a, main button, main input, main select, header a, header button')) {
    const box = e.getBoundingClientRect();
    if (box.width < 2 || !e.checkVisibility({ visibilityProperty: true }) || swiped(e)) continue;
    if (box.left < -1 || box.right > innerWidth + 1) said.push(`outside: ${name(e)} ${Math.round(box.right)}`);
  }
  for (const e of document.querySelectorAll('main *')) {
    const how = getComputedStyle(e).overflowX;
    if ((how === 'auto' || how === 'scroll') && e.scrollWidth > e.clientWidth + 1 && !swiped(e))
      said.push(`scrolls: ${name(e)} ${e.scrollWidth} > ${e.clientWidth}`);
  }
  const pen = document.createElement('canvas').getContext('2d');
  for (const e of document.querySelectorAll('input[placeholder]')) {
    const look = getComputedStyle(e);
    if (!e.clientWidth || !e.checkVisibility()) continue;
    pen.font = look.font;
    const room = e.clientWidth - parseFloat(look.paddingLeft) - parseFloat(look.paddingRight);
    if (pen.measureText(e.placeholder).width > room + 1) said.push(`placeholder: ${e.placeholder}`);
  }
  return said;
}
"""


def cut_off(page: Page) -> dict[str, list[str]]:
    """Return what of a page cannot be seen or reached, by width."""
    found = {}
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        # Charts follow a change of the window a moment later.
        deadline = time.monotonic() + 10
        # Asked anew from here: the page's policy lets no wait_for_function evaluate a text.
        while (said := page.evaluate(CUT_OFF)) and time.monotonic() < deadline:
            page.wait_for_timeout(100)
        if said:
            found[f"{page.url} {width}"] = said
    return found


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_page_of_the_shop_is_cut_off(site: Site, visitor: Visitor, lang: Lang) -> None:
    page = visitor(site)
    found: dict[str, list[str]] = {}
    for path in SHOP:
        steps.open_page(page, path, lang)
        found |= cut_off(page)
    steps.put_in_cart(page, lang=lang)
    found |= cut_off(page)
    steps.go_to_checkout(page, lang)
    found |= cut_off(page)
    steps.fill_in(page, lang)
    steps.place_order(page, lang)
    found |= cut_off(page)
    steps.register(page, f"wide-{uuid.uuid4().hex[:8]}@example.com", lang)
    steps.open_page(page, "/account", lang)
    found |= cut_off(page)
    assert found == {}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_page_of_the_back_office_is_cut_off(site: Site, visitor: Visitor, lang: Lang) -> None:
    order = placed(site)
    page = visitor(site)
    steps.staff(page, "/admin", lang)
    found: dict[str, list[str]] = {}
    for path in [*STAFF, f"/orders/{order['id']}"]:
        steps.open_page(page, f"/admin{path}", lang)
        expect(page.locator("main .skeleton")).to_have_count(0)
        found |= cut_off(page)
    assert found == {}


def test_a_product_is_named_priced_and_bought_above_the_fold(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.open_page(page, f"/product/{steps.CAKE}")
    price = page.locator("main h1 + p")
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("scrollTo(0, 0)")
        for part in (page.locator("main h1"), price, page.get_by_role("button", name=t("vi", "product.add"))):
            expect(part).to_be_in_viewport(ratio=1)


def test_a_cake_without_a_description_has_no_empty_heading(site: Site, visitor: Visitor) -> None:
    cake = site.admin.product("banh-mi-bo-toi")
    page = visitor(site)
    steps.open_page(page, f"/product/{cake['slug']}")
    heading = page.get_by_role("heading", name=t("vi", "product.description"))
    expect(heading).to_be_visible()
    nothing = {"description": "", "descriptionEn": ""}
    site.admin.call("backend", "PATCH", f"/api/products/{cake['id']}", nothing)
    try:
        steps.open_page(page, f"/product/{cake['slug']}")
        expect(heading).to_have_count(0)
    finally:
        kept = {name: cake[name] for name in nothing}
        site.admin.call("backend", "PATCH", f"/api/products/{cake['id']}", kept)


def test_the_navigation_is_there_at_every_width(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.open_page(page, "/about")
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        bar = page.get_by_role("banner").get_by_role("navigation").first
        link = bar.get_by_role("link", name=t("vi", "shell.menu"), exact=True)
        if width < 1024:
            expect(link).to_be_hidden()
            page.get_by_role("button", name=t("vi", "shell.open_menu")).click()
            link = page.locator("#more").get_by_role("link", name=t("vi", "shell.menu"), exact=True)
        expect(link).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")
    assert link.get_attribute("href") == href("vi", "/menu")


def test_on_a_tablet_every_order_can_be_moved_on(site: Site, visitor: Visitor) -> None:
    order = placed(site)
    page = visitor(site)
    steps.staff(page, "/admin/orders")
    for width in (834, 1024):
        page.set_viewport_size({"width": width, "height": SIZES[width]})
        for name in ("pending", "processing", "shipped"):
            box = column(page, name).bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= width
        filters = page.get_by_role("group", name=t("vi", "admin_shell.filters")).bounding_box()
        assert filters is not None
        assert filters["height"] < 130, "two rows at most"
    page.set_viewport_size({"width": 390, "height": 844})
    steps.open_page(page, "/admin/orders?view=table")
    expect(page.get_by_role("row", name=order["number"]).get_by_text("Mousse Chanh Dây").last).to_be_visible()


def test_an_empty_checkout_does_not_jump(site: Site, visitor: Visitor) -> None:
    page = visitor(site, phone=True)
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => {"
        "if (!entry.hadRecentInput) window.shift += entry.value})).observe({type: 'layout-shift', buffered: true})"
    )
    for path in ("/checkout", "/cart"):
        steps.open_page(page, path)
        expect(page.locator("main").get_by_role("heading", name=t("vi", "cart.empty_title"))).to_be_visible()
        assert page.evaluate("window.shift") < 0.05


def test_the_steps_of_ordering_stand_under_one_another(site: Site, visitor: Visitor) -> None:
    page = visitor(site, phone=True)
    steps.open_page(page, "/")
    lefts = page.locator("#how h3").evaluate_all("all => all.map(one => one.getBoundingClientRect().left)")
    assert len(lefts) == 3
    assert len(set(lefts)) == 1
