"""The fixtures that other tests stand on: services in one process, and as processes."""

import signal
import socket

import httpx

from tests.support.apps import RunningShop
from tests.support.processes import ShopProcesses, is_alive


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
