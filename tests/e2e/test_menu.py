"""Finding a cake: search, filters, pages, all in the address."""

from playwright.sync_api import Locator, Page, expect

from storefront.i18n import t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.storefront import Site


def _suggestions(page: Page) -> Locator:
    return page.get_by_role("listbox", name=t("vi", "menu.suggestions")).get_by_role("option")


def test_search_forgives_accents_and_typing_errors(site: Site, visitor: Visitor) -> None:
    page = visitor(site, phone=True)
    steps.open_page(page, "/menu")
    field = page.get_by_role("combobox", name=t("vi", "menu.search"))
    field.press_sequentially("banh dau do")
    expect(_suggestions(page).first).to_contain_text("Bánh Mousse Đậu Đỏ")

    field.press("Enter")
    expect(page).to_have_url(f"{site.url}/menu?q=banh+dau+do")
    expect(page.locator("main article").first).to_contain_text("Bánh Mousse Đậu Đỏ")

    steps.open_page(page, "/menu?q=tiramusu")
    expect(page.get_by_text(t("vi", "menu.fuzzy", query="tiramusu"))).to_be_visible()
    expect(page.locator("main article").first).to_contain_text("Tiramisu Cổ Điển")

    steps.open_page(page, "/menu?q=zzzzqqqq")
    expect(page.get_by_role("heading", name=t("vi", "menu.empty_title"))).to_be_visible()


def test_suggestions_are_chosen_with_the_keyboard(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.open_page(page, "/menu")
    field = page.get_by_role("combobox", name=t("vi", "menu.search"))
    field.press_sequentially("tiramisu co dien")
    expect(_suggestions(page).first).to_contain_text("Tiramisu Cổ Điển")
    field.press("Escape")
    expect(_suggestions(page)).to_have_count(0)
    field.fill("tiramisu co dien")
    expect(_suggestions(page).first).to_contain_text("Tiramisu Cổ Điển")
    field.press("ArrowDown")
    expect(_suggestions(page).first).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    page.wait_for_url("**/product/tiramisu-co-dien")


def test_filters_live_in_the_address_and_the_back_button_undoes_them(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.open_page(page, "/menu")
    page.get_by_role("link", name="Tiramisu").filter(has_text="7").click()
    expect(page).to_have_url(f"{site.url}/menu?category=tiramisu")
    expect(page.get_by_text(t("vi", "menu.count", count=7), exact=True)).to_be_visible()
    page.get_by_label(t("vi", "menu.sort")).select_option("-price")
    expect(page).to_have_url(f"{site.url}/menu?category=tiramisu&sort=-price")
    expect(page.locator("main article").first).to_contain_text("Tiramisu Sầu Riêng")

    page.go_back()
    expect(page).to_have_url(f"{site.url}/menu?category=tiramisu")
    page.go_back()
    expect(page).to_have_url(f"{site.url}/menu")
    expect(page.get_by_text(t("vi", "menu.count", count=28), exact=True)).to_be_visible()


def test_a_deep_link_restores_everything(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.open_page(page, "/menu?category=bread&min=30000&max=60000&stock=1&sort=price")
    listed = site.admin.call(
        "backend", "GET", "/api/products?category=bread&minPrice=30000&maxPrice=60000&inStock=true&sort=price"
    )
    expect(page.get_by_text(t("vi", "menu.count", count=listed["total"]), exact=True)).to_be_visible()
    expect(page.locator("main article")).to_have_count(listed["total"])
    for place, product in enumerate(listed["items"]):
        expect(page.locator("main article").nth(place)).to_contain_text(product["name"])
    expect(page.get_by_label(t("vi", "menu.sort"))).to_have_value("price")


def test_the_second_page(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.open_page(page, "/menu")
    page.get_by_role("link", name=t("vi", "menu.page_of", number=2), exact=True).click()
    expect(page).to_have_url(f"{site.url}/menu?page=2")
    expect(page.locator("main article")).to_have_count(4)


def test_cakes_for_an_occasion(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.open_page(page, "/menu?q=bánh sinh nhật")
    expect(page.locator("main article").first).to_contain_text("Bạc Hà")
    expect(page.get_by_text(t("vi", "menu.count", count=11), exact=True)).to_be_visible()

    steps.open_page(page, "/menu?category=mousse")
    name = t("vi", "product.occasion_birthday")
    filters = page.get_by_role("complementary", name=t("vi", "menu.filter_title"))
    filters.get_by_role("link", name=name).click()
    expect(page).to_have_url(f"{site.url}/menu?category=mousse&occasion=birthday")
    listed = site.admin.call("backend", "GET", "/api/products?category=mousse&occasion=birthday")
    expect(page.get_by_text(t("vi", "menu.count", count=listed["total"]), exact=True)).to_be_visible()
    expect(filters.get_by_role("link", name=name)).to_have_attribute("aria-current", "true")
    page.reload()
    expect(page.locator("main article")).to_have_count(listed["total"])

    # A price that is typed stays within the occasion.
    filters.get_by_label(t("vi", "menu.price_max")).fill("210000")
    filters.get_by_role("button", name=t("vi", "menu.apply")).click()
    expect(page).to_have_url(f"{site.url}/menu?category=mousse&occasion=birthday&max=210000")
    expect(page.locator("main article")).to_have_count(1)

    page.locator("main article a").first.click()
    page.locator("main").get_by_role("link", name=t("vi", "product.occasion_party")).click()
    expect(page).to_have_url(f"{site.url}/menu?occasion=party")
    expect(page.get_by_role("complementary", name=t("vi", "menu.filter_title"))).to_be_visible()

    steps.open_page(page, "/menu?category=bread&occasion=christmas")
    page.get_by_role("link", name=t("vi", "menu.clear_occasion")).click()
    expect(page).to_have_url(f"{site.url}/menu?category=bread")
    expect(page.locator("main article")).to_have_count(8)
