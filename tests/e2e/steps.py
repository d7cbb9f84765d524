"""What shoppers do, step by step, by what they read on the page."""

import re
from typing import Any, NamedTuple

from playwright.sync_api import Locator, Page, ViewportSize, expect

from shopkit.money import format_vnd
from storefront.i18n import Lang, href, t
from tests.support.apps import ADMIN

BUYER = {"name": "Nguyễn Thị Mai", "phone": "0901 234 567", "address": "12 Lý Tự Trọng, Quận 1, TP. Hồ Chí Minh"}
CAKE = "mousse-chanh-day"
PASSWORD = "correct horse"
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


class Look(NamedTuple):
    """How a page is looked at."""

    phone: bool
    dark: bool


EVERY_LOOK = (Look(True, False), Look(True, True), Look(False, False), Look(False, True))
OPPOSITE_LOOKS = (Look(True, False), Look(False, True))
"""Both sizes and both colours in half the time, for pages made of the same parts as others."""


def looks(lang: Lang, own: tuple[Look, ...] = OPPOSITE_LOOKS) -> tuple[Look, ...]:
    """Return how to look at pages in a language: in Vietnamese in all of `own`, in English once.

    The language changes names and the length of texts, but neither colours nor structure.
    """
    return own if lang == "vi" else (Look(True, True),)


def ready(page: Page) -> None:
    """Wait until the page answers: its script runs and its websocket is open."""
    page.locator("main[data-ready=true]").wait_for()


def open_page(page: Page, path: str, lang: Lang = "vi") -> None:
    """Open a page by its address, and wait until it answers."""
    page.goto(href(lang, path))
    ready(page)


def choose_size(page: Page, size: str) -> None:
    """Choose a size on a product's page."""
    page.locator(f"label:has(input[name=size][value={size}])").click()


def put_in_cart(page: Page, slug: str = CAKE, size: str = "M", quantity: int = 1, lang: Lang = "vi") -> None:
    """Put a cake into the cart from its page, and leave the drawer open that shows it."""
    open_page(page, f"/product/{slug}", lang)
    choose_size(page, size)
    for _ in range(quantity - 1):
        page.get_by_role("button", name=t(lang, "shell.more", name=t(lang, "product.quantity_of"))).click()
    page.get_by_role("button", name=t(lang, "product.add"), exact=True).click()
    expect(drawer(page)).to_be_visible()


def drawer(page: Page) -> Locator:
    """Return the cart's drawer."""
    return page.get_by_role("dialog").filter(has=page.locator("#cart-drawer-title"))


def go_to_checkout(page: Page, lang: Lang = "vi") -> None:
    """Go from the open drawer to the checkout."""
    drawer(page).get_by_role("link", name=t(lang, "cart.checkout"), exact=True).click()
    expect(page.get_by_role("heading", level=1, name=t(lang, "checkout.heading"))).to_be_visible()


def fill_in(page: Page, lang: Lang = "vi", **fields: str) -> None:
    """Fill in the checkout's fields, the buyer's own unless told otherwise."""
    for name, value in {**BUYER, **fields}.items():
        page.get_by_label(re.compile(re.escape(t(lang, f"checkout.{name}")))).fill(value)


def place_order(page: Page, lang: Lang = "vi") -> str:
    """Press the button, wait for the thanks, and return the order's number."""
    page.get_by_role("button", name=t(lang, "checkout.place"), exact=True).click()
    return placed_order(page, lang)


def placed_order(page: Page, lang: Lang = "vi") -> str:
    """Wait for the thanks for an order, and return its number."""
    expect(page.get_by_role("heading", level=1, name=t(lang, "order.thanks"))).to_be_visible()
    found = re.search(r"SD-\d+", page.locator("main").inner_text())
    assert found is not None
    return found.group()


def cart_count(page: Page, count: int, lang: Lang = "vi") -> None:
    """Expect the header to count so many pieces in the cart."""
    expect(page.get_by_role("link", name=t(lang, "shell.cart_of", count=count), exact=True)).to_be_visible()


def register(page: Page, email: str, lang: Lang = "vi", **fields: str) -> None:
    """Register a customer, and wait until the header knows them."""
    open_page(page, "/register", lang)
    person = {"name": BUYER["name"], "email": email, "password": PASSWORD, **fields}
    for name, value in person.items():
        page.locator(f"form input[name={name}]").last.fill(value)
    submit_for_session(page)
    signed_in(page, person["name"], lang)


def log_in(page: Page, email: str, password: str = PASSWORD, name: str = BUYER["name"], lang: Lang = "vi") -> None:
    """Log in, and wait until the header knows the person."""
    open_page(page, "/login", lang)
    page.locator("main input[name=email]").fill(email)
    page.locator("main input[name=password]").fill(password)
    submit_for_session(page)
    signed_in(page, name, lang)


def submit_for_session(page: Page) -> None:
    """Press the form's button, and wait until the browser has the session's cookie: documents are asked for with it."""
    with page.expect_response(lambda answer: answer.url.endswith("/auth/exchange") and answer.ok):
        page.locator("main form button[type=submit]").click()


def signed_in(page: Page, name: str, lang: Lang = "vi") -> None:
    """Expect the header to know the person; a phone keeps the link behind its menu."""
    expect(page.locator("header a", has_text=t(lang, "shell.account_of", name=name)).first).to_be_attached()


def price(amount: int) -> str:
    """Return an amount as pages show it."""
    return format_vnd(amount)


def size_of(product: dict[str, Any], size: str) -> dict[str, Any]:
    """Return a size of a product as the API tells it."""
    found: dict[str, Any] = next(one for one in product["sizes"] if one["size"] == size)
    return found


def staff(page: Page, path: str, lang: Lang = "vi", email: str = "", password: str = PASSWORD) -> None:
    """Open a page of the back office, the first admin's unless told otherwise: by the login that stands before it."""
    page.goto(href(lang, path))
    page.locator("main input[name=email]").fill(email or ADMIN["email"])
    page.locator("main input[name=password]").fill(password if email else ADMIN["password"])
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: url.endswith(href(lang, path)))
    ready(page)


def show_as(page: Page, look: Look) -> None:
    """Show a page that is open already in another size and other colours."""
    page.set_viewport_size(PHONE if look.phone else DESKTOP)
    page.emulate_media(color_scheme="dark" if look.dark else "light")
    page.wait_for_function("dark => document.documentElement.classList.contains('dark') === dark", arg=look.dark)
    # Half-way from one colour to the other, a text has no contrast.
    page.evaluate(
        """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
            for (const one of document.getAnimations()) if (one instanceof CSSTransition) one.finish()
            done()
        })))"""
    )


def barriers(page: Page, axe: str, *looks: Look) -> list[str]:
    """Return what axe-core finds on a page that keeps somebody out: as it is shown now, or in each of `looks`."""
    if not looks:
        return _barriers(page, axe, {"type": "tag", "values": RULES})
    found = []
    sizes_seen: set[bool] = set()
    for look in looks:
        show_as(page, look)
        # In other colours, the same page in the same size can differ in these alone.
        rules = (
            {"type": "rule", "values": COLOUR_RULES} if look.phone in sizes_seen else {"type": "tag", "values": RULES}
        )
        sizes_seen.add(look.phone)
        found += [f"{look}: {one}" for one in _barriers(page, axe, rules)]
    return found


def _barriers(page: Page, axe: str, rules: dict[str, Any]) -> list[str]:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(axe)
    violations: list[dict[str, Any]] = page.evaluate(
        # Nothing that these rules read has to be loaded first.
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations'], preload: false})"
        ".then(result => result.violations)",
        rules,
    )
    return [
        f"{page.url}: {one['id']} ({one['impact']}): {one['nodes'][0]['html']}"
        for one in violations
        if one["impact"] in {"serious", "critical"}
    ]
