"""What the shop changes shows in pages that are open already."""

import pytest
from playwright.sync_api import expect

from storefront.i18n import Lang, t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.storefront import Site

CAKE = "tiramisu-co-dien"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_what_is_sold_out_shows_at_once_in_open_pages(fragile_site: Site, visitor: Visitor, lang: Lang) -> None:
    cake = fragile_site.admin.product(CAKE)
    name = cake["name"] if lang == "vi" else cake["nameEn"]
    product, menu, home = (visitor(fragile_site) for _ in range(3))
    steps.open_page(product, f"/product/{CAKE}", lang)
    for page, path in ((menu, "/menu"), (home, "/")):
        steps.open_page(page, path, lang)
        expect(page.locator("main article", has_text=name).first).not_to_contain_text(t(lang, "shell.sold_out"))
    add = product.get_by_role("button", name=t(lang, "product.add"), exact=True)
    first, *others = [size["size"] for size in cake["sizes"]]
    expect(add).to_be_enabled()

    fragile_site.admin.set_stock(cake["id"], first, 0)
    label = product.locator(f"label:has(input[name=size][value={first}])")
    expect(label).to_contain_text(t(lang, "product.sold_out_size"))
    expect(product.locator(f"input[name=size][value={others[0]}]")).to_be_checked()

    for size in others:
        fragile_site.admin.set_stock(cake["id"], size, 0)
    expect(product.get_by_text(t(lang, "product.sold_out"))).to_be_visible()
    expect(add).to_have_count(0)
    for page in (menu, home):
        expect(page.locator("main article", has_text=name).first).to_contain_text(t(lang, "shell.sold_out"))

    fragile_site.admin.set_stock(cake["id"], first, 3)
    expect(add).to_be_enabled()


def test_open_pages_follow_the_shop_again_after_the_backend_was_away(fragile_site: Site, visitor: Visitor) -> None:
    page = visitor(fragile_site, allow_errors=True)
    steps.open_page(page, "/menu")
    cake = fragile_site.admin.product(CAKE)
    fragile_site.shop.kill("backend")
    fragile_site.shop.start("backend")
    for size in cake["sizes"]:
        fragile_site.admin.set_stock(cake["id"], size["size"], 0)
    card = page.locator("main article", has_text=cake["name"]).first
    expect(card).to_contain_text(t("vi", "shell.sold_out"))
