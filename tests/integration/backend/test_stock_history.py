"""Every change of stock leaves a move, in the transaction that made it; the moves add up to the stock."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from backend.media.storage import FolderStorage
from backend.seed.__main__ import grow, seed
from shopkit.clock import FixedClock
from tests.support.apps import Login, RunningShop, running_shop
from tests.support.calls import ok, refused
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

MOVES = "select size, kind, delta, stock, reason, actor_id, order_id from backend.stock_move order by id"
ASTRAY = """
select s.product_id, s.code, s.stock, sum(m.delta), (array_agg(m.stock order by m.id desc))[1] from backend.size s
left join backend.stock_move m on m.product_id = s.product_id and m.size = s.code group by 1, 2
having s.stock is distinct from sum(m.delta) or s.stock is distinct from (array_agg(m.stock order by m.id desc))[1]
"""


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(datetime.now(UTC))


@pytest.fixture(scope="module")
async def running(databases: Databases, clock: FixedClock) -> AsyncIterator[RunningShop]:
    settings = {"backend": {"sweep_seconds": 300, "pool_size": 12}}
    async with running_shop(databases, names=("user_service", "backend"), clock=clock, settings=settings) as services:
        yield services


class Desk:
    """Staff and the order service at work on one product, created with sizes S and M."""

    def __init__(self, shop: RunningShop, admin: Login, order_service: dict[str, str]) -> None:
        self._backend, self._admin, self._orders = shop.backend, admin.headers, order_service

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self._backend.request(method, f"/api/products{path}", json=body, headers=self._admin)

    async def create(self) -> None:
        sizes = [{"size": "S", "price": 100, "stock": 5}, {"size": "M", "price": 100}]
        await ok(self.call("POST", "", {"name": "Cake", "categoryId": 1, "sizes": sizes}), 201)

    async def stock(self, size: str, **change: Any) -> httpx.Response:
        return await self.call("PATCH", f"/1/sizes/{size}/stock", change)

    async def hold(self, order_id: UUID, *lines: tuple[str, int]) -> httpx.Response:
        items = [{"productId": 1, "size": size, "quantity": n, "price": 100} for size, n in lines]
        body = {"orderId": str(order_id), "items": items, "totalAmount": 100 * sum(n for _, n in lines)}
        return await self._backend.post("/internal/holds", json=body, headers=self._orders)

    async def move(self, order_id: UUID, to: str) -> httpx.Response:
        return await self._backend.post(f"/internal/holds/{order_id}/{to}", headers=self._orders)

    async def history(self, **filters: Any) -> Any:
        path = "/api/admin/products/1/stock-history"
        return await ok(self._backend.get(path, params=filters, headers=self._admin))


@pytest.fixture
async def desk(shop: RunningShop, tables: Tables, admin: Login, order_service: dict[str, str]) -> Desk:
    tables.category("mousse")
    made = Desk(shop, admin, order_service)
    await made.create()
    return made


async def test_each_way_a_stock_moves_is_told(
    shop: RunningShop, desk: Desk, tables: Tables, admin: Login, clock: FixedClock
) -> None:
    sold, late, cancelled = uuid4(), uuid4(), uuid4()
    await ok(desk.stock("M", stock=7, reason="Nướng sáng"))
    await ok(desk.stock("S", delta=-2))
    await ok(desk.hold(sold, ("S", 1), ("M", 2)))
    await ok(desk.move(sold, "confirm"))
    await ok(desk.hold(cancelled, ("S", 1)))
    await ok(desk.move(cancelled, "release"))
    await ok(desk.hold(late, ("M", 3)))
    clock.advance(timedelta(minutes=16))
    assert await shop.apps["backend"].state.holds.sweep() == 1
    await ok(desk.move(late, "confirm"))
    await ok(desk.call("POST", "/1/sizes", {"size": "L", "price": 9, "stock": 1}), 201)
    await ok(desk.call("DELETE", "/1/sizes/L"))

    staff = admin.id
    assert tables.rows(MOVES) == [
        ("S", "CREATED", 5, 5, "", staff, None),
        ("M", "CREATED", 0, 0, "", staff, None),
        ("M", "SET", 7, 7, "Nướng sáng", staff, None),
        ("S", "ADJUSTED", -2, 3, "", staff, None),
        ("M", "ORDERED", -2, 5, "", None, sold),
        ("S", "ORDERED", -1, 2, "", None, sold),
        ("S", "ORDERED", -1, 1, "", None, cancelled),
        ("S", "RETURNED", 1, 2, "", None, cancelled),
        ("M", "ORDERED", -3, 2, "", None, late),
        ("M", "RETURNED", 3, 5, "", None, late),
        ("M", "ORDERED", -3, 2, "", None, late),
        ("L", "CREATED", 1, 1, "", staff, None),
        ("L", "SET", -1, 0, "", staff, None),
    ]
    assert tables.rows(ASTRAY) == []


async def test_what_changes_nothing_leaves_no_move(desk: Desk, tables: Tables) -> None:
    order_id = uuid4()
    await ok(desk.hold(order_id, ("S", 1)))
    before = tables.rows(MOVES)
    await ok(desk.hold(order_id, ("S", 1)))
    await ok(desk.stock("S", stock=4))
    await ok(desk.stock("S", delta=0))
    await refused(desk.stock("S", delta=-5), 409, "stock_out_of_range")
    await refused(desk.hold(uuid4(), ("S", 1), ("M", 1)), 409, "insufficient_stock")
    await ok(desk.move(uuid4(), "release"))
    await ok(desk.move(order_id, "confirm"))
    assert tables.rows(MOVES) == before


async def test_the_history_is_read_newest_first(desk: Desk, tables: Tables, admin: Login) -> None:
    order_id = uuid4()
    await ok(desk.hold(order_id, ("S", 2)))
    for stock in (3, 8):
        await ok(desk.stock("M", stock=stock, reason=f"to {stock}"))

    history = await desk.history()
    at = [datetime.fromisoformat(move.pop("at")) for move in history["items"]]
    assert at == sorted(at, reverse=True)
    nobody: dict[str, Any] = {"reason": "", "actorId": None, "orderId": None}
    made = {**nobody, "actorId": admin.id, "kind": "CREATED"}
    assert history == {
        "items": [
            {**made, "id": 5, "size": "M", "kind": "SET", "delta": 5, "stock": 8, "reason": "to 8"},
            {**made, "id": 4, "size": "M", "kind": "SET", "delta": 3, "stock": 3, "reason": "to 3"},
            {**nobody, "id": 3, "size": "S", "kind": "ORDERED", "delta": -2, "stock": 3, "orderId": str(order_id)},
            {**made, "id": 2, "size": "M", "delta": 0, "stock": 0},
            {**made, "id": 1, "size": "S", "delta": 5, "stock": 5},
        ],
        "next": None,
    }

    async def ids(**filters: Any) -> tuple[list[int], int | None]:
        page = await desk.history(**filters)
        return [move["id"] for move in page["items"]], page["next"]

    assert await ids(limit=2) == ([5, 4], 4)
    assert await ids(limit=2, after=4) == ([3, 2], 2)
    assert await ids(limit=2, after=2) == ([1], None)
    assert await ids(size="S") == ([3, 1], None)
    assert await ids(size="M", limit=2, after=5) == ([4, 2], 2)
    assert await ids(size="XL") == ([], None)


async def test_there_is_no_history_of_what_never_was(shop: RunningShop, desk: Desk, admin: Login) -> None:
    path = "/api/admin/products/{}/stock-history"
    await refused(shop.backend.get(path.format(2), headers=admin.headers), 404, "not_found")
    for bad in ("0", "2147483648", "x"):
        await refused(shop.backend.get(path.format(bad), headers=admin.headers), 422, "validation_error")
    for bad in ("limit=101", "after=0", "size=" + "x" * 21):
        await refused(shop.backend.get(f"{path.format(1)}?{bad}", headers=admin.headers), 422, "validation_error")


async def test_a_stock_that_is_not_as_expected_is_not_set(desk: Desk, tables: Tables) -> None:
    await ok(desk.hold(uuid4(), ("S", 1)))
    before = tables.everything("backend")
    problem = await refused(desk.stock("S", stock=9, expected=5), 409, "stock_changed")
    assert problem["available"] == 4
    await refused(desk.stock("S", delta=1, expected=5), 409, "stock_changed")
    await refused(desk.stock("S", stock=9, expected=-1), 422, "validation_error")
    assert tables.everything("backend") == before

    await ok(desk.stock("S", stock=9, expected=4))
    assert tables.stock(1, "S") == 9


async def test_of_two_who_set_a_stock_at_once_one_is_told(desk: Desk, tables: Tables) -> None:
    answers = await asyncio.gather(*(desk.stock("S", stock=stock, expected=5) for stock in (8, 9)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert tables.stock(1, "S") == next(n for n, answer in zip((8, 9), answers, strict=True) if answer.is_success)


async def test_moves_by_all_at_once_add_up(shop: RunningShop, desk: Desk, tables: Tables) -> None:
    """Stocks cross zero, sizes come and go; nothing waits in a circle."""
    await ok(desk.stock("M", stock=3))

    async def one(number: int) -> list[int]:
        chosen, order_id = random.Random(number), uuid4()
        match number % 5:
            case 0:
                return [(await desk.stock(chosen.choice("SM"), delta=chosen.choice([-2, 1, 3]))).status_code]
            case 1:
                size = {"size": f"X{number}", "price": 100, "stock": 2}
                added = await desk.call("POST", "/1/sizes", size)
                gone = await desk.call("DELETE", f"/1/sizes/X{number}")
                return [added.status_code, gone.status_code]
            case _:
                answers = [await desk.hold(order_id, ("S", 1), ("M", chosen.randint(1, 2)))]
                if answers[0].is_success:
                    answers.append(await desk.move(order_id, "confirm"))
                    answers += [await desk.move(order_id, "release")] if number % 2 else []
                return [answer.status_code for answer in answers]

    async with asyncio.timeout(60):
        codes = await asyncio.gather(*(one(number) for number in range(60)))

    assert {code for answer in codes for code in answer} <= {200, 201, 409, 404}
    assert tables.one("select deadlocks from pg_stat_database where datname = current_database()") == 0
    assert tables.rows(ASTRAY) == []


async def test_the_reference_catalogue_begins_its_history(
    shop: RunningShop, tables: Tables, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with shop.apps["backend"].state.database.session() as session:
        await seed(session, FolderStorage(tmp_path_factory.mktemp("media")))
        await grow(session, 100)
    assert tables.one("select count(*) from backend.product") == 100
    assert tables.rows(ASTRAY) == []
    assert tables.rows("select distinct kind, delta = stock from backend.stock_move") == [("CREATED", True)]
