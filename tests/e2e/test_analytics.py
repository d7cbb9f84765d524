"""What a shopper does is on the owner's page within seconds; and the page itself, for everybody who looks at it."""

import time

import pytest
from playwright.sync_api import Page, expect

from storefront.i18n import Lang, href, t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.storefront import Site

TODAY = "/admin/analytics?days=1"
SOON_S = 5.0


def reached(page: Page, lang: Lang = "vi") -> list[int]:
    """Return how many visits came to each step of the funnel."""
    card = page.locator("section", has=page.get_by_role("heading", name=t(lang, "admin_analytics.funnel"), exact=True))
    texts = card.locator("ol > li .tabular-nums").all_inner_texts()
    return [int(text.partition("·")[0].strip().replace(".", "").replace(",", "")) for text in texts]


def until_reached(page: Page, expected: list[int]) -> None:
    """Wait until the funnel is so, as long as it may take."""
    deadline = time.monotonic() + SOON_S
    while (now := reached(page)) != expected:
        assert time.monotonic() < deadline, (now, expected)
        page.wait_for_timeout(100)


def test_a_shoppers_journey_is_in_the_funnel_within_five_seconds(site: Site, visitor: Visitor) -> None:
    owner = visitor(site)
    steps.staff(owner, TODAY)
    expect(owner.get_by_role("heading", name=t("vi", "admin_analytics.funnel"), exact=True)).to_be_visible()
    before = reached(owner)

    shopper = visitor(site)
    steps.put_in_cart(shopper)
    until_reached(owner, [before[0] + 1, before[1] + 1, *before[2:]])
    steps.go_to_checkout(shopper)
    until_reached(owner, [before[0] + 1, before[1] + 1, before[2] + 1, before[3]])
    steps.fill_in(shopper)
    steps.place_order(shopper)
    until_reached(owner, [number + 1 for number in before])
    # The owner's own looking around is nobody's journey.
    steps.open_page(owner, f"/product/{steps.CAKE}")
    steps.open_page(owner, TODAY)
    assert reached(owner) == [number + 1 for number in before]


def test_who_asks_for_privacy_is_not_recorded(site: Site, visitor: Visitor) -> None:
    owner = visitor(site)
    steps.staff(owner, TODAY)
    expect(owner.get_by_role("heading", name=t("vi", "admin_analytics.funnel"), exact=True)).to_be_visible()
    before = reached(owner)
    private = visitor(site)
    private.set_extra_http_headers({"Sec-GPC": "1"})
    private.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    steps.open_page(private, "/")
    private.wait_for_timeout(1_000)  # its script answers; nothing on the page says so
    steps.put_in_cart(private)
    owner.wait_for_timeout(4_000)
    assert reached(owner) == before
    steps.open_page(private, "/about")
    expect(private.locator("#privacy")).to_contain_text("Global Privacy Control")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_page_has_no_barriers_and_its_figures_are_explained(
    site: Site, visitor: Visitor, axe: str, lang: Lang
) -> None:
    page = visitor(site)
    steps.staff(page, "/admin/analytics", lang)
    heading = page.get_by_role("heading", name=t(lang, "admin_analytics.funnel"), exact=True)
    expect(heading).to_be_visible()
    assert steps.barriers(page, axe, *steps.OPPOSITE_LOOKS) == []
    page.get_by_role("button", name=t(lang, "admin_analytics.conversion")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#means-conversion")).to_be_visible()
    expect(page.locator("#means-conversion")).to_have_text(t(lang, "admin_analytics.conversion_means"))
    page.keyboard.press("Escape")
    expect(page.locator("#means-conversion")).to_be_hidden()

    page.get_by_role("link", name=t(lang, "admin_analytics.days_7"), exact=True).click()
    page.wait_for_url(f"**{href(lang, '/admin/analytics')}?days=7")
    page.get_by_role("link", name=t(lang, "admin_analytics.unit_customer"), exact=True).click()
    page.wait_for_url("**days=7&unit=customer")
    with page.expect_download() as told:
        page.get_by_role("link", name=f"CSV: {t(lang, 'admin_analytics.days')}").click()
    assert told.value.path().read_text(encoding="utf-8").startswith("\ufeffshop_day,orders,revenue")
