"""The relations `events` and `order_lines` over the lake, for DuckDB and for Athena, made from `analytics.flat`."""

from typing import Any

from analytics.flat import COLUMNS, LINE_COLUMNS, Column

PREFIX = "user-actions/"
ENVELOPE_FIELDS = {
    "eventId": "varchar",
    "name": "varchar",
    "version": "bigint",
    "occurredAt": "varchar",
    "userId": "bigint",
    "sessionId": "varchar",
    "service": "varchar",
}
PARTITIONS = ("year", "month", "day")
_TYPES = {"text": "varchar", "bigint": "bigint", "boolean": "boolean"}


def _struct(columns: tuple[Column, ...], separator: str, extra: str = "") -> str:
    fields = [f"{_quoted(column.field, separator)}{separator}{_TYPES[column.kind]}" for column in columns]
    return ", ".join([*fields, *([extra] if extra else [])])


def _quoted(name: str, separator: str) -> str:
    return f'"{name}"' if separator == " " else name.lower()


def duckdb_views(lake: str) -> list[str]:
    """Return the statements that make the views over a lake that DuckDB can read at `lake` (no slash at its end)."""
    line = f"struct({_struct(LINE_COLUMNS, ' ')})[]"
    payload = f"struct({_struct(COLUMNS, ' ', f'products {line}')})"
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in {**ENVELOPE_FIELDS, "payload": payload}.items())
    pattern = f"{lake}/{PREFIX}*/*/*/*.json.gz".replace("'", "''")
    flat = ", ".join(f'payload."{column.field}" as {column.name}' for column in COLUMNS)
    lines = ", ".join(f'l."{column.field}" as {column.name}' for column in LINE_COLUMNS)
    envelope = (
        "eventId as event_id, name, version, cast(occurredAt as timestamptz) as occurred_at, "
        "make_date(cast(year as int), cast(month as int), cast(day as int)) as shop_day, "
        "userId as user_id, sessionId as session_id, service"
    )
    return [
        f"""create or replace view events as select {envelope}, {flat}, payload.products as products
        from read_json('{pattern}', format='newline_delimited', hive_partitioning=true,
            hive_types={{'year': varchar, 'month': varchar, 'day': varchar}}, columns={{{columns}}})""",
        f"""create or replace view order_lines as
        select event_id, occurred_at, shop_day, user_id, session_id, service, order_id, {lines},
            l.quantity * l.price as revenue
        from (select *, unnest(products) as l from events where name = 'Order Completed')""",
    ]


def glue_table(location: str = "s3://LAKE/user-actions/") -> dict[str, Any]:
    """Return the Glue table `user_actions` over the raw events, with its partitions projected."""
    line = f"array<struct<{_struct(LINE_COLUMNS, ':')}>>"
    payload = f"struct<{_struct(COLUMNS, ':', f'products:{line}')}>".replace("varchar", "string")
    columns = [
        {"Name": name.lower(), "Type": "string" if kind == "varchar" else kind}
        for name, kind in ENVELOPE_FIELDS.items()
    ]
    projection = {
        "projection.enabled": "true",
        "projection.year.type": "integer",
        "projection.year.range": "2024,2099",
        "projection.year.digits": "4",
        "projection.month.type": "integer",
        "projection.month.range": "1,12",
        "projection.month.digits": "2",
        "projection.day.type": "integer",
        "projection.day.range": "1,31",
        "projection.day.digits": "2",
        "storage.location.template": f"{location}year=${{year}}/month=${{month}}/day=${{day}}/",
        "classification": "json",
        "compressionType": "gzip",
    }
    return {
        "Name": "user_actions",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": projection,
        "PartitionKeys": [{"Name": name, "Type": "string"} for name in PARTITIONS],
        "StorageDescriptor": {
            "Columns": [*columns, {"Name": "payload", "Type": payload}],
            "Location": location,
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
                "Parameters": {"ignore.malformed.json": "false", "case.insensitive": "true"},
            },
        },
    }


def athena_views() -> list[str]:
    """Return the statements that make the views in Athena, over the table `user_actions`."""
    flat = ", ".join(f"payload.{column.field.lower()} as {column.name}" for column in COLUMNS)
    names = ", ".join(column.name for column in LINE_COLUMNS)
    lines = ", ".join(f"l.{column.name}" for column in LINE_COLUMNS)
    envelope = (
        "eventid as event_id, name, version, from_iso8601_timestamp_nanos(occurredat) as occurred_at, "
        "cast(year || '-' || month || '-' || day as date) as shop_day, "
        "userid as user_id, sessionid as session_id, service"
    )
    return [
        f"create or replace view events as select {envelope}, {flat}, payload.products as products from user_actions",
        "create or replace view order_lines as "
        f"select e.event_id, e.occurred_at, e.shop_day, e.user_id, e.session_id, e.service, e.order_id, {lines}, "
        f"l.quantity * l.price as revenue from events e cross join unnest(e.products) as l({names}) "
        "where e.name = 'Order Completed'",
    ]
