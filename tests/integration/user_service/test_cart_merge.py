"""What becomes of a guest's cart, with the real backend: it follows them into their account, or goes with them."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from shopkit.clock import FixedClock
from tests.support.apps import Login, RunningShop, running_shop
from tests.support.cluster import Databases
from tests.support.tables import looking_into
from user_service import housekeeping

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


async def test_the_cart_of_a_guest_who_is_forgotten_goes_when_the_backend_is_there(databases: Databases) -> None:
    later = FixedClock(datetime.now(UTC) + timedelta(days=30 + 7, seconds=60))
    with looking_into(databases.superuser) as tables:
        cake = tables.product("cake")
        async with running_shop(databases, names=NAMES) as shop:
            account, guest = await shop.register(), await shop.guest()
            await add(shop, account, cake, 2)
            await add(shop, guest, cake, 3)
            shop.transports["backend"].down = True
            database = shop.apps["user_service"].state.service.database
            assert await housekeeping.forget_all_guests(database, later) == 1
            assert tables.one("select count(*) from backend.cart_line where user_id = %s", guest.id) == 1
            shop.transports["backend"].down = False
            async with asyncio.timeout(30):
                while tables.rows("select user_id, quantity from backend.cart_line") != [(account.id, 2)]:
                    await asyncio.sleep(0.1)


async def test_a_guest_whose_cart_is_still_to_be_merged_is_not_forgotten(databases: Databases) -> None:
    later = FixedClock(datetime.now(UTC) + timedelta(days=30 + 7, seconds=60))
    async with running_shop(databases, names=NAMES) as shop:
        await shop.register()
        guest = await shop.guest()
        shop.transports["backend"].down = True
        await log_in(shop, guest)
        database = shop.apps["user_service"].state.service.database
        with psycopg.connect(databases.superuser, autocommit=True) as superuser:
            count = "select count(*) from user_service.users where id = %s"
            assert superuser.execute(count, (guest.id,)).fetchone() == (1,)
            assert await housekeeping.forget_all_guests(database, later) == 0
            superuser.execute("delete from user_service.outbox")
            assert await housekeeping.forget_all_guests(database, later) == 1
            assert superuser.execute(count, (guest.id,)).fetchone() == (0,)
