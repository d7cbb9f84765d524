"""What was sold is counted beside the products, and moved to them now and then."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from shopkit import housekeeping
from tests.support.apps import RunningShop
from tests.support.calls import ok
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

POPULARITY = "select id, popularity from backend.product order by id"


class Sales:
    """Orders of one product each, at 100 VND a piece."""

    def __init__(self, shop: RunningShop, headers: dict[str, str]) -> None:
        self._shop, self._headers = shop, headers

    async def sell(self, product_id: int, quantity: int) -> Any:
        order_id = uuid4()
        item = {"productId": product_id, "size": "M", "quantity": quantity, "price": 100}
        body = {"orderId": str(order_id), "totalAmount": 100 * quantity, "items": [item]}
        await ok(self._shop.backend.post("/internal/holds", json=body, headers=self._headers))
        await self.move(order_id, "confirm")
        return order_id

    async def move(self, order_id: Any, to: str) -> None:
        await ok(self._shop.backend.post(f"/internal/holds/{order_id}/{to}", headers=self._headers))

    async def count(self) -> int:
        done: dict[str, int] = await self._shop.apps["backend"].state.housekeeping.tidy()
        return done["popularity"]


@pytest.fixture
def sales(shop: RunningShop, order_service: dict[str, str]) -> Sales:
    return Sales(shop, order_service)


async def test_sales_are_moved_to_products_in_small_steps_and_once(
    sales: Sales, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    cakes = [tables.product(f"cake-{n}", sizes={"M": (100, 10)}, popularity=10 * n) for n in range(5)]
    for number, cake in enumerate(cakes):
        await sales.sell(cake, number + 1)
    await sales.sell(cakes[4], 2)
    before = [(cake, 10 * n) for n, cake in enumerate(cakes)]
    assert tables.rows(POPULARITY) == before  # no product has been written

    assert await sales.count() == 5

    after = [(cakes[0], 1), (cakes[1], 12), (cakes[2], 23), (cakes[3], 34), (cakes[4], 47)]
    assert tables.rows(POPULARITY) == after
    assert tables.rows("select * from backend.sold_count") == []
    assert await sales.count() == 0
    assert tables.rows(POPULARITY) == after


async def test_what_comes_back_is_counted_off_again(sales: Sales, tables: Tables) -> None:
    cake = tables.product("cake", sizes={"M": (100, 10)}, popularity=7)
    order_id = await sales.sell(cake, 3)
    await sales.count()
    await sales.move(order_id, "release")
    await sales.move(order_id, "release")
    assert tables.rows("select product_id, pieces from backend.sold_count") == [(cake, -3)]
    assert await sales.count() == 1
    assert tables.rows(POPULARITY) == [(cake, 7)]


async def test_a_product_that_somebody_works_on_holds_up_neither_sales_nor_other_products(
    sales: Sales, tables: Tables, databases: Databases
) -> None:
    edited, other = (tables.product(slug, sizes={"M": (100, 10)}) for slug in ("edited", "other"))
    with psycopg.connect(databases.superuser) as editor:
        editor.execute("update backend.product set name = 'Bánh' where id = %s", (edited,))
        await sales.sell(edited, 1)
        await sales.sell(other, 2)
        assert await sales.count() == 1
        assert tables.rows(POPULARITY) == [(edited, 0), (other, 2)]
    assert await sales.count() == 1
    assert tables.rows(POPULARITY) == [(edited, 1), (other, 2)]
