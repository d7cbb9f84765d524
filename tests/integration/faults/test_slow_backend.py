"""Orders followed up by two processes with two workers each, while the backend answers late, half, or not at all."""

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest

from launcher.postgres import Cluster
from tests.integration.faults.conftest import Person, Shop
from tests.support import invariants
from tests.support.calls import until
from tests.support.cluster import Databases, fresh_database
from tests.support.ports import free_port
from tests.support.processes import ShopProcesses, shop_processes
from tests.support.relay import Relay, Trouble, relay

pytestmark = [pytest.mark.anyio, pytest.mark.begins_first, pytest.mark.timeout(300)]

TROUBLE_S = float(os.environ.get("TROUBLE_S", "4"))
BOTH = ("order_service", "order_service_2")
FOLLOW_UP = (b"POST /internal/holds/", b"POST /internal/carts/", b"POST /internal/events")
PAUSE_S = max(0.1, TROUBLE_S / 40)
"""Between two orders of a person: a cart holds no more than 99 pieces, and nobody empties it meanwhile."""
STOCK = 5_000


@pytest.fixture(scope="module")
def between() -> Iterator[Relay]:
    """What stands between the order services and the backend."""
    with relay(*FOLLOW_UP) as standing:
        yield standing


@pytest.fixture(scope="module")
def databases(cluster: Cluster) -> Iterator[Databases]:
    """The module's own database."""
    with fresh_database(cluster) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def running(databases: Databases, between: Relay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopProcesses]:
    """One of each service, and a second order service; both of these reach the backend through the relay."""

    def before(shop: ShopProcesses) -> None:
        between.target = shop.services["backend"].port
        shop.environment["order_service"]["BACKEND_URL"] = between.url
        shop.services[BOTH[1]] = replace(shop.services[BOTH[0]], name=BOTH[1], default_port=free_port())
        shop.environment[BOTH[1]] = shop.environment[BOTH[0]]
        shop.spawn(BOTH[1])

    environment = {"SWEEP_SECONDS": "0.1", "OUTBOX_WORKERS": "2"}
    folder = tmp_path_factory.mktemp("slow")
    with shop_processes(databases, folder, environment=environment, before=before) as shop:
        yield shop


@pytest.fixture
async def busy(shop: Shop, between: Relay) -> AsyncIterator[Shop]:
    """The shop, with plenty of its cake."""
    shop.tables.set_stock(shop.cake, STOCK)
    yield shop
    between.trouble = None


def start_of(shop: Shop) -> invariants.Stocks:
    shop.tables.run("truncate backend.stock_move")
    return invariants.stocks(shop.tables)


def completed(shop: Shop) -> list[dict[str, Any]]:
    """Return the events of completed orders that both order services wrote."""
    lines = [line for name in BOTH for line in shop.processes.log(name).splitlines() if '"Order Completed"' in line]
    told = [event for event in map(json.loads, lines) if event.get("name") == "Order Completed"]
    known = {str(order) for (order,) in shop.tables.rows("select id from order_service.orders")}
    return [event for event in told if event["payload"]["orderId"] in known]


async def at_rest(shop: Shop, start: invariants.Stocks) -> None:
    """Show that everything was followed up, each order once."""
    await until(lambda: shop.tables.one("select count(*) from order_service.outbox") == 0, "outbox empty", 120)
    shop.tables.run("update backend.hold set expires_at = now() - interval '1 minute' where state = 'HELD'")
    await until(lambda: not shop.tables.rows("select from backend.hold where state = 'HELD'"), "nothing is held")
    assert invariants.broken(shop.tables, start, completed(shop)) == []


class Shopper:
    """Somebody who orders out of their cart, piece by piece, and now and then cancels."""

    def __init__(self, shop: Shop, who: Person, number: int) -> None:
        self.shop, self.who, self.number = shop, who, number
        self.added = self.ordered = 0

    async def add(self, pieces: int) -> str:
        self.added += pieces
        return await self.shop.into_cart(self.who, pieces)

    async def buy(self, until_s: float) -> None:
        while time.monotonic() < until_s:
            state = await self.add(2)
            key = f"{self.number}/{self.ordered}"
            order = await self._insist(partial(self._order, key, state))
            self.ordered += 1
            if self.ordered % 4 == 0:
                await self._insist(partial(self._cancel, order["id"]))
            await asyncio.sleep(PAUSE_S)

    async def _order(self, key: str, state: str) -> httpx.Response:
        return await self.shop.order(self.who, key, service=self._service(), cart_state=state)

    async def _cancel(self, order_id: str) -> httpx.Response:
        path = self.shop.at(self._service(), f"/api/orders/{order_id}/cancel")
        return await self.shop.http.post(path, headers=self.who.headers)

    @staticmethod
    async def _insist(call: Callable[[], Awaitable[httpx.Response]]) -> Any:
        """Call until there is an answer, as the storefront and its buyers do."""
        while True:
            with suppress(httpx.TransportError):
                answer = await call()
                if answer.is_success:
                    return answer.json()
                assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.1)

    def _service(self) -> str:
        alive = [name for name in BOTH if self.shop.processes.running[name].poll() is None]
        return alive[self.ordered % len(alive)]


@pytest.mark.parametrize("trouble", ["slow", "half", "silent"])
async def test_nothing_is_lost_while_the_backend_does_not_answer_well(
    busy: Shop, between: Relay, trouble: Trouble
) -> None:
    shop, start = busy, start_of(busy)
    shoppers = [Shopper(shop, await shop.guest(), n) for n in range(4)]
    between.trouble, between.hits = trouble, 0
    ends = time.monotonic() + TROUBLE_S
    buying = [asyncio.create_task(shopper.buy(ends)) for shopper in shoppers]
    await until(lambda: between.hits > 0, "trouble is met")
    await asyncio.sleep(TROUBLE_S / 2)
    shop.processes.kill(BOTH[0])
    shop.processes.start(BOTH[0])
    await asyncio.gather(*buying)
    ordered = sum(shopper.ordered for shopper in shoppers)
    assert shop.tables.one("select count(*) from order_service.orders") == ordered >= 4
    between.trouble = None

    await at_rest(shop, start)

    left = dict(shop.tables.rows("select user_id, quantity from backend.cart_line"))
    assert left == {shopper.who.id: shopper.added - shopper.ordered for shopper in shoppers}


async def test_a_process_killed_while_its_workers_work_off_a_backlog_loses_nothing(busy: Shop, between: Relay) -> None:
    shop, start = busy, start_of(busy)
    guests = [await shop.guest() for _ in range(10)]
    default = "alter table order_service.outbox alter column next_attempt_at set default"
    shop.tables.run(f"{default} 'infinity'")
    try:
        for _ in range(30):
            answers = await asyncio.gather(*(shop.order(who) for who in guests))
            assert Counter(answer.status_code for answer in answers) == {201: 10}
    finally:
        shop.tables.run(f"{default} now()")
    between.trouble, between.delay_s = "slow", 2.0
    shop.tables.run("update order_service.outbox set next_attempt_at = now()")

    def at_work() -> Counter[str]:
        leased = shop.tables.rows("select distinct leased_by from order_service.outbox where leased_by is not null")
        return Counter(name.partition("#")[0] for (name,) in leased)

    await until(lambda: max(at_work().values(), default=0) == 2, "two workers of one process", 30)
    for name in BOTH:
        shop.processes.kill(name)
    assert shop.tables.one("select count(*) from order_service.outbox where leased_by is not null") > 100
    between.trouble = None
    shop.processes.start(BOTH[1])
    await at_rest(shop, start)
    assert shop.tables.rows("select state, count(*) from backend.hold group by 1") == [("CONFIRMED", 300)]
    assert shop.tables.stock(shop.cake) == STOCK - 300
