"""The catalogue as staff keep it: what they change is in the shop at once, and nothing they type is lost."""

import uuid
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from launcher.postgres import Cluster
from storefront.i18n import Lang, href, t
from storefront.state.admin.product_form import key_of
from tests.e2e import steps
from tests.e2e.conftest import Visitor, fresh_site
from tests.support.apps import ADMIN
from tests.support.storefront import Site

PAGES = [
    "/admin/products",
    "/admin/products?q=zzzz",
    "/admin/products/new",
    "/admin/products/1",
    "/admin/products/999999",
    "/admin/categories",
    "/admin/stock",
    "/admin/import",
]
LONG = "Bánh Kem Ba Tầng Vị Chanh Dây Phủ Sô-cô-la Trắng Dành Cho Tiệc Cưới Ngoài Trời"


@pytest.fixture(scope="module")
def site(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A shop of these tests' own: other tests count what is on the menu."""
    with fresh_site(cluster, tmp_path_factory.mktemp("catalogue")) as running:
        yield running


def picture(width: int, height: int) -> FilePayload:
    """Return a picture as a file."""
    file = BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(file, "JPEG")
    return {"name": "banh.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def csv_file(*lines: str) -> FilePayload:
    """Return lines as a CSV file."""
    return {"name": "banh.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}


def save(page: Page, lang: Lang = "vi") -> None:
    """Press the form's button."""
    page.get_by_role("button", name=t(lang, "admin_product.save"), exact=True).click()


def told(page: Page, text: str) -> None:
    """Expect a toast."""
    expect(page.locator("[data-sonner-toast]", has_text=text)).to_be_visible()


def made(site: Site, **change: Any) -> dict[str, Any]:
    """Make a product through the API."""
    name = f"Bánh {uuid.uuid4().hex[:8]}"
    wanted = {"name": name, "categoryId": 1, "sizes": [{"size": "M", "price": 100_000, "stock": 20}], **change}
    product: dict[str, Any] = site.admin.call("backend", "POST", "/api/products", wanted)
    return product


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_new_product_with_a_picture_is_bought(site: Site, visitor: Visitor, lang: Lang) -> None:
    page, slug = visitor(site, phone=lang == "en"), f"banh-moi-{uuid.uuid4().hex[:8]}"
    steps.staff(page, "/admin/products/new", lang)
    page.locator("#name").fill(LONG)
    page.locator("#name_en").fill("Three-Tier Wedding Cake")
    expect(page.locator("#slug")).to_have_value(
        "banh-kem-ba-tang-vi-chanh-day-phu-so-co-la-trang-danh-cho-tiec-cuoi-ngoai-troi"
    )
    page.locator("#slug").fill(slug)
    page.locator("#picture").set_input_files(picture(1800, 1800))
    expect(page.locator("#picture-preview")).to_be_visible()
    page.locator("#size-n1").fill("M")
    page.locator("#price-n1").fill("1250000")
    page.locator("#stock-n1").fill("3")
    expect(page.locator("#price-n1")).to_have_value("1.250.000")
    expect(page.get_by_role("button", name=t(lang, "admin_product.picture_remove"))).to_be_enabled()
    page.get_by_role("button", name=t(lang, "admin_product.create"), exact=True).click()
    page.wait_for_url(lambda url: url.rpartition("/")[2].isdecimal())
    expect(page.locator("h1")).to_contain_text("Three-Tier Wedding Cake" if lang == "en" else LONG)

    buyer = visitor(site, phone=True)
    steps.open_page(buyer, f"/product/{slug}", lang)
    shown = buyer.locator("main img").first
    expect(shown).to_have_js_property("complete", True)
    assert "1600w" in (shown.get_attribute("srcset") or "")
    assert shown.evaluate("image => image.currentSrc").endswith(".webp")
    assert shown.evaluate("image => image.naturalWidth") > 0
    expect(buyer.locator("main")).to_contain_text(steps.price(1_250_000))
    steps.put_in_cart(buyer, slug, lang=lang)
    steps.go_to_checkout(buyer, lang)
    steps.fill_in(buyer, lang)
    steps.place_order(buyer, lang)
    assert steps.size_of(site.admin.product(slug), "M")["stock"] == 2


def test_a_price_that_changes_while_it_is_in_a_cart_is_told(site: Site, visitor: Visitor) -> None:
    product = made(site)
    buyer, page = visitor(site, phone=True), visitor(site)
    steps.put_in_cart(buyer, product["slug"])
    steps.staff(page, f"/admin/products/{product['id']}")
    page.locator(f"#price-{key_of('M')}").fill("135.000")
    save(page)
    told(page, t("vi", "admin_product.saved"))
    assert steps.size_of(site.admin.product(product["slug"]), "M")["price"] == 135_000

    steps.open_page(buyer, "/cart")
    problem = t("vi", "cart.problem_price", old=steps.price(100_000), new=steps.price(135_000))
    expect(buyer.locator("main")).to_contain_text(problem)


def test_stock_is_changed_with_a_reason_and_open_pages_follow(site: Site, visitor: Visitor) -> None:
    product = made(site)
    buyer, page = visitor(site, phone=True), visitor(site)
    steps.open_page(buyer, f"/product/{product['slug']}")
    expect(buyer.get_by_text(t("vi", "product.in_stock"))).to_be_visible()
    steps.staff(page, f"/admin/products/{product['id']}")
    page.get_by_role("button", name=t("vi", "admin_product.change_stock_of", size="M"), exact=True).click()
    page.get_by_text(t("vi", "admin_stock.way_set"), exact=True).click()
    page.locator("#stock-amount").fill("0")
    page.get_by_text(t("vi", "admin_stock.reason_other"), exact=True).click()
    page.locator("#stock-reason").fill("Kiểm kê cuối ngày")
    page.get_by_role("button", name=t("vi", "admin_stock.save"), exact=True).click()
    told(page, t("vi", "admin_stock.done", name=product["name"], size="M", stock=0))
    expect(page.locator("main ol").first).to_contain_text("Kiểm kê cuối ngày")
    expect(buyer.get_by_role("button", name=t("vi", "product.add"), exact=True)).to_have_count(0)

    steps.open_page(page, "/admin/stock")
    row = page.locator("tbody tr", has_text=product["name"])
    row.get_by_role("button", name=t("vi", "admin_stock.add_to", name=product["name"], size="M")).click()
    told(page, t("vi", "admin_stock.done", name=product["name"], size="M", stock=10))
    expect(row).to_have_count(0)
    assert steps.size_of(site.admin.product(product["slug"]), "M")["stock"] == 10
    expect(buyer.get_by_role("button", name=t("vi", "product.add"), exact=True)).to_be_visible()


def test_what_runs_low_appears_by_itself(site: Site, visitor: Visitor) -> None:
    product, page = made(site), visitor(site)
    steps.staff(page, "/admin/stock")
    expect(page.locator("tbody tr", has_text=product["name"])).to_have_count(0)
    site.admin.set_stock(product["id"], "M", 1)
    expect(page.locator("tbody tr", has_text=product["name"])).to_be_visible()
    low = site.admin.call("backend", "GET", "/api/admin/stock/low?limit=1")["total"]
    expect(page.locator("aside").get_by_role("link", name=t("vi", "admin_shell.low_stock", count=low))).to_be_visible()
    site.admin.set_stock(product["id"], "M", 50)
    expect(page.locator("tbody tr", has_text=product["name"])).to_have_count(0)


def test_archiving_is_undone_from_the_toast(site: Site, visitor: Visitor) -> None:
    product, page = made(site), visitor(site)
    steps.staff(page, "/admin/products")
    page.locator("#search").fill(product["name"])
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name=t("vi", "admin_products.archive_of", name=product["name"])).click()
    told(page, t("vi", "admin_products.archived", name=product["name"]))
    expect(page.locator("tbody tr")).to_have_count(0)
    page.get_by_role("button", name=t("vi", "admin_products.undo"), exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert site.admin.product(product["slug"])["id"] == product["id"]


def test_two_admins_change_one_product_and_nothing_is_overwritten(site: Site, visitor: Visitor) -> None:
    product, page = made(site), visitor(site)
    path = f"/api/products/{product['id']}"
    steps.staff(page, f"/admin/products/{product['id']}")
    page.locator("#name").fill("Tên của tôi")
    page.locator("#description").fill("Mô tả của tôi")
    site.admin.call("backend", "PATCH", path, {"name": "Tên của họ", "nameEn": "Theirs"})
    save(page)
    expect(page.get_by_text(t("vi", "admin_product.conflict"))).to_be_visible()
    assert site.admin.product(product["slug"])["name"] == "Tên của họ"
    expect(page.locator("#name")).to_have_value("Tên của tôi")
    expect(page.locator("#name_en")).to_have_value("Theirs")
    page.get_by_role("button", name=t("vi", "admin_product.take_theirs"), exact=True).click()
    expect(page.locator("#name")).to_have_value("Tên của họ")
    save(page)
    told(page, t("vi", "admin_product.saved"))
    now = site.admin.product(product["slug"])
    assert (now["name"], now["nameEn"], now["description"]) == ("Tên của họ", "Theirs", "Mô tả của tôi")


def test_what_is_typed_outlives_the_page_and_the_session(site: Site, visitor: Visitor) -> None:
    product, page = made(site), visitor(site)
    address = f"/admin/products/{product['id']}"
    steps.staff(page, address)
    page.locator("#description").fill("Chưa lưu")
    page.get_by_role("link", name=t("vi", "admin_shell.categories"), exact=True).first.click()
    leave = page.get_by_role("dialog").filter(has_text=t("vi", "admin_product.leave_title"))
    leave.get_by_role("button", name=t("vi", "admin_product.stay"), exact=True).click()
    expect(page).to_have_url(f"{site.url}{address}")

    page.context.clear_cookies()
    page.evaluate("sessionStorage.clear()")
    page.reload()
    page.wait_for_url("**/login?**")
    page.locator("main input[name=email]").fill(ADMIN["email"])
    page.locator("main input[name=password]").fill(ADMIN["password"])
    page.locator("main form button[type=submit]").click()
    expect(page.locator("#description")).to_have_value("Chưa lưu")
    save(page)
    told(page, t("vi", "admin_product.saved"))
    assert site.admin.product(product["slug"])["description"] == "Chưa lưu"

    page.locator("#description").fill("Nháp trên máy dùng chung")
    page.get_by_role("button", name=t("vi", "admin_shell.sign_out"), exact=True).first.click()
    page.wait_for_url(f"{site.url}/")
    assert "Nháp" not in page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")


def test_a_draft_undoes_nothing_that_another_admin_saved(site: Site, visitor: Visitor) -> None:
    product, page = made(site), visitor(site)
    path, price = f"/api/products/{product['id']}", f"#price-{key_of('M')}"
    steps.staff(page, f"/admin/products/{product['id']}")
    expect(page).to_have_title(f"{product['name']} · SweetDream")
    page.locator("#name_en").fill("Mine")
    page.on("dialog", lambda dialog: dialog.accept())
    site.admin.set_price(product["id"], "M", 150_000)
    site.admin.call("backend", "PATCH", path, {"description": "Của họ"})
    page.reload()
    expect(page.locator("#name_en")).to_have_value("Mine")
    expect(page.locator(price)).to_have_value("150.000")
    expect(page.locator("#description")).to_have_value("Của họ")
    save(page)
    told(page, t("vi", "admin_product.saved"))
    now = site.admin.product(product["slug"])
    assert (now["nameEn"], now["description"], steps.size_of(now, "M")["price"]) == ("Mine", "Của họ", 150_000)


def test_what_is_wrong_is_told_until_it_is_mended(site: Site, visitor: Visitor) -> None:
    product, page = made(site), visitor(site)
    price = f"#price-{key_of('M')}"
    steps.staff(page, f"/admin/products/{product['id']}")
    page.locator("#name").fill("")
    page.locator(price).fill("199,000.00")
    save(page)
    expect(page.locator(f"{price}-error")).to_have_text(t("vi", "admin_product.price_wrong"))
    expect(page.locator(price)).to_have_value("199,000.00")
    page.locator("#name").fill("Tên mới")
    expect(page.locator("#name-error")).to_be_empty()
    expect(page.locator("#product-notice")).not_to_be_empty()
    page.locator(price).fill("199 000 đ")
    expect(page.locator(f"{price}-error")).to_be_empty()
    expect(page.locator("#product-notice")).to_be_empty()
    save(page)
    told(page, t("vi", "admin_product.saved"))
    assert steps.size_of(site.admin.product(product["slug"]), "M")["price"] == 199_000


def test_the_form_follows_the_stock_and_no_long_word_makes_it_wider(site: Site, visitor: Visitor) -> None:
    product, page = made(site), visitor(site, phone=True)
    steps.staff(page, f"/admin/products/{product['id']}")
    page.locator("#description").fill("Đang viết")
    change = {"stock": 77, "reason": "x" * 190}
    site.admin.call("backend", "PATCH", f"/api/products/{product['id']}/sizes/M/stock", change)
    expect(page.locator("main ol").first).to_contain_text("x" * 190)
    expect(page.locator("#sizes fieldset")).to_contain_text("77")
    expect(page.locator("#description")).to_have_value("Đang viết")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_file_with_mistakes_is_mended_looked_at_and_imported(site: Site, visitor: Visitor) -> None:
    product, page, fresh = made(site), visitor(site), f"banh-tu-tep-{uuid.uuid4().hex[:8]}"
    steps.staff(page, "/admin/import")
    with page.expect_download() as download:
        page.get_by_role("link", name=t("vi", "admin_import.export_button")).click()
    assert product["slug"] in download.value.path().read_text(encoding="utf-8")

    head = "slug,name,category,size,price,stock"
    known = f"{product['slug']},{product['name']},mousse"
    page.locator("#catalogue-file").set_input_files(
        csv_file(head, f"{known},M,120.000,5", f"{fresh},Bánh Từ Tệp,khong-co,M,90000,4")
    )
    problems = page.locator("tbody tr")
    expect(problems).to_have_count(2)
    expect(problems.nth(0)).to_contain_text(t("vi", "admin_import.problem_not_a_number"))
    expect(problems.nth(1)).to_contain_text(t("vi", "admin_import.problem_unknown_category"))
    apply = page.get_by_role("button", name=t("vi", "admin_import.apply"), exact=True)
    expect(apply).to_have_count(0)
    assert steps.size_of(site.admin.product(product["slug"]), "M")["price"] == 100_000

    page.locator("#catalogue-file").set_input_files(
        csv_file(head, f"{known},M,120000,5", f"{fresh},Bánh Từ Tệp,mousse,M,90000,4")
    )
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody")).to_contain_text(f"{steps.price(100_000)} → {steps.price(120_000)}")
    assert steps.size_of(site.admin.product(product["slug"]), "M")["price"] == 100_000
    site.admin.set_price(product["id"], "M", 110_000)
    apply.click()
    expect(page.get_by_text(t("vi", "admin_import.catalogue_changed"))).to_be_visible()
    assert steps.size_of(site.admin.product(product["slug"]), "M")["price"] == 110_000
    apply.click()
    expect(page.get_by_role("heading", name=t("vi", "admin_import.done"))).to_be_visible()
    assert steps.size_of(site.admin.product(product["slug"]), "M")["price"] == 120_000

    buyer = visitor(site, phone=True)
    steps.open_page(buyer, f"/product/{fresh}")
    expect(buyer.locator("h1")).to_have_text("Bánh Từ Tệp")


def test_the_order_of_categories_shows_in_the_shop(site: Site, visitor: Visitor) -> None:
    page, buyer = visitor(site), visitor(site)
    before = site.admin.call("backend", "GET", "/api/categories")
    first, second = before[0]["name"], before[1]["name"]
    steps.staff(page, "/admin/categories")
    page.get_by_role("button", name=t("vi", "admin_categories.down_of", name=first), exact=True).click()
    expect(page.locator("main ol > li").first).to_contain_text(second)
    expect(page.get_by_role("button", name=t("vi", "admin_categories.down_of", name=first), exact=True)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main ol > li").first).to_contain_text(first)

    # By dragging, onto the last place and back with the keyboard.
    grip = page.locator("[data-grip]").first
    last = page.locator("[data-row]").last.bounding_box()
    grip.hover()
    page.mouse.down()
    assert last is not None
    page.mouse.move(last["x"] + 20, last["y"] + last["height"] / 2 + 5, steps=6)
    page.mouse.up()
    expect(page.locator("main ol > li").last).to_contain_text(first)
    steps.open_page(buyer, "/menu?category=" + before[1]["slug"])
    names = buyer.locator("main a.chip").all_inner_texts()
    assert next(name for name in names if any(one["name"] in name for one in before)).startswith(second)
    site.admin.call("backend", "PUT", "/api/admin/categories/order", {"ids": [one["id"] for one in before]})


def test_a_category_with_products_cannot_go_and_an_empty_one_can(site: Site, visitor: Visitor) -> None:
    page, name = visitor(site), f"Bánh quy {uuid.uuid4().hex[:6]}"
    steps.staff(page, "/admin/categories")
    page.get_by_role("button", name=t("vi", "admin_categories.delete_of", name="Mousse"), exact=True).click()
    confirm = page.get_by_role("dialog").get_by_role("button", name=t("vi", "admin_categories.delete"), exact=True)
    confirm.click()
    told(page, t("vi", "admin_categories.not_empty"))
    page.get_by_role("button", name=t("vi", "admin_categories.new"), exact=True).click()
    page.locator("#category-name").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator("main ol > li").last).to_contain_text(name)
    page.get_by_role("button", name=t("vi", "admin_categories.delete_of", name=name), exact=True).click()
    confirm.click()
    expect(page.locator("main ol > li", has_text=name)).to_have_count(0)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_axe_finds_nothing_serious(site: Site, visitor: Visitor, axe: str, lang: Lang) -> None:
    page = visitor(site)
    steps.staff(page, "/admin/stock", lang)
    found: list[str] = []
    for path in PAGES:
        page.goto(href(lang, path))
        steps.ready(page)
        expect(page.locator(".skeleton")).to_have_count(0)
        found += steps.barriers(page, axe, *steps.looks(lang, steps.EVERY_LOOK))
    page.locator("#catalogue-file").set_input_files(csv_file("slug,size", "x,M,y"))
    expect(page.locator("tbody tr").first).to_be_visible()
    found += steps.barriers(page, axe, *steps.looks(lang, steps.EVERY_LOOK))
    steps.open_page(page, "/admin/products/2", lang)
    page.locator("#name").fill("")
    save(page, lang)
    expect(page.locator("#name")).to_be_focused()
    found += steps.barriers(page, axe, *steps.looks(lang, steps.EVERY_LOOK))
    page.get_by_role("button", name=t(lang, "admin_product.change_stock_of", size="S"), exact=True).click()
    found += steps.barriers(page, axe, *steps.looks(lang, steps.EVERY_LOOK))
    assert found == []
