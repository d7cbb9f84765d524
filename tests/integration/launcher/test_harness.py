"""The fixtures that other tests stand on: services in one process, and as processes."""

import signal
import socket

import httpx
import psycopg
import pytest

from tests.support import invariants
from tests.support.apps import RunningShop
from tests.support.calls import events, ok, until
from tests.support.cluster import Databases
from tests.support.processes import ShopProcesses, is_alive
from tests.support.tables import Tables, looking_into


async def test_services_in_one_process_reach_each_other(shop: RunningShop) -> None:
    guest = await shop.guest()
    cart = await shop.backend.get(f"/api/cart/{guest.id}", headers=guest.headers)  # asks the user service for its keys
    assert cart.status_code == 200
    admin = await shop.admin()
    assert (await shop.users.get("/api/customers", headers=admin.headers)).status_code == 200
    registered = await shop.register("lan@example.com")
    assert (await shop.orders.get(f"/api/orders/user/{registered.id}", headers=registered.headers)).status_code == 200


async def test_a_service_in_one_process_can_be_made_unreachable(shop: RunningShop) -> None:
    guest = await shop.guest()
    shop.transports["user_service"].down = True
    answer = await shop.backend.get(f"/api/cart/{guest.id}", headers=guest.headers)
    assert answer.status_code == 503


def test_services_as_processes_can_be_killed_and_started_again(processes: ShopProcesses) -> None:
    killed = processes.pid("order_service")
    processes.kill("order_service", signal.SIGKILL)
    assert not is_alive(killed)
    processes.start("order_service")
    assert httpx.get(f"{processes.url('order_service')}/readyz").status_code == 200


SABOTAGE = {
    "stock: ": "update backend.size set stock = stock + 1",
    "without a line in its history": "update backend.size set stock = stock - 1",
    "whose hold is not as its status wants it": "update order_service.orders set status = 'CANCELLED'",
    "without its order": "delete from order_service.orders",
    "sells other lines": "update order_service.order_line set quantity = quantity + 1",
    "without lines": "delete from order_service.order_line",
    "an order with two keys": "insert into order_service.order_request (user_id, key, body_hash, order_id) "
    "select user_id, 'other', body_hash, order_id from order_service.order_request",
    "does not lead to": "update order_service.timeline set to_status = 'SHIPPED'",
    "longer than its limit": "update backend.hold set state = 'HELD', expires_at = now() - interval '1 minute'",
    "still to be done for orders": "insert into order_service.outbox (key, topic, payload) values ('1', 'x', '{}')",
    "still to be done for people": "insert into user_service.outbox (key, topic, payload) values ('1', 'x', '{}')",
    "0 events of order": "update order_service.orders set id = gen_random_uuid()",
}


async def test_the_invariants_see_whatever_is_wrong(
    shop: RunningShop, databases: Databases, capsys: pytest.CaptureFixture[str]
) -> None:
    with looking_into(databases.superuser) as tables:
        cake = tables.product("cake", sizes={"M": (299_000, 10)})
        start = invariants.stocks(tables)
        guest = await shop.guest()
        body = {
            "userId": guest.id,
            "items": [{"productId": cake, "quantity": 2, "size": "M", "price": 299_000}],
            "totalAmount": 598_000,
            "shippingAddress": "1 Hàng Bài",
        }
        await ok(shop.orders.post("/api/orders", json=body, headers=guest.headers | {"Idempotency-Key": "k"}), 201)
        await until(lambda: tables.one("select count(*) from order_service.outbox") == 0, "outbox empty")
    told = events(capsys, "Order Completed")
    twice = [told[0], told[0]]
    other = told[0] | {"eventId": "another"}
    with psycopg.connect(databases.superuser) as connection:
        tables = Tables(connection)
        assert invariants.broken(tables, start, told) == invariants.broken(tables, start, twice) == []
        assert invariants.broken(tables, start, [*told, other])[0].startswith("2 events of order")
        connection.commit()
        for wrong, statement in SABOTAGE.items():
            tables.run("set session_replication_role = replica")  # what the tables themselves would refuse
            tables.run(statement)
            assert any(wrong in found for found in invariants.broken(tables, start, told)), wrong
            connection.rollback()
        assert invariants.broken(tables, start, told) == []


def test_services_as_processes_refuse_what_no_honest_caller_sends(processes: ShopProcesses) -> None:
    """They speak HTTP as `shopkit.protocol` does, and no WebSocket."""
    endless = b"GET /livez HTTP/1.1\r\nHost: shop\r\nX-Endless: " + b"y" * 40_000
    upgrade = (
        b"GET /livez HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    )
    for name in ("backend", "order_service", "user_service"):
        for request, status in ((endless, b"431"), (upgrade, b"200")):
            with socket.create_connection(("127.0.0.1", processes.services[name].port), timeout=20) as caller:
                caller.sendall(request)
                assert caller.recv(12) == b"HTTP/1.1 " + status, (name, status)
