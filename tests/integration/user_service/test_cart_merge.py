"""A guest's cart follows them into their account, with the real backend."""

import asyncio

import pytest

from tests.support.apps import Login, RunningShop, running_shop
from tests.support.cluster import Databases
from tests.support.tables import looking_into

pytestmark = pytest.mark.anyio

NAMES = ("user_service", "backend")


async def add(shop: RunningShop, person: Login, product_id: int, quantity: int) -> None:
    item = {"productId": product_id, "size": "M", "quantity": quantity}
    (await shop.backend.post("/api/cart", json=item, headers=person.headers)).raise_for_status()


async def quantities(shop: RunningShop, user_id: int) -> dict[int, int]:
    """Return what a person's cart holds, by product, as staff see it."""
    admin = await shop.admin()
    cart = (await shop.backend.get(f"/api/cart/{user_id}", headers=admin.headers)).raise_for_status().json()
    return {item["productId"]: item["quantity"] for item in cart["items"]}


async def log_in(shop: RunningShop, guest: Login) -> None:
    body = {"email": "mai@example.com", "password": "correct horse"}
    (await shop.users.post("/api/auth/login", json=body, headers=guest.headers)).raise_for_status()


async def test_the_carts_are_one_when_the_login_returns(databases: Databases) -> None:
    with looking_into(databases.superuser) as tables:
        first, second = tables.product("first"), tables.product("second")
    async with running_shop(databases, names=NAMES) as shop:
        account, guest = await shop.register(), await shop.guest()
        await add(shop, account, first, 2)
        await add(shop, guest, first, 3)
        await add(shop, guest, second, 1)

        await log_in(shop, guest)

        assert await quantities(shop, account.id) == {first: 5, second: 1}
        assert await quantities(shop, guest.id) == {}


async def test_the_cart_follows_when_the_backend_is_back(databases: Databases) -> None:
    with looking_into(databases.superuser) as tables:
        cake = tables.product("cake")
    async with running_shop(databases, names=NAMES) as shop:
        account, guest = await shop.register(), await shop.guest()
        await add(shop, guest, cake, 3)
        shop.transports["backend"].down = True
        await log_in(shop, guest)
        shop.transports["backend"].down = False

        async with asyncio.timeout(30):
            while await quantities(shop, account.id) != {cake: 3}:
                await asyncio.sleep(0.1)


async def test_a_guest_who_registers_keeps_the_cart(databases: Databases) -> None:
    with looking_into(databases.superuser) as tables:
        cake = tables.product("cake")
    async with running_shop(databases, names=NAMES) as shop:
        guest = await shop.guest()
        await add(shop, guest, cake, 3)
        body = {"email": "mai@example.com", "password": "correct horse", "name": "Mai"}

        answer = await shop.users.post("/api/auth/register", json=body, headers=guest.headers)

        assert answer.json()["user"]["id"] == guest.id
        assert await quantities(shop, guest.id) == {cake: 3}
