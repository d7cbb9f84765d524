"""How much work waits in a service's outbox, and whether it will be done in time."""

import time

from shopkit import log, tasks
from shopkit.db import Database
from shopkit.metrics import Metrics

MEASURE_S = 2.0
STUCK = 20
"""So many of the oldest rows may be stuck, each for a reason of its own, before they count as a backlog."""

# Ages and not moments: this machine's clock may differ from the database's.
WAITING = """
select count(*), extract(epoch from clock_timestamp() - min(created_at))::float8,
    (select array[extract(epoch from clock_timestamp() - created_at)::float8,
        extract(epoch from deadline - created_at)::float8]
     from outbox where deadline is not null order by id offset %s limit 1)
from outbox
"""

# A worker's process connects under the name before the "#". If nobody does, the process has ended.
FREE = """
update outbox set next_attempt_at = now(), leased_by = null
where leased_by is not null and split_part(leased_by, '#', 1) not in (
    select application_name from pg_stat_activity where application_name is not null)
"""


class Backlog:
    """Measures what waits, every few seconds, and frees what workers held that are no more."""

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._database = database
        self._metrics = metrics
        self._oldest: float | None = None
        self._due: tuple[float, float] | None = None
        metrics.outbox_age.set_function(self.oldest_s)

    async def measure(self) -> None:
        """Measure until cancelled."""
        while True:
            try:
                async with self._database.pool.connection() as connection:
                    await connection.execute(FREE)
                    row = await (await connection.execute(WAITING, (STUCK,))).fetchone()
                depth, age, due = row or (0, None, None)
                now = time.monotonic()
                self._metrics.outbox_depth.set(depth)
                self._oldest = None if age is None else now - age
                self._due = None if due is None else (now - due[0], due[1])
            except Exception:
                log.get().exception("outbox_measure_failed")
                await tasks.back_off(MEASURE_S)
            else:
                await tasks.pause(MEASURE_S)

    def oldest_s(self) -> float:
        """Return how long the oldest row has waited by now; it grows on while the database does not answer."""
        return 0.0 if self._oldest is None else time.monotonic() - self._oldest

    def time_used(self) -> float:
        """Return which share of the time until its deadline the oldest row has waited: 1 when the time is over.

        Rows without a deadline do not count, nor do a few (`STUCK`) of the oldest. It grows on as above.
        """
        if self._due is None:
            return 0.0
        since, allowed = self._due
        return (time.monotonic() - since) / max(allowed, 1.0)
