"""What search engines, previews and old links get: documents, before any script runs."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from storefront.i18n import t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.storefront import Site


@pytest.fixture
def plain(site: Site) -> Iterator[httpx.Client]:
    """What reads the documents without running them."""
    with httpx.Client(base_url=site.url, trust_env=False, timeout=30) as client:
        yield client


def _tag(document: str, pattern: str) -> str:
    found = re.search(pattern, document)
    assert found is not None, pattern
    return found.group(1)


@pytest.mark.parametrize(
    ("path", "name", "html_lang"),
    [
        ("/product/mousse-chanh-day", "Mousse Chanh Dây", "vi"),
        ("/en/product/mousse-chanh-day", "Passion Fruit Mousse", "en"),
    ],
)
def test_a_products_document_says_what_it_is(
    site: Site, plain: httpx.Client, path: str, name: str, html_lang: str
) -> None:
    answer = plain.get(path)
    document = answer.text

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert f'<html lang="{html_lang}"' in document
    assert name in _tag(document, r"<title>([^<]*)</title>")
    assert _tag(document, r'<link rel="canonical" href="([^"]*)"') == site.url + path
    assert name in _tag(document, r'<meta property="og:title" content="([^"]*)"')
    picture = _tag(document, r'<meta property="og:image" content="([^"]*)"')
    assert picture.endswith(".jpg")
    assert plain.get(picture).headers["content-type"] == "image/jpeg"
    assert f'hreflang="en" href="{site.url}/en/product/mousse-chanh-day"' in document
    data = json.loads(_tag(document, r'<script type="application/ld\+json"[^>]*>(.*?)</script>'))
    assert (data["@type"], data["name"]) == ("Product", name)
    product = site.admin.product("mousse-chanh-day")
    assert [(offer["price"], offer["priceCurrency"]) for offer in data["offers"]] == [
        (size["price"], "VND") for size in product["sizes"]
    ]


@pytest.mark.parametrize("path", ["/product/no-such-cake", "/no-such-page", "/en/product/no-such-cake", "/product/%00"])
def test_what_is_not_there_is_404(plain: httpx.Client, path: str) -> None:
    answer = plain.get(path)
    assert answer.status_code == 404
    assert "noindex" in answer.text


def test_the_404_page_leads_back(site: Site, visitor: Visitor) -> None:
    page = visitor(site, allow_errors=True)
    page.goto("/no-such-page")
    page.get_by_role("link", name=t("vi", "shell.menu"), exact=True).first.click()
    page.wait_for_url("**/menu")


def test_a_name_that_tries_to_be_a_script_is_only_a_name(site: Site, plain: httpx.Client) -> None:
    hostile = "</script><script>alert(1)</script>"
    shelf = site.admin.call("backend", "GET", "/api/categories")[0]["id"]
    product = site.admin.call(
        "backend", "POST", "/api/products",
        {"name": hostile, "slug": "hostile", "categoryId": shelf, "sizes": [{"size": "S", "price": 1000, "stock": 0}]},
    )  # fmt: skip
    try:
        assert "<script>alert(1)" not in plain.get("/product/hostile").text
    finally:
        site.admin.call("backend", "DELETE", f"/api/products/{product['id']}")
    assert plain.get("/product/hostile").status_code in {200, 404}


def test_the_sitemap_is_live(site: Site, plain: httpx.Client) -> None:
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    places = {place.text for place in ET.fromstring(plain.get("/sitemap.xml").text).iterfind(".//s:loc", names)}
    assert {
        f"{site.url}/",
        f"{site.url}/menu",
        f"{site.url}/product/croissant-bo",
        f"{site.url}/en/product/croissant-bo",
    } <= places
    assert "Sitemap: " in plain.get("/robots.txt").text


@pytest.mark.parametrize("path", ["/", "/menu"])
def test_cakes_stand_in_the_document_itself(plain: httpx.Client, path: str) -> None:
    document = plain.get(path).text
    assert "Mousse Chanh Dây" in document
    assert steps.price(199_000) in document
    assert document.count("<article") >= 8


def test_assets_are_kept_for_ever_and_compressed(plain: httpx.Client) -> None:
    document = plain.get("/").text
    asset = _tag(document, r'(/assets/[^"]+\.js)')
    answer = plain.get(asset, headers={"Accept-Encoding": "br, gzip"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] in {"br", "gzip"}


def test_the_language_is_remembered(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.open_page(page, "/menu?category=bread")
    page.get_by_role("link", name=t("en", "shell.this_language"), exact=True).first.click()
    page.wait_for_url("**/en/menu*")
    expect(page.get_by_role("heading", level=1, name=t("en", "menu.title"))).to_be_visible()
    page.goto("/")
    expect(page).to_have_url(f"{site.url}/en")
    assert page.locator("html").get_attribute("lang") == "en"
