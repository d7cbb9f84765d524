"""A disk that is full for a while: nothing can be logged, and everything goes on."""

import asyncio

import httpx
import pytest

from tests.integration.faults.conftest import Shop
from tests.support.calls import ok, refused, until

pytestmark = [pytest.mark.anyio, pytest.mark.begins_first]

SERVICES = ("backend", "order_service", "user_service")
WAITING = "select attempts > 0 from order_service.outbox"


def dropped(shop: Shop, service: str) -> float:
    """Return how many log lines a service has dropped."""
    text = httpx.get(shop.at(service, "/metrics")).text
    [line] = [line for line in text.splitlines() if line.startswith("log_lines_dropped_total ")]
    return float(line.split()[1])


async def test_on_a_full_disk_the_shop_sells_on_and_no_task_ends(shop: Shop) -> None:
    guest = await shop.guest()
    before = {service: dropped(shop, service) for service in SERVICES}
    with shop.processes.full_disk(*SERVICES):
        order = await ok(shop.order(guest, quantity=2), 201)
        # The order's event cannot be written: its job fails, more than once, and is kept.
        await until(lambda: shop.tables.rows(WAITING) == [(True,)], "tried")
        # An error whose log line fails is answered as if nothing were the matter with the log.
        await refused(shop.http.get(shop.at("backend", "/api/products?limit=0")), 422, "validation_error")
        await refused(shop.http.get(shop.at("order_service", "/nowhere")), 404, "no_route")
        for service in SERVICES:
            await ok(shop.http.get(shop.at(service, "/readyz")))
            assert dropped(shop, service) > before[service]
        assert shop.completed() == []
        # Who logs out is out everywhere, at once.
        await ok(shop.http.post(shop.at("user_service", "/api/auth/logout"), headers=guest.headers), 204)

        async def is_out(service: str, path: str) -> None:
            async with asyncio.timeout(10):
                while (await shop.http.get(shop.at(service, path), headers=guest.headers)).status_code != 401:
                    await asyncio.sleep(0.05)

        await is_out("backend", f"/api/cart/{guest.id}")
        await is_out("order_service", f"/api/orders/user/{guest.id}")
    await shop.settled()
    assert [event["payload"]["orderId"] for event in shop.completed()] == [order["id"]]
    assert shop.tables.rows("select state from backend.hold") == [("CONFIRMED",)]
    assert shop.tables.stock(shop.cake) == 48
