"""A real browser in front of the real shop.

Tests share one running shop for each worker and get browser contexts of their own, so that nobody is anybody else. A
test that kills its services or sells it out asks for `fragile_site`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from launcher import browser as browsers
from launcher.postgres import Cluster
from tests.e2e import steps
from tests.support import cluster as clusters
from tests.support import storefront
from tests.support.storefront import Site

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000
"""How long a page may take to get somewhere. Generous: speed is the benchmark's matter."""


expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser."""
    path = browsers.find_or_install()
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chrome
        chrome.close()


@pytest.fixture(scope="session")
def site(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shop that tests share, with the catalogue as it was seeded."""
    with fresh_site(cluster, tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def fragile_site(site: Site) -> Iterator[Site]:
    """The shared shop, lent to a test that sells it out or kills its services; put right again at the end."""
    with storefront.put_right(site):
        yield site


@pytest.fixture
def own_site(cluster: Cluster, tmp_path: Path) -> Iterator[Site]:
    """A shop of the test's own, for what must not show traces of other tests."""
    with fresh_site(cluster, tmp_path) as running:
        yield running


@contextmanager
def fresh_site(cluster: Cluster, folder: Path) -> Iterator[Site]:
    """Run a shop of one's own."""
    with clusters.fresh_database(cluster) as databases, storefront.site(databases, folder) as running:
        yield running


Visitor = Callable[..., Page]


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Make a page of somebody new: `visitor(site)` on a desktop, `visitor(site, phone=True)` on a phone.

    What the page logs as an error, or throws, fails the test at its end.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(site: Site, *, phone: bool = False, dark: bool = False, allow_errors: bool = False) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport=steps.PHONE if phone else steps.DESKTOP,
            has_touch=phone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="vi-VN",
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        if not allow_errors:
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which looks for barriers in a page."""
    return Path(os.environ["AXE"]).read_text(encoding="utf-8")
