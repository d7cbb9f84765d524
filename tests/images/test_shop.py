"""A shopper's and the staff's way through the proxy, while processes are added and killed."""

import json
import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.images.conftest import OURS, Stack, docker
from tests.support.apps import ADMIN


@pytest.fixture
def staff(stack: Stack) -> Iterator[httpx.Client]:
    """Calls as the first admin."""
    with httpx.Client(base_url=stack.url, trust_env=False, timeout=30) as client:
        token = client.post("/api/auth/login", json=ADMIN).raise_for_status().json()["accessToken"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def order_from_the_page(page: Page) -> str:
    """Buy a cake as a guest; return the order's number."""
    steps.put_in_cart(page)
    steps.go_to_checkout(page)
    steps.fill_in(page)
    return steps.place_order(page)


def test_a_shopper_orders_and_staff_see_it_appear(stack: Stack, visitor: Page, staff: httpx.Client) -> None:
    board = visitor.context.browser.new_context(base_url=stack.url, locale="vi-VN").new_page()  # type: ignore[union-attr]
    steps.staff(board, "/admin/orders")
    number = order_from_the_page(visitor)
    expect(board.get_by_text(re.compile(number)).first).to_be_visible()
    orders = staff.get("/api/orders?limit=100").raise_for_status().json()
    assert orders["total"] == 1
    board.context.close()


def test_with_two_of_each_and_one_killed_no_order_is_lost(stack: Stack, visitor: Page, staff: httpx.Client) -> None:
    before = staff.get("/api/orders?limit=1").json()["total"]
    stack.scale(backend=2, order_service=2, user_service=2, storefront=2)
    assert {service: len(stack.containers(service)) for service in OURS} == dict.fromkeys(OURS, 2)
    steps.put_in_cart(visitor)
    steps.go_to_checkout(visitor)
    steps.fill_in(visitor)
    for service in OURS:
        docker("kill", stack.containers(service)[0])
    number = steps.place_order(visitor)
    after = staff.get("/api/orders?limit=100").json()
    assert after["total"] == before + 1
    assert number.removeprefix("SD-") in json.dumps(after["items"][0])
    stack.compose("up", "--detach", "--wait", "--no-build")


def test_orders_placed_while_processes_are_killed_are_each_there_once(stack: Stack, staff: httpx.Client) -> None:
    stack.scale(backend=2, order_service=2, user_service=2, storefront=2)
    product = staff.get("/api/products?limit=1&inStock=true").json()["items"][0]
    size = product["sizes"][0]
    before = staff.get("/api/orders?limit=1").json()["total"]
    admin = staff.post("/api/auth/login", json=ADMIN).json()["user"]["id"]
    body = {
        "userId": admin,
        "items": [{"productId": product["id"], "quantity": 1, "size": size["size"], "price": size["price"]}],
        "totalAmount": size["price"],
        "shippingAddress": steps.BUYER["address"],
    }
    placed: set[str] = set()
    for number in range(12):
        if number == 4:
            docker("kill", stack.containers("order-service")[0])
        if number == 8:
            docker("kill", stack.containers("backend")[0])
        key = str(uuid4())
        for _ in range(30):  # as the storefront does: the same request again until it is answered
            try:
                answer = staff.post("/api/orders", json=body, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                continue
            if answer.status_code < 500:
                break
        assert answer.status_code == 201, answer.text
        placed.add(answer.json()["id"])
    assert len(placed) == 12
    assert staff.get("/api/orders?limit=1").json()["total"] == before + 12
    stack.compose("up", "--detach", "--wait", "--no-build")


def test_a_restart_of_the_database_is_survived(stack: Stack, visitor: Page) -> None:
    stack.compose("restart", "postgres")
    stack.compose("up", "--detach", "--wait", "--no-build")
    steps.put_in_cart(visitor)
    steps.cart_count(visitor, 1)
