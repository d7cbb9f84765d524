"""The backend's hold on the live table of events, which is in a schema, and under a role, of its own."""

from collections.abc import Sequence

from analytics.events import Event
from analytics.ingest import EventsStored
from analytics.store import REPORT_PARAMETERS, SCHEMA, EventStore
from backend.settings import BackendSettings
from shopkit import log
from shopkit.clock import Clock
from shopkit.db import Database
from shopkit.errors import Conflict
from shopkit.tasks import Supervisor

POOL = 3
REPORT_MS = 15_000
"""How long a statement may take: a report over years, on a busy machine."""


class LiveEvents:
    """The live table, or none: without ANALYTICS_DATABASE_URL events are in the log and in the lake alone."""

    def __init__(self, settings: BackendSettings, clock: Clock) -> None:
        self.database: Database | None = None
        self.store: EventStore | None = None
        if settings.analytics_database_url:
            limits = {"pool_size": POOL, "statement_timeout_ms": REPORT_MS}
            own = settings.model_copy(update={"database_url": settings.analytics_database_url, **limits})
            self.database = Database(own, SCHEMA, REPORT_PARAMETERS)
            self.store = EventStore(self.database, clock, settings.analytics_days)

    def supervise(self, supervisor: Supervisor) -> None:
        """Have the partitions tended."""
        if self.store is not None:
            supervisor.add("analytics_partitions", self.store.tend_for_ever)

    async def open(self) -> None:
        """Open the connections, as soon as there is somebody to connect to."""
        if self.database is None:
            log.get().warning("analytics_live_off", why="ANALYTICS_DATABASE_URL is not set")
        else:
            await self.database.open()

    async def close(self) -> None:
        """Close the connections."""
        if self.database is not None:
            await self.database.close()

    async def add(self, events: Sequence[Event]) -> EventsStored:
        """Store events that are not there yet."""
        if self.store is None:
            return EventsStored(stored=0, duplicates=0, refused=[], enabled=False)
        return await self.store.add(events)

    def require(self) -> Database:
        """Return the database of the live table.

        Raises:
            Conflict: `analytics_off`, there is none.
        """
        if self.database is None:
            raise Conflict("This shop keeps no live table of events.", code="analytics_off")
        return self.database
