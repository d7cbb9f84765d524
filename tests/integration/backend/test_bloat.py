"""Rows that change with every order do not make their tables grow: PostgreSQL's own counts after many orders."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from tests.support.apps import RunningShop
from tests.support.calls import ok, until
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

ORDERS = 120
CAKES = 4
PAGE = 8_192


class Counts:
    """What PostgreSQL counted of the backend's tables since the test began."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        tables.rows("select pg_stat_force_next_flush()")  # what the test's scene counted
        self._before = {name: self._now(name) for name in ("size", "product", "hold", "sold_count", "cart_line")}

    def _now(self, table: str) -> tuple[int, int, int]:
        [row] = self._tables.rows(
            "select n_tup_upd, n_tup_hot_upd, n_tup_del from pg_stat_user_tables "
            "where schemaname = 'backend' and relname = %s",
            table,
        )
        return tuple(row)  # type: ignore[return-value]

    async def updated(self, table: str, times: int) -> int:
        """Wait until a table's rows have been updated so often; return how many of those were HOT updates."""
        before = self._before[table]
        await until(lambda: self._now(table)[0] - before[0] >= times, f"{times} updates of {table}")
        now = self._now(table)
        assert now[0] - before[0] == times
        return now[1] - before[1]


@pytest.fixture
def counts(tables: Tables) -> Counts:
    return Counts(tables)


@pytest.fixture
def cakes(tables: Tables) -> list[int]:
    return [tables.product(f"cake-{n}", sizes={"M": (100, 1_000), "L": (200, 1_000)}) for n in range(CAKES)]


async def order(shop: RunningShop, headers: dict[str, str], cakes: list[int], number: int) -> UUID:
    """Hold and confirm an order of two lines."""
    order_id: UUID = uuid7()
    chosen = sorted({cakes[number % CAKES], cakes[(number + 1) % CAKES]})
    items = [{"productId": cake, "size": "M", "quantity": 1, "price": 100} for cake in chosen]
    body = {"orderId": str(order_id), "totalAmount": 200, "items": items}
    await ok(shop.backend.post("/internal/holds", json=body, headers=headers))
    await ok(shop.backend.post(f"/internal/holds/{order_id}/confirm", headers=headers))
    return order_id


async def test_orders_write_no_product_and_no_index_of_stock(
    shop: RunningShop, order_service: dict[str, str], tables: Tables, cakes: list[int], counts: Counts
) -> None:
    for number in range(ORDERS):
        await order(shop, order_service, cakes, number)

    # Each order takes the stock of two sizes. Now and then a page is full just when it cannot be cleared yet.
    assert await counts.updated("size", 2 * ORDERS) >= 2 * ORDERS * 0.95
    assert await counts.updated("sold_count", 2 * ORDERS - CAKES) >= (2 * ORDERS - CAKES) * 0.95
    assert await counts.updated("hold", ORDERS) == 0  # its state stands in an index's condition
    assert await counts.updated("product", 0) == 0

    # What 240 updates left behind has been cleared away in passing, without a vacuum.
    sizes = tables.rows("select pg_relation_size('backend.size'), pg_relation_size('backend.sold_count')")
    assert [size <= 2 * PAGE for size in sizes[0]] == [True, True]
    assert tables.sold(cakes[0]) == ORDERS / 2


async def test_a_batch_of_stock_fits_beside_what_it_replaces(
    tables: Tables, counts: Counts, databases: Databases
) -> None:
    """A hundred sizes change in one transaction: until it ends, no page can be cleared."""
    for n in range(100):
        tables.product(f"cake-{n}", sizes={"M": (100, 1_000)})
    await counts.updated("size", 0)
    with psycopg.connect(databases.superuser) as connection:
        connection.execute("update backend.size set stock = stock - 1")
    assert await counts.updated("size", 100) == 100


async def test_a_cart_that_changes_again_and_again_takes_no_more_room(
    shop: RunningShop, lan: Any, tables: Tables, cakes: list[int], counts: Counts
) -> None:
    item = {"productId": cakes[0], "size": "M", "quantity": 1}
    [line] = (await ok(shop.backend.post("/api/cart", json=item, headers=lan.headers), 201))["items"]
    for number in range(100):
        change = {"quantity": number % 9 + 1}
        await ok(shop.backend.patch(f"/api/cart/{line['id']}", json=change, headers=lan.headers))
    assert await counts.updated("cart_line", 100) >= 95
    assert tables.one("select pg_relation_size('backend.cart_line')") <= 2 * PAGE


async def test_old_holds_leave_room_that_new_ones_fill(
    shop: RunningShop, order_service: dict[str, str], tables: Tables, cakes: list[int]
) -> None:
    size = "select pg_relation_size('backend.hold') + pg_relation_size('backend.hold_line')"
    sizes = []
    for _ in range(3):
        orders = [await order(shop, order_service, cakes, number) for number in range(60)]
        sizes.append(tables.one(size))
        body = {"orderIds": [str(order_id) for order_id in orders]}
        assert await ok(shop.backend.post("/internal/holds/forget", json=body, headers=order_service)) == {"count": 60}
        for table in ("hold", "hold_line"):
            tables.run(f"vacuum backend.{table}")
    assert sizes[1:] == sizes[:1] * 2


async def test_tables_that_change_with_every_order_are_vacuumed_soon(tables: Tables) -> None:
    options = dict(
        tables.rows(
            "select relname::text, reloptions from pg_class where relnamespace = 'backend'::regnamespace "
            "and relkind = 'r' and reloptions is not null"
        )
    )
    assert set(options) == {"size", "sold_count", "cart_line", "product", "hold", "hold_line", "cart_removal"}
    for table, values in options.items():
        scale = next(value for value in values if value.startswith("autovacuum_vacuum_scale_factor="))
        assert float(scale.partition("=")[2]) <= 0.05, table
