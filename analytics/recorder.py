"""Where a service's events go: at once to its log, and in batches to the live table.

Recording costs a request the writing of one line, never a wait. Events wait in a bounded buffer until the live table
has acknowledged them; one that finds the buffer full is counted as dropped, and is in the log and in the lake
nonetheless.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from prometheus_client import Counter

from analytics.events import Event, Payload, emit, event
from analytics.ingest import MAX_BATCH, EventBatch, EventsStored
from shopkit import log, tasks
from shopkit.auth import Person
from shopkit.client import ServiceClient, ServiceProblem
from shopkit.clock import Clock
from shopkit.metrics import Metrics

BUFFERED = 20_000
"""Events that may wait: about 20 MB."""
GATHER_S = 0.5
"""How long an event waits for others to go with it."""
RETRY_S = 1.0
CLOSE_S = 2.0

Send = Callable[[Sequence[Event]], Awaitable[EventsStored]]
"""Stores events; when it returns they are durable. It may be called again with the same ones."""


class Recorder:
    """The events of one service."""

    def __init__(
        self,
        service: str,
        send: Send,
        clock: Clock,
        metrics: Metrics,
        *,
        buffered: int = BUFFERED,
        gather_s: float = GATHER_S,
    ) -> None:
        self._service = service
        self._send = send
        self._clock = clock
        self._most = buffered
        self._gather_s = gather_s
        self._waiting: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._sending = asyncio.Lock()
        self._dropped = Counter(
            "events_dropped_total",
            "Events that the live table did not get: the buffer was full, or they were refused.",
            ["reason"],
            registry=metrics.registry,
        )
        metrics.gauge("events_waiting", "Events on their way to the live table.", lambda: len(self._waiting))

    def record(
        self, payload: Payload, person: Person | None, visit: str | None = None, *, service: str | None = None
    ) -> None:
        """Record what a person, or a visit of nobody known, did. Nothing is recorded of staff and of who opts out.

        `service` is where it happened, when that is not the service that records it.
        """
        if person is None:
            self.tell(payload, None, visit, service=service)
        elif person.is_recorded:
            self.tell(payload, person.id, person.event_session, service=service)

    def tell(
        self, payload: Payload, user_id: int | None, session_id: str | None, *, service: str | None = None
    ) -> None:
        """Record what happened just now; the caller has made sure that it may be recorded."""
        self.add(
            event(
                payload,
                service=service or self._service,
                user_id=user_id,
                session_id=session_id,
                occurred_at=self._clock.now(),
            )
        )

    def add(self, recorded: Event) -> None:
        """Write an event to the log, and send it soon."""
        emit(recorded)
        if len(self._waiting) >= self._most:
            self._dropped.labels("buffer_full").inc()
            return
        self._waiting.append(recorded)
        self._arrived.set()

    async def deliver(self, recorded: Sequence[Event]) -> list[bool]:
        """Store events, and write them to the log; tell of each whether that was done.

        For jobs that are tried until it is.

        Raises:
            Unavailable: the live table cannot be reached just now.
        """
        for start in range(0, len(recorded), MAX_BATCH):
            await self._store(recorded[start : start + MAX_BATCH])
        return [emit(one) for one in recorded]

    async def run(self) -> None:
        """Send what waits, until cancelled."""
        while True:
            await tasks.pause(60.0, self._arrived)
            # It may have arrived, and gone, with the last batch.
            self._arrived.clear()
            if not self._waiting:
                continue
            await tasks.pause(self._gather_s)
            try:
                await self.flush()
            except Exception as error:
                log.get().warning("events_wait", waiting=len(self._waiting), error=str(error) or repr(error))
                await tasks.back_off(RETRY_S)

    async def flush(self) -> None:
        """Send everything that waits now. Raises what `send` does; what was not acknowledged still waits then."""
        async with self._sending:
            try:
                while self._waiting:
                    batch = [self._waiting[place] for place in range(min(MAX_BATCH, len(self._waiting)))]
                    await self._store(batch)
                    for _ in batch:
                        self._waiting.popleft()
                    tasks.beat()
            finally:
                if self._waiting:
                    self._arrived.set()

    async def close(self) -> None:
        """Send what waits, if that can be done in a moment. The service is ending."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.flush()
        except Exception as error:
            log.get().warning("events_left", left=len(self._waiting), error=str(error) or repr(error))

    async def _store(self, batch: Sequence[Event]) -> None:
        stored = await self._send(batch)
        for refused in stored.refused:
            self._dropped.labels("refused").inc()
            log.get().warning("event_refused", event_id=refused.event_id, reason=refused.reason)


def through(backend: ServiceClient) -> Send:
    """Return the way to the live table for services that do not own it."""

    async def send(events: Sequence[Event]) -> EventsStored:
        batch = EventBatch.model_construct(events=list(events))
        try:
            return await backend.call("POST", "/internal/events", EventsStored, json=batch, idempotent=True)
        except ServiceProblem as problem:
            if problem.status != 422:
                raise
            # One that the backend cannot even read must not hold up the others for ever.
            reason = f"{problem.code}: {problem.detail}"
            return EventsStored.model_validate(
                {
                    "stored": 0,
                    "duplicates": 0,
                    "refused": [{"eventId": str(each.event_id), "reason": reason} for each in events],
                }
            )

    return send
