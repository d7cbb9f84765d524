"""Holds: stock that waits for its order, whatever comes first, twice, late or not at all."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from backend.stock import service as stock_service
from shopkit.clock import FixedClock
from tests.support.apps import RunningShop, running_shop
from tests.support.calls import ok, refused, until
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

LIFE = timedelta(minutes=15)


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    """A clock that starts at the real moment, because tokens are verified by the real clock."""
    return FixedClock(datetime.now(UTC))


@pytest.fixture(scope="module")
async def running(databases: Databases, clock: FixedClock) -> AsyncIterator[RunningShop]:
    settings = {"backend": {"sweep_seconds": 300}}
    async with running_shop(databases, names=("user_service", "backend"), clock=clock, settings=settings) as services:
        yield services


class Holds:
    """The holds' routes, called as the order service."""

    def __init__(self, shop: RunningShop, headers: dict[str, str], tables: Tables) -> None:
        self._shop, self._headers, self._tables = shop, headers, tables

    async def take(self, order_id: Any, *items: tuple[int, str, int, int], total: int | None = None) -> httpx.Response:
        lines = [dict(zip(("productId", "size", "quantity", "price"), item, strict=True)) for item in items]
        amount = sum(item[2] * item[3] for item in items) if total is None else total
        body = {"orderId": str(order_id), "totalAmount": amount, "items": lines}
        return await self._shop.backend.post("/internal/holds", json=body, headers=self._headers)

    async def confirm(self, order_id: Any) -> httpx.Response:
        return await self._shop.backend.post(f"/internal/holds/{order_id}/confirm", headers=self._headers)

    async def confirm_all(self, *order_ids: Any) -> httpx.Response:
        body = {"orderIds": [str(order_id) for order_id in order_ids]}
        return await self._shop.backend.post("/internal/holds/confirm", json=body, headers=self._headers)

    async def release(self, order_id: Any) -> httpx.Response:
        return await self._shop.backend.post(f"/internal/holds/{order_id}/release", headers=self._headers)

    async def write_off(self, order_id: Any) -> httpx.Response:
        return await self._shop.backend.post(f"/internal/holds/{order_id}/write-off", headers=self._headers)

    async def sweep(self) -> int:
        return int(await self._shop.apps["backend"].state.holds.sweep())

    def state(self, order_id: Any) -> str:
        return str(self._tables.one("select state from backend.hold where order_id = %s", order_id))

    def sold(self, product_id: int) -> int:
        return self._tables.sold(product_id)


@pytest.fixture
def holds(shop: RunningShop, order_service: dict[str, str], tables: Tables) -> Holds:
    return Holds(shop, order_service, tables)


@pytest.fixture
def cake(tables: Tables) -> int:
    return tables.product("cake", name="Bánh", name_en="Cake", sizes={"S": (100, 10), "M": (250, 3)})


async def test_a_hold_takes_the_stock_and_prices_the_lines(
    holds: Holds, tables: Tables, clock: FixedClock, cake: int
) -> None:
    order_id = uuid4()
    other = tables.product("other", category="kem", sizes={"L": (1_000, 1)})

    hold = await ok(holds.take(order_id, (other, "L", 1, 1_000), (cake, "S", 4, 100), (cake, "M", 3, 250)))

    assert datetime.fromisoformat(hold.pop("expiresAt")) == clock.now() + LIFE
    named = {"productId": cake, "slug": "cake", "name": "Bánh", "nameEn": "Cake", "image": None, "category": "mousse"}
    assert hold == {
        "orderId": str(order_id),
        "state": "HELD",
        "items": [
            {**named, "size": "M", "quantity": 3, "price": 250},
            {**named, "size": "S", "quantity": 4, "price": 100},
            {
                "productId": other,
                "slug": "other",
                "name": "other",
                "nameEn": "",
                "image": None,
                "category": "kem",
                "size": "L",
                "quantity": 1,
                "price": 1_000,
            },
        ],
    }
    assert [tables.stock(cake, "S"), tables.stock(cake), tables.stock(other, "L")] == [6, 0, 0]


async def test_all_lines_or_none(holds: Holds, tables: Tables, cake: int) -> None:
    gone = tables.product("gone", sizes={"M": (5, 9)}, archived=True)
    before = tables.everything("backend")
    lines = ((cake, "S", 10, 100), (cake, "M", 4, 250), (cake, "XL", 1, 5), (gone, "M", 1, 5), (77, "M", 2, 5))

    problem = await refused(holds.take(uuid4(), *lines), 409, "insufficient_stock")

    named = {"productId": cake, "name": "Bánh", "nameEn": "Cake"}
    assert problem["lines"] == [
        {**named, "size": "M", "requested": 4, "available": 3},
        {**named, "size": "XL", "requested": 1, "available": 0},
        {"productId": gone, "name": "gone", "nameEn": "", "size": "M", "requested": 1, "available": 0},
        {"productId": 77, "name": None, "nameEn": None, "size": "M", "requested": 2, "available": 0},
    ]
    assert tables.everything("backend") == before


async def test_another_price_is_told_and_takes_nothing(holds: Holds, tables: Tables, cake: int) -> None:
    before = tables.everything("backend")

    problem = await refused(holds.take(uuid4(), (cake, "S", 2, 90), (cake, "M", 1, 250)), 409, "price_changed")

    assert problem["lines"] == [
        {"productId": cake, "size": "S", "requestedPrice": 90, "price": 100, "name": "Bánh", "nameEn": "Cake"}
    ]
    assert problem["totalAmount"] == 450
    swapped = ((cake, "S", 1, 150), (cake, "M", 1, 200))  # which come to the right sum
    problem = await refused(holds.take(uuid4(), *swapped), 409, "price_changed")
    assert [(line["requestedPrice"], line["price"]) for line in problem["lines"]] == [(200, 250), (150, 100)]
    problem = await refused(holds.take(uuid4(), (cake, "S", 2, 100), total=199), 409, "price_changed")
    assert (problem["lines"], problem["totalAmount"]) == ([], 200)
    assert tables.everything("backend") == before


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([(1, "S", 1, 100), (1, "S", 1, 100)], "duplicate_line"),
        ([(2**31, "S", 1, 100)], "unknown_product"),
        ([], "validation_error"),
        ([(1, "S", 0, 100)], "validation_error"),
        ([(1, "S", 9_901, 100)], "validation_error"),
        ([(1, "S", 1, -1)], "validation_error"),
    ],
)
async def test_bad_holds_take_nothing(holds: Holds, tables: Tables, cake: int, items: Any, code: str) -> None:
    before = tables.everything("backend")
    await refused(holds.take(uuid4(), *items), 422, code)
    assert tables.everything("backend") == before


async def test_the_same_id_is_the_same_hold(holds: Holds, tables: Tables, clock: FixedClock, cake: int) -> None:
    order_id = uuid4()
    first = await ok(holds.take(order_id, (cake, "M", 3, 250)))
    clock.advance(timedelta(minutes=1))
    tables.set_price(cake, 999)
    assert await ok(holds.take(order_id, (cake, "M", 3, 250))) == first
    assert tables.stock(cake) == 0


async def test_confirming_sells_once(holds: Holds, tables: Tables, clock: FixedClock, cake: int) -> None:
    order_id = uuid4()
    await ok(holds.take(order_id, (cake, "S", 2, 100), (cake, "M", 1, 250)))
    for _ in range(3):
        assert (await ok(holds.confirm(order_id)))["state"] == "CONFIRMED"
    assert (tables.stock(cake, "S"), tables.stock(cake), holds.sold(cake)) == (8, 2, 3)
    clock.advance(LIFE)
    assert await holds.sweep() == 0
    assert (await ok(holds.take(order_id, (cake, "S", 2, 100))))["state"] == "CONFIRMED"
    assert (tables.stock(cake, "S"), tables.stock(cake)) == (8, 2)


async def test_an_unknown_hold_cannot_be_confirmed(holds: Holds, cake: int) -> None:
    await refused(holds.confirm(uuid4()), 404, "not_found")
    await refused(holds.confirm("1"), 422, "validation_error")


async def test_a_release_gives_back_once(holds: Holds, tables: Tables, cake: int) -> None:
    order_id = uuid4()
    await ok(holds.take(order_id, (cake, "M", 3, 250)))
    for _ in range(3):
        released = await ok(holds.release(order_id))
        assert (released["state"], released["items"][0]["quantity"]) == ("RELEASED", 3)
    assert tables.stock(cake) == 3
    assert (await ok(holds.confirm(order_id)))["state"] == "RELEASED"
    await refused(holds.take(order_id, (cake, "M", 3, 250)), 409, "hold_released")
    assert (tables.stock(cake), holds.sold(cake)) == (3, 0)


async def test_a_release_after_the_confirmation_gives_back_once(holds: Holds, tables: Tables, cake: int) -> None:
    order_id = uuid4()
    await ok(holds.take(order_id, (cake, "M", 2, 250)))
    await ok(holds.confirm(order_id))
    assert holds.sold(cake) == 2
    for _ in range(2):
        assert (await ok(holds.release(order_id)))["state"] == "RELEASED"
    assert (tables.stock(cake), holds.sold(cake)) == (3, 0)


async def test_a_release_before_its_hold_leaves_nothing_to_take(holds: Holds, tables: Tables, cake: int) -> None:
    order_id = uuid4()
    released = await ok(holds.release(order_id))
    assert (released["state"], released["items"]) == ("RELEASED", [])
    await refused(holds.take(order_id, (cake, "M", 1, 250)), 409, "hold_released")
    assert tables.stock(cake) == 3


async def test_the_sweeper_returns_what_expired_and_nothing_else(
    holds: Holds, tables: Tables, clock: FixedClock, cake: int
) -> None:
    early, late, sold = uuid4(), uuid4(), uuid4()
    await ok(holds.take(early, (cake, "S", 2, 100), (cake, "M", 3, 250)))
    await ok(holds.take(sold, (cake, "S", 1, 100)))
    await ok(holds.confirm(sold))
    clock.advance(timedelta(minutes=1))
    await ok(holds.take(late, (cake, "S", 4, 100)))

    clock.advance(LIFE - timedelta(minutes=1, microseconds=1))
    assert await holds.sweep() == 0
    clock.advance(timedelta(microseconds=1))
    assert await holds.sweep() == 1

    assert [holds.state(order_id) for order_id in (early, late, sold)] == ["EXPIRED", "HELD", "CONFIRMED"]
    assert (tables.stock(cake, "S"), tables.stock(cake)) == (5, 3)
    assert await holds.sweep() == 0
    assert tables.one("select in_stock from backend.product where id = %s", cake) is True


async def test_metrics_tell_how_many_holds_wait_and_how_long(
    holds: Holds, running: RunningShop, clock: FixedClock, cake: int
) -> None:
    for order_id in (uuid4(), uuid4()):
        await ok(holds.take(order_id, (cake, "S", 1, 100)))
    clock.advance(timedelta(seconds=90))
    assert await holds.sweep() == 0
    text = (await running.backend.get("/metrics")).text
    assert "\nholds_open 2.0\nholds_limit_seconds 900.0\nholds_oldest_seconds 90.0\n" in re.sub(
        r"# .*\n", "", "\n" + text
    )
    clock.advance(LIFE)
    assert await holds.sweep() == 2
    text = (await running.backend.get("/metrics")).text
    assert "\nholds_open 0.0\nholds_limit_seconds 900.0\nholds_oldest_seconds 0.0\n" in re.sub(
        r"# .*\n", "", "\n" + text
    )


async def test_the_sweeper_leaves_a_hold_that_is_confirmed_while_it_looks(
    holds: Holds, tables: Tables, clock: FixedClock, cake: int, databases: Databases
) -> None:
    order_id = uuid4()
    await ok(holds.take(order_id, (cake, "M", 3, 250)))
    clock.advance(LIFE)
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    async with await psycopg.AsyncConnection.connect(databases.superuser) as confirming:
        await confirming.execute("update backend.hold set state = 'CONFIRMED'")
        sweeping = asyncio.create_task(holds.sweep())
        await until(lambda: tables.one(waiting) == 1, "the sweeper waits for the hold it found")
    assert await sweeping == 0
    assert (holds.state(order_id), tables.stock(cake)) == ("CONFIRMED", 0)


async def test_a_confirmation_after_the_end_takes_the_stock_anew(
    holds: Holds, tables: Tables, clock: FixedClock, cake: int
) -> None:
    order_id = uuid4()
    await ok(holds.take(order_id, (cake, "M", 3, 250)))
    clock.advance(LIFE)
    await holds.sweep()
    assert (await ok(holds.confirm(order_id)))["state"] == "CONFIRMED"
    assert (tables.stock(cake), holds.sold(cake)) == (0, 3)


@pytest.mark.parametrize("change", ["set_stock", "archive", "remove"])
async def test_a_confirmation_after_the_stock_has_gone_is_refused(
    holds: Holds, tables: Tables, clock: FixedClock, cake: int, change: str
) -> None:
    order_id = uuid4()
    await ok(holds.take(order_id, (cake, "S", 1, 100), (cake, "M", 3, 250)))
    clock.advance(LIFE)
    await holds.sweep()
    if change == "set_stock":
        tables.set_stock(cake, 2)
    elif change == "archive":
        tables.run("update backend.product set archived_at = now()")
    else:
        tables.run("delete from backend.size where code = 'M'")
    before = tables.everything("backend")

    problem = await refused(holds.confirm(order_id), 409, "insufficient_stock")

    named = {"productId": cake, "name": "Bánh", "nameEn": "Cake"}
    short = {"size": "M", "requested": 3, "available": 2 if change == "set_stock" else 0, **named}
    other = {"size": "S", "requested": 1, "available": 0, **named}
    assert problem["lines"] == ([short, other] if change == "archive" else [short])
    assert tables.everything("backend") == before
    await refused(holds.take(order_id, (cake, "S", 1, 100), (cake, "M", 3, 250)), 409, "insufficient_stock")
    assert (await ok(holds.release(order_id)))["state"] == "RELEASED"


async def test_asking_again_after_the_end_holds_again(
    holds: Holds, tables: Tables, clock: FixedClock, cake: int
) -> None:
    order_id = uuid4()
    await ok(holds.take(order_id, (cake, "M", 3, 250)))
    clock.advance(LIFE)
    await holds.sweep()
    again = await ok(holds.take(order_id, (cake, "M", 3, 250)))
    assert (again["state"], datetime.fromisoformat(again["expiresAt"])) == ("HELD", clock.now() + LIFE)
    assert tables.stock(cake) == 0


async def test_what_came_back_and_is_lost_is_written_off_once(holds: Holds, tables: Tables, cake: int) -> None:
    order_id = uuid4()
    await ok(holds.take(order_id, (cake, "S", 4, 100)))
    await ok(holds.confirm(order_id))
    assert (holds.sold(cake), tables.stock(cake, "S")) == (4, 6)
    first = await ok(holds.write_off(order_id))
    before = tables.everything("backend")
    assert await ok(holds.write_off(order_id)) == first
    # Nothing that comes late gives the stock back, or takes it again.
    assert (await ok(holds.release(order_id)))["state"] == "WRITTEN_OFF"
    assert (await ok(holds.confirm(order_id)))["state"] == "WRITTEN_OFF"
    await refused(holds.take(order_id, (cake, "S", 4, 100)), 409, "hold_released")
    assert tables.everything("backend") == before
    assert (holds.state(order_id), holds.sold(cake), tables.stock(cake, "S")) == ("WRITTEN_OFF", 0, 6)
    moves = tables.rows("select kind, delta, stock from backend.stock_move where order_id is not null order by id")
    assert moves == [("ORDERED", -4, 6), ("WRITTEN_OFF", 0, 6)]


async def test_stock_that_went_back_is_not_written_off(holds: Holds, tables: Tables, cake: int) -> None:
    order_id = uuid4()
    await ok(holds.take(order_id, (cake, "S", 4, 100)))
    await ok(holds.release(order_id))
    before = tables.everything("backend")
    assert (await ok(holds.write_off(order_id)))["state"] == "RELEASED"
    await refused(holds.write_off(uuid4()), 404, "not_found")
    assert tables.everything("backend") == before


async def test_many_holds_are_confirmed_at_once_each_with_its_own_answer(
    holds: Holds, tables: Tables, clock: FixedClock, cake: int
) -> None:
    late, gone, first, second, released, unknown = (uuid4() for _ in range(6))
    await ok(holds.take(late, (cake, "S", 1, 100)))
    await ok(holds.take(gone, (cake, "M", 3, 250)))
    clock.advance(LIFE)
    assert await holds.sweep() == 2
    await ok(holds.take(first, (cake, "S", 2, 100), (cake, "M", 1, 250)))
    await ok(holds.take(second, (cake, "S", 1, 100)))
    await ok(holds.take(released, (cake, "S", 1, 100)))
    await ok(holds.release(released))

    for _ in range(2):
        answer = await ok(holds.confirm_all(late, gone, first, second, released, unknown))
        assert {result["orderId"]: result["state"] or result["code"] for result in answer["results"]} == {
            str(late): "CONFIRMED",
            str(gone): "insufficient_stock",
            str(first): "CONFIRMED",
            str(second): "CONFIRMED",
            str(released): "RELEASED",
            str(unknown): "not_found",
        }
        assert (tables.stock(cake, "S"), tables.stock(cake), holds.sold(cake)) == (6, 2, 5)
    assert holds.state(gone) == "EXPIRED"


async def test_of_many_holds_that_ran_out_a_few_are_confirmed_in_one_call(
    holds: Holds, tables: Tables, clock: FixedClock, cake: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock_service, "LATE_AT_ONCE", 2)
    late = [uuid4() for _ in range(3)]
    for order_id in late:
        await ok(holds.take(order_id, (cake, "S", 1, 100)))
    clock.advance(LIFE)
    assert await holds.sweep() == 3
    timely = uuid4()
    await ok(holds.take(timely, (cake, "S", 1, 100)))

    answer = await ok(holds.confirm_all(*late, timely))
    told = {result["orderId"]: result["state"] or result["code"] for result in answer["results"]}
    assert told[str(timely)] == "CONFIRMED"
    assert sorted(told[str(order_id)] for order_id in late) == ["CONFIRMED", "CONFIRMED", "later"]
    assert sorted(holds.state(order_id) for order_id in late) == ["CONFIRMED", "CONFIRMED", "EXPIRED"]

    answer = await ok(holds.confirm_all(*late, timely))
    assert {result["state"] for result in answer["results"]} == {"CONFIRMED"}
    assert (tables.stock(cake, "S"), holds.sold(cake)) == (6, 4)
