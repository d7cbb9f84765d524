"""The reports: each is one SQL statement over `events` and `order_lines`, the same on every engine.

The statements keep to what PostgreSQL and DuckDB both understand; `sqlglot` turns them into Athena's dialect, which is
committed beside them. Days are shop days, both ends included; amounts are whole VND.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

Kind = Literal["integer", "text", "day"]

AT_RISK_DAYS = 60
LOST_DAYS = 120
SEGMENTS = ("new", "returning", "at_risk", "lost")
MAX_ROWS = 10_000
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Report:
    """A report. `columns` are its columns' names and kinds, in order."""

    name: str
    columns: tuple[tuple[str, Kind], ...]

    def sql(self, since: date, until: date, *, most: int = 1_000, segment: str = "", user_id: int = 0) -> str:
        """Return the statement for a period; of one segment of customers, or one customer, where the report has them.

        Raises:
            ValueError: the segment is none.
        """
        if segment not in {"", *SEGMENTS}:
            raise ValueError(f"{segment!r} is no segment")
        values = {
            ":from_day": f"date '{since.isoformat()}'",
            ":to_day": f"date '{until.isoformat()}'",
            ":at_risk_before": f"date '{(until - timedelta(days=AT_RISK_DAYS)).isoformat()}'",
            ":lost_before": f"date '{(until - timedelta(days=LOST_DAYS)).isoformat()}'",
            ":most": str(int(most)),
            ":segment": f"'{segment}'",
            ":user_id": str(int(user_id)),
        }
        text = definition(self.name)
        for name, value in values.items():  # none of them is text that somebody typed
            text = text.replace(name, value)
        return text


@cache
def definition(name: str) -> str:
    """Return a report's statement as it is written, with its parameters."""
    return (Path(__file__).with_name(f"{name}.sql")).read_text(encoding="utf-8")


def _report(name: str, *columns: str) -> Report:
    kinds: dict[str, Kind] = {"": "integer", "text": "text", "day": "day"}
    parts = [column.partition(":") for column in columns]
    return Report(name, tuple((column, kinds[kind]) for column, _, kind in parts))


REPORTS = {
    report.name: report
    for report in (
        _report("product_views_by_user", "user_id", "views", "products", "last_day:day"),
        _report("cart_additions", "product_id", "product_name:text", "additions", "pieces", "amount", "visits"),
        _report("purchases", "shop_day:day", "orders", "revenue", "customers", "returning_orders"),
        _report("customer_frequency", "orders", "customers", "revenue"),
        _report("best_sellers", "product_id", "product_name:text", "pieces", "revenue", "orders"),
        _report("category_performance", "category:text", "views", "orders", "pieces", "revenue"),
        _report("conversion_funnel", "unit:text", "step", "name:text", "reached"),
        _report("cohort_retention", "first_month:day", "months_since", "customers", "orders", "revenue"),
        _report("searches", "query:text", "searches", "found_nothing", "led_to_cart"),
        _report("demand_missed", "shop_day:day", "product_id", "product_name:text", "times", "pieces"),
        _report("customers", "user_id", "segment:text", "orders", "revenue", "first_day:day", "last_day:day"),
    )
}
