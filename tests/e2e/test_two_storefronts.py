"""Two storefronts behind a balancer without sticky sessions, and one of them killed in the middle."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from launcher import processes
from launcher.paths import ROOT
from launcher.postgres import Cluster
from storefront.i18n import t
from tests.e2e import steps
from tests.e2e.conftest import Visitor
from tests.e2e.test_admin_orders import SENT_MS, card, next_step, placed, read, undo
from tests.support import cluster as clusters
from tests.support import storefront
from tests.support.balancer import Balancer, balancer
from tests.support.ports import free_port
from tests.support.storefront import Site
from tests.support.valkey import valkey

PAIR = ("storefront", "storefront_2")
PATIENCE_S = 20.0


@dataclass
class Pair:
    """A shop with two storefronts; `site` is the shop as the balancer shows it."""

    site: Site
    balancing: Balancer

    def holding(self) -> list[str]:
        """Return the storefronts that hold websockets of open pages."""
        ports = {name: self.site.shop.services[name].port for name in PAIR}
        return [name for name in PAIR if self.balancing.pages[ports[name]]]

    def kill_under(self, *pages: Page) -> None:
        """Kill the storefront that the only open pages are connected to, and wait until another one has them."""
        [name] = self.holding()
        self.site.shop.kill(name)
        deadline = time.monotonic() + PATIENCE_S
        while self.holding() != [one for one in PAIR if one != name]:
            assert time.monotonic() < deadline, "the page did not come back"
            pages[0].wait_for_timeout(50)
        for page in pages:
            steps.ready(page)


@pytest.fixture(scope="module")
def pair(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The shop of these tests."""
    folder: Path = tmp_path_factory.mktemp("pair")
    with (
        clusters.fresh_database(cluster) as databases,
        valkey(folder) as url,
        balancer() as balancing,
        storefront.site(databases, folder, {"VALKEY_URL": url, "PUBLIC_URL": balancing.url}) as site,
    ):
        shop = site.shop
        shop.services[PAIR[1]] = replace(shop.services[PAIR[0]], name=PAIR[1], default_port=free_port())
        shop.environment[PAIR[1]] = shop.environment[PAIR[0]]
        shop.start(PAIR[1])
        balancing.targets += [shop.services[name].port for name in PAIR]
        yield Pair(replace(site, url=balancing.url), balancing)


@pytest.fixture(autouse=True)
def both_run(pair: Pair) -> Iterator[None]:
    """Start again what a test killed."""
    yield
    for name in PAIR:
        if pair.site.shop.running[name].poll() is not None:
            pair.site.shop.start(name)


def test_a_checkout_half_filled_survives_the_process_it_was_begun_in(pair: Pair, visitor: Visitor) -> None:
    page = visitor(pair.site, allow_errors=True)
    before = pair.site.admin.count_orders()
    steps.put_in_cart(page)
    steps.go_to_checkout(page)
    page.get_by_label(re.compile(re.escape(t("vi", "checkout.name")))).fill(steps.BUYER["name"])
    pair.kill_under(page)
    expect(page.get_by_label(re.compile(re.escape(t("vi", "checkout.name"))))).to_have_value(steps.BUYER["name"])
    steps.cart_count(page, 1)
    steps.fill_in(page)
    number = steps.place_order(page)
    assert pair.site.admin.count_orders() == before + 1
    assert pair.site.admin.newest_order()["number"] == number


def test_who_signed_in_stays_so_in_every_process_and_tab(pair: Pair, visitor: Visitor) -> None:
    page = visitor(pair.site, allow_errors=True)
    steps.register(page, "two-processes@example.com")
    pair.kill_under(page)
    steps.signed_in(page, steps.BUYER["name"])
    for name in PAIR:
        if pair.site.shop.running[name].poll() is not None:
            pair.site.shop.start(name)
    other = page.context.new_page()  # the other process's, which has none
    steps.open_page(other, "/account")
    steps.signed_in(other, steps.BUYER["name"])
    assert pair.holding() == list(PAIR)
    other.reload()
    steps.signed_in(other, steps.BUYER["name"])


def test_a_tab_whose_token_is_copied_begins_anew_in_the_other_process(pair: Pair, visitor: Visitor) -> None:
    page = visitor(pair.site)
    steps.put_in_cart(page)
    token = page.evaluate("sessionStorage.getItem('token')")
    other = page.context.new_page()
    other.add_init_script(f"if (!sessionStorage.getItem('token')) sessionStorage.setItem('token', {token!r})")
    steps.open_page(other, "/checkout")
    assert other.evaluate("sessionStorage.getItem('token')") != token


def test_staff_see_an_order_that_was_placed_through_the_other_process(pair: Pair, visitor: Visitor) -> None:
    board, shopper = visitor(pair.site), visitor(pair.site)
    steps.staff(board, "/admin/orders")
    steps.put_in_cart(shopper)
    assert pair.holding() == list(PAIR)
    steps.go_to_checkout(shopper)
    steps.fill_in(shopper)
    number = steps.place_order(shopper)
    expect(board.get_by_text(number).first).to_be_visible()


def moving(pair: Pair, page: Page) -> dict[str, Any]:
    """Let staff move an order on, and wait until the page says that it waits."""
    order = placed(pair.site)
    steps.staff(page, "/admin/orders")
    next_step(card(page, "pending", order["number"]), "to_processing", order["number"]).click()
    expect(undo(page, order["number"])).to_be_visible()
    return order


def test_a_move_that_waits_survives_the_process_it_was_made_in(pair: Pair, visitor: Visitor) -> None:
    page = visitor(pair.site, allow_errors=True)
    order = moving(pair, page)
    pair.kill_under(page)
    expect(card(page, "processing", order["number"])).to_be_visible(timeout=SENT_MS)
    expect(undo(page, order["number"])).to_have_count(0)
    now = read(pair.site, order)
    assert (now["status"], len(now["timeline"])) == ("PROCESSING", 2)


def test_a_move_survives_when_its_tab_is_gone_too(pair: Pair, visitor: Visitor) -> None:
    page = visitor(pair.site, allow_errors=True)
    order = moving(pair, page)
    [name] = pair.holding()
    page.close()
    pair.site.shop.kill(name)
    deadline = time.monotonic() + PATIENCE_S
    while read(pair.site, order)["status"] == "PENDING":
        assert time.monotonic() < deadline, "nobody sent it"
        time.sleep(0.2)
    assert len(read(pair.site, order)["timeline"]) == 2


CODE = ("storefront", "shopkit", "assets", "docs/runbooks", "reflex.lock", "rxconfig.py", "requirements", ".web")


def next_release(folder: Path) -> Path:
    """Make a copy of the storefront whose State has a variable more, and build it."""
    for name in CODE:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copyfile(source, target)
    cart = folder / "storefront" / "state" / "cart.py"
    before = cart.read_text()
    cart.write_text(
        before.replace("    is_loaded: bool = False\n", "    is_loaded: bool = False\n    release: int = 2\n", 1)
    )
    assert cart.read_text() != before
    done = subprocess.run(
        [sys.executable, "-m", "storefront.build"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_open_pages_of_the_release_before_reload_and_lose_nothing(pair: Pair, visitor: Visitor, tmp_path: Path) -> None:
    folder, shop = next_release(tmp_path), pair.site.shop
    page = visitor(pair.site, allow_errors=True)
    before = pair.site.admin.count_orders()
    steps.put_in_cart(page)
    steps.go_to_checkout(page)
    name = page.get_by_label(re.compile(re.escape(t("vi", "checkout.name"))))
    name.fill(steps.BUYER["name"])
    name.blur()
    page.evaluate("window.ofTheReleaseBefore = true")
    try:
        for one in PAIR:  # all at once
            shop.kill(one, signal.SIGTERM)
        for one in PAIR:
            with (shop.logs / f"{one}.log").open("ab") as output:
                command = shop.services[one].command
                shop.running[one] = processes.spawn(command, output, shop.environment[one], folder)
        page.wait_for_function("!window.ofTheReleaseBefore")
        steps.ready(page)
        expect(name).to_have_value(steps.BUYER["name"])
        steps.cart_count(page, 1)
        steps.fill_in(page)
        steps.place_order(page)
        assert pair.site.admin.count_orders() == before + 1
    finally:
        processes.end(shop.running[one] for one in PAIR)
