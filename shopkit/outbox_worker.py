"""Runs the handlers of outbox rows.

A worker claims a batch of rows with one short statement, which leases them to it: `next_attempt_at` moves to the
lease's end, and others leave the rows alone until then. No transaction is open while handlers run. Only the worker that
holds the lease may settle a row. A lease ends early when its worker is done with the row, gives it back, or dies: then
the process has no connection to PostgreSQL any more, and others see that (`FREE`).
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping

from shopkit import log, tasks
from shopkit.db import Database
from shopkit.errors import Unavailable
from shopkit.metrics import Metrics
from shopkit.outbox import BATCH, Handler, Job, NotBegun, Outcomes
from shopkit.outbox_backlog import Backlog
from shopkit.tasks import Supervisor

MAX_DELAY_S = 60
POLL_S = 1.0
GATHER_S = 0.2
"""How long a worker that keeps up lets rows gather for its next batch: many at once cost little more than one."""
LEASE_S = 15.0
WORK_S = 12.0
"""How long a worker works on a batch: it must end before its lease does."""

# The first row of each key, so that rows of a key run in order: the row stays until its work is done.
CLAIM = """
with due as (
    select id from outbox o
    where next_attempt_at <= now()
      and not exists (select from outbox earlier where earlier.key = o.key and earlier.id < o.id)
    order by id limit %(limit)s for update skip locked
)
update outbox o set next_attempt_at = clock_timestamp() + make_interval(secs => %(lease)s), leased_by = %(owner)s
from due where o.id = due.id
returning o.id, o.key, o.topic, o.payload, o.attempts
"""

DONE = "delete from outbox where id = any(%(ids)s) and leased_by = %(owner)s"

POSTPONE = """
update outbox o set attempts = attempts + 1, last_error = failed.error, leased_by = null,
    next_attempt_at = clock_timestamp() + make_interval(secs => least(%(max)s, 0.2 * 2 ^ least(attempts, 12)))
from unnest(%(ids)s::bigint[], %(errors)s::text[]) as failed(id, error)
where o.id = failed.id and leased_by = %(owner)s
"""

GIVE_BACK = "update outbox set next_attempt_at = now(), leased_by = null where leased_by = %s"


class NoOutcome(Exception):
    """A handler told nothing of a row."""


class UnknownTopic(Exception):
    """No handler is known for the row's topic: it waits for a version of the program that has one."""


class OutboxWorker:
    """Claims and runs rows, one batch after the other. A batch that is full wakes `helper`, another worker."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        name: str = "1",
        helper: "OutboxWorker | None" = None,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._owner = f"{database.application_name}#{name}"
        self._helper = helper
        self._woken = asyncio.Event()
        self._limit = BATCH

    def wake(self) -> None:
        """Look for rows now."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._woken.clear()
            limit = self._limit
            try:
                claimed = await self.run_batch()
            except Exception:
                log.get().exception("outbox_failed")
                await tasks.back_off(POLL_S, self._woken)
                continue
            tasks.beat()
            if not claimed:
                await tasks.pause(POLL_S, self._woken)
            elif claimed < limit:
                await tasks.pause(GATHER_S)
            elif self._helper is not None:
                self._helper.wake()

    async def run_batch(self) -> int:
        """Run a batch of due rows, if there are any; return how many were claimed."""
        until = asyncio.get_running_loop().time() + WORK_S
        is_settled = False
        try:
            jobs = await self._claim()
            is_settled = await self._work_off(jobs, until)
        finally:
            if not is_settled:
                await asyncio.shield(self._give_back())
        return len(jobs)

    async def _claim(self) -> list[Job]:
        values = {"limit": self._limit, "lease": LEASE_S, "owner": self._owner}
        async with self._database.pool.connection() as connection:
            claimed = await connection.execute(CLAIM, values)
            return sorted((Job(*row) for row in await claimed.fetchall()), key=lambda job: job.id)

    async def _work_off(self, jobs: list[Job], until: float) -> bool:
        """Run the handlers and settle what they have done; tell whether that was everything."""
        waiting = deque(self._parts(jobs))
        is_settled = True
        while waiting:
            if asyncio.get_running_loop().time() >= until:
                return False
            handler, part = waiting.popleft()
            try:
                async with asyncio.timeout_at(until):
                    outcomes = await handler.run(part)
            except (Unavailable, TimeoutError) as error:
                self._limit = max(1, self._limit // 2)  # a slow service may manage fewer in time
                if isinstance(error, Unavailable):  # so it is for the rest of them
                    part = part + [job for other, rest in waiting if other is handler for job in rest]
                    waiting = deque(item for item in waiting if item[0] is not handler)
                outcomes = dict.fromkeys((job.id for job in part), error)
            except Exception as error:
                if len(part) > 1:  # one of them fails; it must not hold up the others
                    waiting.extendleft((handler, [job]) for job in reversed(part))
                    continue
                outcomes = {part[0].id: error}
            else:
                self._limit = min(BATCH, 2 * self._limit)
            is_settled &= await self._settle(part, outcomes)
        return is_settled

    def _parts(self, jobs: list[Job]) -> Iterable[tuple[Handler, list[Job]]]:
        """Return what is handed to which handler."""
        by_topic: dict[str, list[Job]] = {}
        for job in jobs:
            by_topic.setdefault(job.topic, []).append(job)
        for topic, of_topic in by_topic.items():
            handler = self._handlers.get(topic, UNKNOWN)
            for start in range(0, len(of_topic), handler.at_once):
                yield handler, of_topic[start : start + handler.at_once]

    async def _settle(self, jobs: list[Job], outcomes: Outcomes) -> bool:
        """Delete the rows that are done, and postpone those that failed; tell whether there were no others."""
        done, errors, is_whole = [], {}, True
        for job in jobs:
            outcome = outcomes.get(job.id, NoOutcome("the handler told nothing of this row"))
            if outcome is None:
                done.append(job.id)
            elif isinstance(outcome, NotBegun):
                is_whole = False
            else:
                errors[job.id] = (str(outcome) or repr(outcome))[:500]
                log.get().warning(
                    "outbox_job_failed", topic=job.topic, key=job.key, attempts=job.attempts + 1, error=errors[job.id]
                )
        async with self._database.pool.connection() as connection:
            if done:
                await connection.execute(DONE, {"ids": done, "owner": self._owner})
            if errors:
                failed = {"ids": [*errors], "errors": [*errors.values()], "max": MAX_DELAY_S, "owner": self._owner}
                await connection.execute(POSTPONE, failed)
        return is_whole

    async def _give_back(self) -> None:
        """Let others have all rows that are leased to this worker, at once."""
        try:
            async with self._database.pool.connection() as connection:
                await connection.execute(GIVE_BACK, (self._owner,))
        except Exception:
            log.get().exception("outbox_not_given_back")  # the lease ends by itself


async def _unknown(jobs: list[Job]) -> Outcomes:
    return {job.id: UnknownTopic(job.topic) for job in jobs}


UNKNOWN = Handler(_unknown)


class Outbox:
    """The workers of a process, and what measures their backlog. Call `wake` after committing rows."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler], metrics: Metrics, workers: int = 1) -> None:
        self.backlog = Backlog(database, metrics)
        self.handlers = handlers
        self.workers: list[OutboxWorker] = []
        for number in range(workers, 0, -1):
            helper = self.workers[0] if self.workers else None
            self.workers.insert(0, OutboxWorker(database, handlers, str(number), helper))

    def wake(self) -> None:
        """Look for rows now, to spare them the next poll. The first worker is enough; it calls for help itself."""
        self.workers[0].wake()

    def supervise(self, supervisor: Supervisor) -> None:
        """Have the workers run. What measures is a task of its own: workers that are stuck must not stop it."""
        for number, worker in enumerate(self.workers, 1):
            supervisor.add("outbox" if number == 1 else f"outbox_{number}", worker.run)
        supervisor.add("outbox_measure", self.backlog.measure)
