"""Demo events: plausible, marked, replaced and removed."""

from datetime import UTC, datetime, timedelta

import pytest

from analytics.reports import REPORTS
from analytics.store import EventStore
from backend.seed.history import FIRST_PERSON, SERVICE, Cake, make
from shopkit.clock import FixedClock, shop_day
from shopkit.db import Database
from shopkit.settings import ServiceSettings
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
CAKES = [Cake(number, f"Bánh {number}", "mousse", "M", 100_000 + number) for number in range(1, 30)]


async def test_a_history_is_made_marked_and_taken_back(databases: Databases, tables: Tables) -> None:
    database = Database(ServiceSettings(database_url=databases.url("analytics")), "analytics")
    await database.open()
    store = EventStore(database, FixedClock(NOW), retention_days=400)
    made = await make(store, CAKES, NOW, 14)
    of_demo = tables.rows("select name, count(*) from analytics.events where service = %s group by 1", SERVICE)
    assert sum(count for _, count in of_demo) == made > 3_000
    counts = dict(of_demo)
    steps = [counts[name] for name in ("Product Viewed", "Add to Cart", "Checkout Started", "Order Completed")]
    assert steps == sorted(steps, reverse=True)
    assert tables.one("select min(user_id) from analytics.events") >= FIRST_PERSON
    assert tables.one("select max(occurred_at) from analytics.events") <= NOW
    first, last = shop_day(NOW) - timedelta(days=13), shop_day(NOW)
    assert tables.rows("select min(shop_day), max(shop_day) from analytics.events") == [(first, last)]
    async with database.pool.connection() as connection:
        found = await connection.execute(REPORTS["purchases"].sql(first, last).encode())
        assert sum(row[1] for row in await found.fetchall()) == counts["Order Completed"]

    tables.run(
        "update analytics.events set service = 'backend' where event_id = (select min(event_id::text)::uuid "
        "from analytics.events)"
    )
    assert await make(store, CAKES, NOW, 2) < made
    assert await make(store, CAKES, NOW, 0) == 0
    assert tables.rows("select service, count(*) from analytics.events group by 1") == [("backend", 1)]
    await database.close()
