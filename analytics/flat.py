"""The flat relation `events`: one column for each field that reports read, in every engine alike.

The table in PostgreSQL, the views over the lake in DuckDB and Athena, and the plain count of the tests are made from
`COLUMNS`. A column is named as the payload's field is; one that several events share means the same in each.
"""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic.alias_generators import to_camel

from analytics.events import Event
from shopkit.clock import shop_day

Kind = Literal["text", "bigint", "boolean"]


@dataclass(frozen=True)
class Column:
    """A column taken from the payload."""

    name: str
    kind: Kind

    @property
    def field(self) -> str:
        """The payload's field, as JSON names it."""
        return to_camel(self.name)


ENVELOPE = ("event_id", "name", "version", "occurred_at", "shop_day", "user_id", "session_id", "service")
COLUMNS: tuple[Column, ...] = (
    Column("landing_path", "text"),
    Column("referrer_host", "text"),
    Column("utm_source", "text"),
    Column("utm_medium", "text"),
    Column("utm_campaign", "text"),
    Column("product_id", "bigint"),
    Column("product_name", "text"),
    Column("category", "text"),
    Column("size", "text"),
    Column("quantity", "bigint"),
    Column("price", "bigint"),
    Column("search_query", "text"),
    Column("results_count", "bigint"),
    Column("requested", "bigint"),
    Column("available", "bigint"),
    Column("cart_total", "bigint"),
    Column("item_count", "bigint"),
    Column("order_id", "text"),
    Column("total_amount", "bigint"),
    Column("from_status", "text"),
    Column("to_status", "text"),
    Column("actor", "text"),
    Column("kind", "text"),
    Column("from_guest", "boolean"),
    Column("role", "text"),
)
LINE_COLUMNS: tuple[Column, ...] = (
    Column("product_id", "bigint"),
    Column("product_name", "text"),
    Column("category", "text"),
    Column("size", "text"),
    Column("quantity", "bigint"),
    Column("price", "bigint"),
)
"""Of `order_lines`, from each of `products` of Order Completed."""


def flat(event: Event) -> dict[str, Any]:
    """Return an event as a row of `events`, with the products of an order as `products`."""
    row: dict[str, Any] = {
        "event_id": str(event.event_id),
        "name": event.name,
        "version": event.version,
        "occurred_at": event.occurred_at,
        "shop_day": shop_day(event.occurred_at),
        "user_id": event.user_id,
        "session_id": event.session_id,
        "service": event.service,
    }
    row |= {column.name: event.payload.get(column.field) for column in COLUMNS}
    row["products"] = event.payload.get("products")
    return row
