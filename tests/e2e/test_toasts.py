"""Toasts look like the shop, can be seen over a dialog, and lie on nothing that is about to be pressed."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from storefront.i18n import t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.storefront import Site

CAKE = "pate-so"


def overlap(page: Page, first: str, second: str) -> bool:
    """Return whether two elements lie on one another."""
    met: bool = page.evaluate(
        """([first, second]) => {
            const [a, b] = [first, second].map(one => document.querySelector(one).getBoundingClientRect());
            return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
        }""",
        [first, second],
    )
    return met


@pytest.mark.parametrize(("phone", "dark"), [(True, False), (False, True)])
def test_a_toast_is_seen_over_the_cart_and_leaves_its_buttons_free(
    site: Site, visitor: Visitor, phone: bool, dark: bool
) -> None:
    cake = site.admin.product(CAKE)
    size: dict[str, Any] = cake["sizes"][0]
    page = visitor(site, phone=phone, dark=dark)
    steps.put_in_cart(page, slug=CAKE, size=size["size"])
    site.admin.set_stock(cake["id"], size["size"], 1)
    try:
        more = t("vi", "shell.more", name=cake["name"])
        steps.drawer(page).get_by_role("button", name=more, exact=True).click()
        toast = page.locator("[data-sonner-toast]")
        expect(toast).to_contain_text(t("vi", "cart.only_left", count=1)[:-1])
        expect(toast).to_have_attribute("data-mounted", "true")
        place = page.locator("section:has(> [data-sonner-toaster])")
        assert place.evaluate("place => place.matches(':popover-open')"), "it lies in the top layer, as the dialog does"
        assert not overlap(page, "[data-sonner-toast]", "#cart-drawer a.btn-primary")
        look = "e => getComputedStyle(e).backgroundColor"
        assert toast.evaluate(look) == page.locator("#cart-drawer").evaluate(look)

        page.keyboard.press("Escape")
        expect(steps.drawer(page)).to_be_hidden()
        assert not overlap(page, "[data-sonner-toast]", "main form button[type=submit]")
    finally:
        site.admin.set_stock(cake["id"], size["size"], size["stock"])
