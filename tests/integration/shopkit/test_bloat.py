"""The outbox is a queue, and attempts are counters: neither grows by what passes through it."""

from collections.abc import Iterator

import pytest

from shopkit.db import Database
from shopkit.limits import Limit, Limiter
from shopkit.settings import ServiceSettings
from tests.support.calls import until
from tests.support.cluster import Databases
from tests.support.tables import Tables, looking_into

pytestmark = pytest.mark.anyio

SERVICES = ("order_service", "user_service")
BATCH = 100
PAGE = 8_192

WRITE = """
insert into {}.outbox (key, topic, payload)
select gen_random_uuid()::text, 'order_placed', jsonb_build_object('eventId', gen_random_uuid(), 'sessionId', null)
from generate_series(1, %s)
"""
LEASE = """
update {0}.outbox set next_attempt_at = now() + interval '15 seconds' where id in (
    select id from {0}.outbox where next_attempt_at <= now() order by id limit %s)
"""
UPDATES = "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where schemaname = %s and relname = %s"


@pytest.fixture
def tables(databases: Databases) -> Iterator[Tables]:
    """A look into a database in which no service runs."""
    with looking_into(databases.superuser) as look:
        yield look


async def updates(tables: Tables, service: str, table: str, times: int) -> int:
    """Wait until a table's rows have been updated so often; return how many of those were HOT updates."""
    await until(lambda: tables.rows(UPDATES, service, table)[0][0] >= times, f"{times} updates of {table}")
    [(all_of_them, hot)] = tables.rows(UPDATES, service, table)
    assert all_of_them == times
    return int(hot)


@pytest.mark.parametrize("service", SERVICES)
async def test_leasing_a_batch_writes_no_index_and_the_queue_keeps_its_size(tables: Tables, service: str) -> None:
    rounds = 5
    rows, all_of_it = [], []
    for _ in range(rounds):
        tables.run(WRITE.format(service), 5 * BATCH)
        for _ in range(5):
            assert tables.run(LEASE.format(service), BATCH) == BATCH
        name = f"{service}.outbox"
        rows.append(tables.one("select pg_relation_size(%s::regclass)", name))
        all_of_it.append(tables.one("select pg_total_relation_size(%s::regclass)", name))
        assert tables.run(f"delete from {service}.outbox") == 5 * BATCH
        tables.run(f"vacuum (truncate off) {service}.outbox")
    assert await updates(tables, service, "outbox", rounds * 5 * BATCH) == rounds * 5 * BATCH
    assert rows == rows[:1] * rounds
    assert all_of_it[2:] == all_of_it[2:3] * (rounds - 2)  # a page of an index is used again a little later


@pytest.mark.parametrize("service", SERVICES)
async def test_the_queue_is_vacuumed_by_the_number_of_dead_rows_at_full_speed(tables: Tables, service: str) -> None:
    options = tables.one("select reloptions from pg_class where oid = %s::regclass", f"{service}.outbox")
    assert set(options) == {
        "fillfactor=50",
        "autovacuum_vacuum_scale_factor=0",
        "autovacuum_vacuum_threshold=1000",
        "autovacuum_vacuum_cost_delay=0",
    }


@pytest.mark.parametrize("service", SERVICES)
async def test_counting_attempts_writes_no_index(databases: Databases, tables: Tables, service: str) -> None:
    database = Database(ServiceSettings(database_url=databases.url(service)), service)
    await database.open()
    limiter = Limiter(database)
    for _ in range(300):
        await limiter.attempt(Limit("orders", 1_000, 3_600), "203.0.113.7")
    await database.close()
    assert await updates(tables, service, "attempts", 299) >= 299 * 0.95
    assert tables.one("select pg_relation_size(%s::regclass)", f"{service}.attempts") <= 2 * PAGE
