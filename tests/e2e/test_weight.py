"""How much a shopper's phone must fetch."""

import pytest

from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.support.storefront import Site

MAX_BYTES = 170 * 1024
PAGES = [
    "/",
    "/menu",
    "/product/mousse-chanh-day",
    "/cart",
    "/checkout",
    "/login",
    "/register",
    "/account",
    "/about",
    "/order/none",
    "/track/xxxxxxxxxxxxxxxxxxxxxxxx",
]


@pytest.mark.parametrize("path", PAGES)
def test_scripts_and_styles_of_a_page_are_small(site: Site, visitor: Visitor, path: str) -> None:
    page = visitor(site, phone=True)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))

    steps.open_page(page, path)
    page.wait_for_load_state("networkidle")

    fetched = sum(size for request, size in sizes.items() if kinds.get(request) in {"Script", "Stylesheet"})
    assert 10_000 < fetched <= MAX_BYTES, f"{path}: {fetched / 1024:.0f} KB of scripts and styles"
