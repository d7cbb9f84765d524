"""WCAG: axe on every page, in both languages and colours; the keyboard all the way through the checkout."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from storefront.i18n import Lang, t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.storefront import Site

PAGES = [
    "/",
    "/menu",
    "/menu?q=zzzzqqqq",
    "/product/mousse-chanh-day",
    "/cart",
    "/checkout",
    "/login",
    "/register",
    "/about",
    "/track",
    "/track/xxxxxxxxxxxxxxxxxxxxxxxx",
]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_axe_finds_nothing_serious(site: Site, visitor: Visitor, axe: str, lang: Lang) -> None:
    page = visitor(site)
    found: list[str] = []
    for path in PAGES:
        steps.open_page(page, path, lang)
        found += steps.barriers(page, axe, *steps.looks(lang))
    steps.put_in_cart(page, lang=lang)
    found += steps.barriers(page, axe, *steps.looks(lang))
    steps.go_to_checkout(page, lang)
    found += steps.barriers(page, axe, *steps.looks(lang))
    steps.fill_in(page, lang)
    steps.place_order(page, lang)
    found += steps.barriers(page, axe, *steps.looks(lang))
    steps.register(page, f"axe-{uuid.uuid4().hex[:8]}@example.com", lang)
    steps.open_page(page, "/account", lang)
    found += steps.barriers(page, axe, *steps.looks(lang))
    assert found == []


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until what is focused has a name; focus must be visible all the way."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
            const label = e.getAttribute('aria-label') || (e.labels && [...e.labels].map(l => l.innerText).join(' '))
                || e.innerText || '';
            return [label.trim(), s.outlineStyle, s.boxShadow, e.tagName] }"""
        )
        if focused[3] != "BODY":
            assert focused[1] != "none" or focused[2] != "none", focused
        if focused[0].startswith(name):
            return
    raise AssertionError(f"Tab never came to {name!r}")


def test_the_whole_checkout_by_keyboard(site: Site, visitor: Visitor) -> None:
    page = visitor(site)
    steps.open_page(page, "/product/banh-mi-bo-toi")
    _tab_to(page, t("vi", "product.add"))
    page.keyboard.press("Enter")
    expect(steps.drawer(page)).to_be_visible()
    _tab_to(page, t("vi", "cart.checkout"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name=t("vi", "checkout.heading"))).to_be_visible()
    for name in ("name", "phone"):
        _tab_to(page, t("vi", f"checkout.{name}"))
        page.keyboard.type(steps.BUYER[name])
    _tab_to(page, t("vi", "checkout.address"))
    page.keyboard.type(steps.BUYER["address"])
    _tab_to(page, t("vi", "checkout.place"))
    page.keyboard.press("Enter")
    steps.placed_order(page)
