"""The live table in PostgreSQL: events of the last days, partitioned by shop day, each stored once."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from analytics.events import Event
from analytics.flat import COLUMNS, ENVELOPE, flat
from analytics.ingest import EventsStored, RefusedEvent
from analytics.registry import UnknownEvent, payload_of
from shopkit import log, tasks
from shopkit.clock import Clock, shop_day
from shopkit.contracts.base import MAX_ID
from shopkit.db import UNAVAILABLE, Database

SCHEMA = "analytics"
REPORT_PARAMETERS = {"work_mem": "64MB", "enable_partitionwise_aggregate": "on", "jit": "off"}
"""Of PostgreSQL, for connections that read reports: grouping a month by visit must not go to disk."""
MAX_TEXT = 2_000
AHEAD = timedelta(days=1)
"""How far in the future an event may lie: clocks differ, but not by more."""
TEND_S = 3_600.0
RETRY_S = 5.0

_TYPES = {
    "event_id": "uuid",
    "name": "text",
    "version": "int",
    "occurred_at": "timestamptz",
    "shop_day": "date",
    "user_id": "bigint",
    "session_id": "text",
    "service": "text",
    **{column.name: column.kind for column in COLUMNS},
    "products": "jsonb",
}
_NAMES = ", ".join((*ENVELOPE, *(column.name for column in COLUMNS), "products"))

INSERT = f"""
insert into events ({_NAMES})
select {_NAMES} from jsonb_to_recordset(%s) as r({", ".join(f"{name} {kind}" for name, kind in _TYPES.items())})
on conflict do nothing
"""  # noqa: S608 - made of constants
ENSURE_DAYS = "select ensure_days(%s)"
DROP_DAYS = "select drop_days_before(%s)"
FORGET = "delete from events where user_id = %s"
FORGET_SERVICE = "delete from events where service = %s"

_ROWS = TypeAdapter(list[dict[str, Any]])


class EventStore:
    """Keeps events for `retention_days` shop days. Raises what the database raises when it is away."""

    def __init__(self, database: Database, clock: Clock, retention_days: int) -> None:
        self._database = database
        self._clock = clock
        self._retention = timedelta(days=retention_days)
        self._days: set[date] = set()

    async def add(self, events: Sequence[Event]) -> EventsStored:
        """Store events that are not there yet. When this returns, they are durable."""
        refused = []
        rows = []
        for event in events:
            if (reason := self._refusal(event)) is not None:
                refused.append(RefusedEvent(event_id=str(event.event_id), reason=reason))
            else:
                rows.append(flat(event))
        stored = 0
        if rows:
            await self._ensure({row["shop_day"] for row in rows})
            async with self._database.pool.connection() as connection:
                values = Jsonb(_ROWS.dump_python(rows, mode="json"))
                stored = (await connection.execute(INSERT, (values,))).rowcount
        return EventsStored(stored=stored, duplicates=len(rows) - stored, refused=refused)

    async def forget(self, user_id: int) -> int:
        """Delete a person's events; return how many there were."""
        async with self._database.pool.connection() as connection:
            return (await connection.execute(FORGET, (user_id,))).rowcount

    async def forget_service(self, service: str) -> int:
        """Delete the events of a service: the demo's; return how many there were."""
        async with self._database.pool.connection() as connection:
            return (await connection.execute(FORGET_SERVICE, (service,))).rowcount

    async def tend(self) -> None:
        """Make the partitions of the next days, and drop those whose days are over."""
        today = shop_day(self._clock.now())
        await self._ensure({today, today + timedelta(days=1), today + timedelta(days=2)})
        async with self._database.pool.connection() as connection:
            dropped = [name async for (name,) in await connection.execute(DROP_DAYS, (today - self._retention,))]
        if dropped:
            log.get().info("analytics_days_dropped", partitions=dropped)
            self._days = {day for day in self._days if day >= today - self._retention}

    async def tend_for_ever(self) -> None:
        """Tend the partitions every hour, until cancelled."""
        while True:
            try:
                await self.tend()
            except UNAVAILABLE as error:
                log.get().warning("analytics_not_tended", error=str(error))
                await tasks.back_off(RETRY_S)
            else:
                await tasks.pause(TEND_S)

    def _refusal(self, event: Event) -> str | None:
        """Return why an event cannot be stored, None if it can."""
        if event.occurred_at.tzinfo is None:
            return "occurredAt has no time zone"
        now = self._clock.now()
        # A day less than is kept: at midnight its partition must not be made anew.
        if not now - self._retention + AHEAD < event.occurred_at < now + AHEAD:
            return "occurredAt is outside of what is kept"
        if event.user_id is not None and not 0 < event.user_id <= MAX_ID:
            return "userId is no id"
        try:
            payload_of(event)
        except UnknownEvent as error:
            return str(error)
        return None if _is_storable([event.session_id, event.service, event.payload]) else "a value cannot be stored"

    async def _ensure(self, days: set[date]) -> None:
        """Make the partitions of days, if they are not there yet."""
        if missing := sorted(days - self._days):
            async with self._database.pool.connection() as connection:
                await connection.execute(ENSURE_DAYS, (missing,))
            self._days |= set(missing)


def _is_storable(value: Any) -> bool:
    """Tell whether PostgreSQL takes every text and number in a value."""
    if isinstance(value, str):
        return len(value) <= MAX_TEXT and "\0" not in value
    if isinstance(value, int):
        return abs(value) <= MAX_ID
    if isinstance(value, dict):
        return all(_is_storable(key) and _is_storable(each) for key, each in value.items())
    if isinstance(value, list):
        return all(map(_is_storable, value))
    return value is None
