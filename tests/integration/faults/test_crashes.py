"""Processes killed (-9) at the worst moments. PostgreSQL holds each of them still there, so that no luck is needed."""

import asyncio

import httpx
import pytest

from tests.integration.faults.conftest import Shop, held_up
from tests.support.calls import ok, refused, until
from tests.support.cluster import Databases

pytestmark = [pytest.mark.anyio, pytest.mark.begins_first]

HOLD = "select state from backend.hold"


async def one_order(shop: Shop, quantity: int) -> None:
    """Show that there is one order, with its stock, confirmed and told."""
    await shop.settled()
    assert shop.tables.one("select count(*) from order_service.orders") == 1
    assert shop.tables.one("select count(*) from order_service.timeline") == 1
    assert shop.tables.stock(shop.cake) == 50 - quantity
    assert shop.tables.rows(HOLD) == [("CONFIRMED",)]


@pytest.mark.parametrize("commits", [False, True], ids=["lost", "committed unseen"])
async def test_order_service_killed_between_the_hold_and_the_commit(
    shop: Shop, databases: Databases, commits: bool
) -> None:
    """PostgreSQL may drop the dead process's statement or carry it through; a repetition finds out which."""
    guest = await shop.guest()
    async with held_up(databases, "order_service.orders", "insert into orders") as hold:
        asking = asyncio.create_task(shop.order(guest, key="k", quantity=3))
        await hold.caught(asking)
        assert (shop.tables.rows(HOLD), shop.tables.stock(shop.cake)) == ([("HELD",)], 47)
        shop.processes.kill("order_service")
        with pytest.raises(httpx.TransportError):
            await asking
        if not commits:
            hold.forget()
    written = "select count(*) from order_service.orders"
    await until(lambda: shop.tables.one(written) == int(commits), "committed or not")
    shop.processes.start("order_service")

    order = await ok(shop.order(guest, key="k", quantity=3), 201)

    assert (order["itemCount"], order["status"]) == (3, "PENDING")
    await one_order(shop, 3)


async def test_an_order_lost_with_its_process_gives_its_stock_back(shop: Shop, databases: Databases) -> None:
    guest = await shop.guest()
    async with held_up(databases, "order_service.orders", "insert into orders") as hold:
        asking = asyncio.create_task(shop.order(guest, quantity=3))
        await hold.caught(asking)
        shop.processes.kill("order_service")
        with pytest.raises(httpx.TransportError):
            await asking
        hold.forget()
    assert shop.tables.stock(shop.cake) == 47

    shop.tables.run("update backend.hold set expires_at = now()")  # nobody asks again within the hold's limit

    await until(lambda: shop.tables.stock(shop.cake) == 50, "the stock is back")
    assert shop.tables.rows(HOLD) == [("EXPIRED",)]
    assert shop.tables.one("select count(*) from order_service.orders") == 0


async def test_order_service_killed_between_the_commit_and_the_outbox(shop: Shop) -> None:
    guest = await shop.guest()
    state = await shop.into_cart(guest, 5)
    told = len(shop.completed())
    default = "alter table order_service.outbox alter column next_attempt_at set default"
    shop.tables.run(f"{default} 'infinity'")  # the worker finds nothing due
    try:
        order = await ok(shop.order(guest, key="k", quantity=3, cart_state=state), 201)
    finally:
        shop.tables.run(f"{default} now()")
    shop.processes.kill("order_service")
    assert (shop.tables.rows(HOLD), shop.tables.one("select quantity from backend.cart_line")) == ([("HELD",)], 5)
    shop.tables.run("update order_service.outbox set next_attempt_at = now()")

    shop.processes.start("order_service")

    await one_order(shop, 3)
    assert shop.tables.one("select quantity from backend.cart_line") == 2
    [event] = shop.completed()[told:]
    assert event["payload"]["orderId"] == order["id"]
    assert (await ok(shop.order(guest, key="k", quantity=3, cart_state=state), 201))["id"] == order["id"]


async def test_order_service_killed_amid_the_outbox(shop: Shop, databases: Databases) -> None:
    """The hold is confirmed; the cart waits; the row is not done."""
    guest = await shop.guest()
    state = await shop.into_cart(guest, 5)
    told = len(shop.completed())
    async with held_up(databases, "backend.cart_removal", "insert into cart_removal") as hold:
        await ok(shop.order(guest, key="k", quantity=3, cart_state=state), 201)
        await hold.caught()
        assert shop.tables.rows(HOLD) == [("CONFIRMED",)]
        shop.processes.kill("order_service")
    await until(lambda: shop.tables.one("select quantity from backend.cart_line") == 2, "the backend went on")
    assert shop.tables.one("select count(*) from order_service.outbox") == 1
    assert shop.completed()[told:] == []

    shop.processes.start("order_service")

    await one_order(shop, 3)
    assert shop.tables.one("select quantity from backend.cart_line") == 2
    assert len(shop.completed()[told:]) == 1


@pytest.mark.parametrize("commits", [False, True], ids=["lost", "committed unseen"])
async def test_the_backend_killed_during_a_checkout(shop: Shop, databases: Databases, commits: bool) -> None:
    guest = await shop.guest()
    async with held_up(databases, "backend.hold", "with asked as") as hold:
        asking = asyncio.create_task(shop.order(guest, key="k", quantity=3))
        await hold.caught(asking)
        shop.processes.kill("backend")
        problem = await refused(asking, 503, "unavailable")
        if not commits:
            hold.forget()
    assert problem["detail"] == "The shop is briefly unavailable. Please try again in a moment."
    await refused(shop.order(guest, key="k", quantity=3), 503, "unavailable")
    assert shop.tables.one("select count(*) from order_service.orders") == 0
    shop.processes.start("backend")

    await ok(shop.order(guest, key="k", quantity=3), 201)

    await one_order(shop, 3)


async def test_the_backend_killed_before_the_confirmation(shop: Shop, databases: Databases) -> None:
    guest = await shop.guest()
    default = "alter table order_service.outbox alter column next_attempt_at set default"
    shop.tables.run(f"{default} 'infinity'")
    try:
        order = await ok(shop.order(guest, quantity=3), 201)
    finally:
        shop.tables.run(f"{default} now()")
    shop.processes.kill("backend")
    shop.tables.run("update order_service.outbox set next_attempt_at = now()")
    await until(lambda: shop.tables.one("select attempts from order_service.outbox") > 0, "tried in vain", 30)
    path = shop.at("order_service", f"/api/orders/{order['id']}")
    assert (await ok(shop.http.get(path, headers=guest.headers)))["status"] == "PENDING"

    shop.processes.start("backend")
    await one_order(shop, 3)


async def test_a_cancellation_while_the_backend_is_down_gives_the_stock_back_later(shop: Shop) -> None:
    guest = await shop.guest()
    order = await ok(shop.order(guest, quantity=3), 201)
    await shop.settled()
    shop.processes.kill("backend")
    path = shop.at("order_service", f"/api/orders/{order['id']}/cancel")
    assert (await ok(shop.http.post(path, headers=guest.headers)))["status"] == "CANCELLED"
    assert shop.tables.stock(shop.cake) == 47

    shop.processes.start("backend")
    await shop.settled()
    assert (shop.tables.stock(shop.cake), shop.tables.rows(HOLD)) == (50, [("RELEASED",)])
