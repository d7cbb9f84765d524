"""Holds by many at once: never below zero, never in a circle, never twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from tests.support.apps import RunningShop, running_shop
from tests.support.calls import until
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

Line = tuple[int, str, int]


@pytest.fixture(scope="module")
async def running(databases: Databases) -> AsyncIterator[RunningShop]:
    settings = {"backend": {"sweep_seconds": 300, "pool_size": 20}}
    async with running_shop(databases, names=("user_service", "backend"), settings=settings) as services:
        yield services


class Holds:
    """The holds' routes, called as the order service; every piece costs 100 VND."""

    def __init__(self, shop: RunningShop, headers: dict[str, str]) -> None:
        self._shop, self._headers = shop, headers

    async def take(self, order_id: UUID, *lines: Line) -> httpx.Response:
        items = [{"productId": p, "size": s, "quantity": q, "price": 100} for p, s, q in lines]
        body = {"orderId": str(order_id), "totalAmount": sum(100 * q for _, _, q in lines), "items": items}
        return await self._shop.backend.post("/internal/holds", json=body, headers=self._headers)

    async def move(self, order_id: UUID, to: str) -> httpx.Response:
        return await self._shop.backend.post(f"/internal/holds/{order_id}/{to}", headers=self._headers)

    async def count_sold(self) -> int:
        done: dict[str, int] = await self._shop.apps["backend"].state.housekeeping.tidy()
        return done["popularity"]


@pytest.fixture
def holds(shop: RunningShop, order_service: dict[str, str]) -> Holds:
    return Holds(shop, order_service)


async def test_two_hundred_for_fifty(holds: Holds, tables: Tables) -> None:
    cake = tables.product("cake", sizes={"M": (100, 50)})
    answers = await asyncio.gather(*(holds.take(uuid4(), (cake, "M", 1)) for _ in range(200)))
    assert sorted(answer.status_code for answer in answers) == [200] * 50 + [409] * 150
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"insufficient_stock"}
    assert tables.stock(cake) == 0
    assert tables.one("select count(*) from backend.hold") == 50


async def test_stock_that_comes_while_a_hold_waits_is_there_for_it(
    holds: Holds, tables: Tables, databases: Databases
) -> None:
    cake = tables.product("cake", sizes={"M": (100, 1)})
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with psycopg.connect(databases.superuser) as baker:
        baker.execute("update backend.size set stock = 4")
        order = asyncio.create_task(holds.take(uuid4(), (cake, "M", 3)))
        await until(lambda: tables.one(waiting) == 1, "the hold waits")
        baker.commit()
        answer = await order
    assert answer.status_code == 200, answer.text
    assert tables.stock(cake) == 1
    assert tables.rows("select delta, stock from backend.stock_move") == [(-3, 1)]


async def test_the_same_id_at_once_is_one_hold(holds: Holds, tables: Tables) -> None:
    cake = tables.product("cake", sizes={"M": (100, 2)})
    order_id = uuid4()
    answers = await asyncio.gather(*(holds.take(order_id, (cake, "M", 2)) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert tables.stock(cake) == 0


async def test_lines_in_opposite_orders_wait_for_each_other(holds: Holds, tables: Tables) -> None:
    cakes = [tables.product(f"cake-{n}", sizes={"S": (100, 40), "M": (100, 40)}) for n in range(3)]
    sizes = [(cake, size, 1) for cake in cakes for size in ("S", "M")]
    orders = [random.Random(n).sample(sizes, len(sizes)) for n in range(60)]
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*(holds.take(uuid4(), *lines) for lines in orders))
    assert sorted(answer.status_code for answer in answers) == [200] * 40 + [409] * 20
    assert {tables.stock(cake, size) for cake in cakes for size in ("S", "M")} == {0}


async def test_holds_confirmations_and_releases_at_once_end_in_no_deadlock(holds: Holds, tables: Tables) -> None:
    """Stocks cross zero all the time here, which writes to products too; so does the counting of what was sold."""
    cakes = [tables.product(f"cake-{n}", sizes={"M": (100, 3)}) for n in range(6)]
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"

    async def order(number: int) -> list[int]:
        chosen = random.Random(number)
        order_id = uuid4()
        lines = [(cake, "M", 1) for cake in chosen.sample(cakes, 4)]
        codes = [(await holds.take(order_id, *lines)).status_code]
        if codes == [200]:
            codes.append((await holds.move(order_id, "confirm")).status_code)
            if number % 3:
                codes.append((await holds.move(order_id, "release")).status_code)
        return codes

    async def count() -> None:
        while True:
            await holds.count_sold()

    async with asyncio.timeout(60):
        counting = asyncio.create_task(count())
        codes = await asyncio.gather(*(order(number) for number in range(120)))
        counting.cancel()
        await asyncio.wait([counting])

    assert {code for answer in codes for code in answer} <= {200, 409}
    assert tables.one(deadlocks) == 0
    held = "select coalesce(sum(quantity), 0) from backend.hold_line join backend.hold h using (order_id)"
    kept = tables.one(f"{held} where h.state = 'CONFIRMED'")
    assert sum(tables.stock(cake) for cake in cakes) + kept == 18
    assert sum(tables.sold(cake) for cake in cakes) == kept
    await holds.count_sold()
    assert tables.one("select sum(popularity) from backend.product") == kept
    assert tables.one("select count(*) from backend.sold_count") == 0
    assert all(
        tables.one("select in_stock from backend.product where id = %s", cake) == (tables.stock(cake) > 0)
        for cake in cakes
    )


async def test_sizes_of_the_same_cakes_that_sell_out_at_once_wait_in_no_circle(holds: Holds, tables: Tables) -> None:
    """Orders that share no size still meet at the cakes, whose rows say whether anything is left."""
    cakes = [tables.product(f"cake-{n}", sizes=dict.fromkeys("SML", (100, 1))) for n in range(5)]

    async def order(number: int) -> list[int]:
        chosen, order_id = random.Random(number), uuid4()
        size = chosen.choice("SML")
        codes = [(await holds.take(order_id, *((cake, size, 1) for cake in chosen.sample(cakes, 3)))).status_code]
        if codes == [200]:
            codes += [(await holds.move(order_id, to)).status_code for to in ("confirm", "release")]
        return codes

    async with asyncio.timeout(60):
        codes = await asyncio.gather(*(order(number) for number in range(150)))

    assert {code for answer in codes for code in answer} <= {200, 409}
    assert tables.one("select deadlocks from pg_stat_database where datname = current_database()") == 0
    assert {tables.stock(cake, size) for cake in cakes for size in "SML"} == {1}


@pytest.mark.parametrize("moves", [("confirm", "release"), ("release", "confirm")])
async def test_a_confirmation_and_a_release_at_once_lose_nothing(
    holds: Holds, tables: Tables, moves: tuple[str, str]
) -> None:
    cake = tables.product("cake", sizes={"M": (100, 5)})
    ids = [uuid4() for _ in range(5)]
    for order_id in ids:
        await holds.take(order_id, (cake, "M", 1))
    answers = await asyncio.gather(*(holds.move(order_id, to) for order_id in ids for to in moves * 3))
    assert {answer.status_code for answer in answers} == {200}
    assert tables.stock(cake) == 5
    assert tables.rows("select distinct state from backend.hold") == [("RELEASED",)]


async def test_a_hold_and_its_release_at_once_leave_the_stock_whole(holds: Holds, tables: Tables) -> None:
    cake = tables.product("cake", sizes={"M": (100, 5)})
    ids = [uuid4() for _ in range(20)]
    takes = [holds.take(order_id, (cake, "M", 1)) for order_id in ids]
    releases = [holds.move(order_id, "release") for order_id in ids]
    answers = await asyncio.gather(*(call for pair in zip(takes, releases, strict=True) for call in pair))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert tables.stock(cake) == 5
    assert tables.rows("select distinct state from backend.hold") == [("RELEASED",)]
