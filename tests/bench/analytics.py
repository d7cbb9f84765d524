"""Every report over 30 of 90 days, live in PostgreSQL and over 90 days in the lake's Parquet, beside a plain scan."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import psycopg

from analytics.flat import COLUMNS
from analytics.reports import REPORTS
from analytics.store import REPORT_PARAMETERS
from shopkit.clock import shop_day
from tests.bench.place import DATABASE, Place
from tests.bench.report import Line

DAYS = 90
PERIOD = 30
LIVE_S, LAKE_S = 1.0, 3.0
BEST_OF = 3

# Eight events a visit on average: mostly views; a fifth of the visits fill a cart, some order. A visit is one session,
# half of them of people who are known.
FILL = """
insert into analytics.events (event_id, name, version, occurred_at, shop_day, user_id, session_id, service,
    product_id, product_name, category, size, quantity, price, search_query, results_count, cart_total, item_count,
    order_id, total_amount, products)
select gen_random_uuid(), kind, 1, %(begin)s::timestamptz + make_interval(secs => v.at + step * 20), %(day)s,
    case when v.person < 300000 then v.person + 1 end, 'v' || %(day)s::text || v.n, 'bench',
    case when kind in ('Product Viewed', 'Add to Cart') then p end,
    case when kind in ('Product Viewed', 'Add to Cart') then 'Bánh số ' || p end,
    case when kind = 'Product Viewed' then (array['mousse', 'tiramisu', 'kem', 'bread'])[1 + p % 4] end,
    case when kind = 'Add to Cart' then 'M' end, case when kind = 'Add to Cart' then 1 end,
    case when kind in ('Product Viewed', 'Add to Cart') then 100000 + p * 100 end,
    case when kind = 'Product Search' then 'bánh ' || p end, case when kind = 'Product Search' then p % 5 end,
    case when kind = 'Checkout Started' then 200000 end, case when kind = 'Checkout Started' then 2 end,
    case when kind = 'Order Completed' then gen_random_uuid()::text end,
    case when kind = 'Order Completed' then 200000 end,
    case when kind = 'Order Completed' then jsonb_build_array(
        jsonb_build_object('productId', p, 'productName', 'Bánh số ' || p, 'category', 'mousse', 'size', 'M',
            'quantity', 1, 'price', 100000),
        jsonb_build_object('productId', p + 1, 'productName', 'Bánh số ' || (p + 1), 'category', 'kem', 'size', 'S',
            'quantity', 1, 'price', 100000)) end
from (
    select n, floor(random() * 600000)::bigint as person, floor(random() * 80000) as at, random() as luck
    from generate_series(1, %(visits)s) n
) v cross join generate_series(1, 8) step
cross join lateral (select 1 + floor(random() * random() * 1600 + v.n * 0)::int as p) product
cross join lateral (select case
    when step <= 5 then case when step = 2 and v.luck > 0.5 then 'Product Search' else 'Product Viewed' end
    when step = 6 then case when v.luck < 0.3 then 'Add to Cart' else 'Product Viewed' end
    when step = 7 then case when v.luck < 0.15 then 'Checkout Started' else 'Product Viewed' end
    else case when v.luck < 0.1 and v.person < 300000 then 'Order Completed' else 'Product Viewed' end
    end as kind) kinds
"""
SQL_TYPES = {"text": "varchar", "bigint": "bigint", "boolean": "boolean"}
TYPES = {
    **dict.fromkeys(("event_id", "name", "session_id", "service", "order_id"), "varchar"),
    "user_id": "bigint",
    "occurred_at": "timestamptz",
    "shop_day": "date",
    **{column.name: SQL_TYPES[column.kind] for column in COLUMNS},
}
LINES = ("event_id", "user_id", "session_id", "order_id", "occurred_at", "shop_day", "quantity", "price")
SCAN = "select count(*), min(occurred_at), max(user_id) from events where shop_day between '{}' and '{}'"


def measure(here: Place, events: int, say: Callable[[str], None]) -> list[Line]:
    """Fill the live table and a lake with the same events, and ask every report of both."""
    today = shop_day(datetime.now(UTC))
    began = time.perf_counter()
    with psycopg.connect(here.cluster.url(DATABASE), autocommit=True) as connection:
        days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
        connection.execute("select analytics.ensure_days(%s)", (days,))
        for day in days:
            begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=7)
            # `FILL` has percent signs of its own.
            statement = FILL.replace("% 4", "%% 4").replace("% 5", "%% 5")
            connection.execute(statement.encode(), {"begin": begin, "day": day, "visits": events // DAYS // 8})
        connection.execute("vacuum analyze")
        say(f"made {events:,} events in {time.perf_counter() - began:.0f} s")
    lines = _live(here, today - timedelta(days=PERIOD - 1), today)
    for line in lines:
        say(f"{line.what}: {line.measured}")
    return lines + _lake(here, today - timedelta(days=DAYS - 1), today, say)


def _live(here: Place, since: Any, until: Any) -> list[Line]:
    parameters = {"search_path": "analytics,public", "timezone": "UTC", **REPORT_PARAMETERS}
    options = " ".join(f"-c {name}={value}" for name, value in parameters.items())
    with psycopg.connect(here.url("analytics"), options=options, autocommit=True) as connection:

        def ask(sql: str) -> float:
            return _best(lambda: connection.execute(sql.encode()).fetchall())

        scan = ask(SCAN.format(since, until))
        lines = [Line(f"live, {PERIOD} days: a plain scan", f"{scan:.2f} s")]
        for name, report in REPORTS.items():
            took = ask(report.sql(since, until))
            lines.append(Line(f"live: {name}", f"{took:.2f} s", f"{LIVE_S:.0f} s", LIVE_S / took, 1.0))
    return lines


def _lake(here: Place, since: Any, until: Any, say: Callable[[str], None]) -> list[Line]:
    """Ask the same of Parquet as compaction writes it: a file for each month."""
    folder = here.folder / "curated"
    began = time.perf_counter()
    duck = duckdb.connect()
    duck.execute("set timezone = 'UTC'")
    for relation in ("events", "order_lines"):
        columns = "*"
        if relation == "events":
            columns = "* exclude (products)"
        target = folder / relation
        target.mkdir(parents=True)
        for month in sorted({(since + timedelta(days=n)).replace(day=1) for n in range(DAYS)}):
            # CSV through the server's own COPY: DuckDB's PostgreSQL extension is not on this machine.
            file = here.folder / "part.csv"
            with (
                psycopg.connect(here.url("analytics"), options="-c search_path=analytics,public") as connection,
                file.open("wb") as out,
                connection.cursor().copy(
                    f"copy (select * from {relation} where date_trunc('month', shop_day) = '{month}' "
                    "order by occurred_at) to stdout (format csv, header)".encode()
                ) as copy,
            ):
                for chunk in copy:
                    out.write(chunk)
            types = TYPES if relation == "events" else {name: TYPES[name] for name in LINES}
            duck.execute(
                f"copy (select {columns} from read_csv('{file}', header=true, types={types})) "
                f"to '{target}/{month:%Y-%m}.parquet' (format parquet, compression zstd)"
            )
            file.unlink()
        duck.execute(f"create view {relation} as from read_parquet('{target}/*.parquet', union_by_name=true)")
    say(f"wrote the lake in {time.perf_counter() - began:.0f} s")
    lines = []
    for name, report in REPORTS.items():
        sql = report.sql(since, until)
        took = _best(lambda sql=sql: duck.execute(sql).fetchall())  # type: ignore[misc]
        lines.append(Line(f"lake, {DAYS} days: {name}", f"{took:.2f} s", f"{LAKE_S:.0f} s", LAKE_S / took, 1.0))
    return lines


def _best(ask: Callable[[], Any]) -> float:
    times = []
    for _ in range(BEST_OF):
        began = time.perf_counter()
        ask()
        times.append(time.perf_counter() - began)
    return min(times)
