"""The buffer of events: nothing acknowledged is lost, nothing waits for it, and what is dropped is counted."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from analytics.events import Event, UserLoggedIn
from analytics.ingest import MAX_BATCH, EventsStored, RefusedEvent
from analytics.recorder import Recorder
from shopkit.clock import FixedClock
from shopkit.errors import Unavailable
from shopkit.metrics import Metrics
from shopkit.tasks import Supervisor
from tests.support.calls import events, until

pytestmark = pytest.mark.anyio
CLOCK = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))


class Table:
    """A live table that can be away, or take events and lose the answer."""

    def __init__(self) -> None:
        self.rows: dict[str, Event] = {}
        self.batches: list[int] = []
        self.is_away = False
        self.loses_answer = False
        self.refuses: set[str] = set()

    async def send(self, batch: Sequence[Event]) -> EventsStored:
        if self.is_away:
            raise Unavailable
        self.batches.append(len(batch))
        fresh = {str(each.event_id): each for each in batch if str(each.event_id) not in self.refuses}
        stored = len(fresh.keys() - self.rows)
        self.rows |= fresh
        if self.loses_answer:
            self.loses_answer = False
            raise Unavailable
        refused = [
            RefusedEvent(event_id=str(each.event_id), reason="no")
            for each in batch
            if str(each.event_id) in self.refuses
        ]
        return EventsStored(stored=stored, duplicates=len(fresh) - stored, refused=refused)


def recorder(table: Table, metrics: Metrics | None = None, buffered: int = 10_000) -> Recorder:
    return Recorder("backend", table.send, CLOCK, metrics or Metrics(), buffered=buffered, gather_s=0.001)


def tell(to: Recorder, times: int) -> None:
    for user_id in range(1, times + 1):
        to.tell(UserLoggedIn(role="CUSTOMER"), user_id, "visit")


async def test_events_go_to_the_log_at_once_and_to_the_table_in_batches(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table()
    recorded = recorder(table)
    tell(recorded, MAX_BATCH + 7)
    assert len(events(capsys)) == MAX_BATCH + 7
    assert table.rows == {}
    await recorded.flush()
    assert table.batches == [MAX_BATCH, 7]
    assert {each.user_id for each in table.rows.values()} == set(range(1, MAX_BATCH + 8))
    await recorded.flush()
    assert table.batches == [MAX_BATCH, 7]


async def test_what_was_not_acknowledged_is_sent_again() -> None:
    table = Table()
    recorded = recorder(table)
    tell(recorded, 3)
    table.loses_answer = True
    with pytest.raises(Unavailable):
        await recorded.flush()
    tell(recorded, 2)
    await recorded.flush()
    assert table.batches == [3, 5]
    assert len(table.rows) == 5


async def test_the_running_buffer_waits_for_a_table_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.recorder.RETRY_S", 0.01)
    table = Table()
    table.is_away = True
    recorded = recorder(table)
    supervisor = Supervisor()
    supervisor.add("events", recorded.run)
    supervisor.start()
    tell(recorded, 3)
    await asyncio.sleep(0.03)
    assert table.rows == {}
    table.is_away = False
    await until(lambda: len(table.rows) == 3, "the events arrived")
    tell(recorded, 1)
    await until(lambda: len(table.rows) == 4, "a later event arrived")
    await supervisor.stop()


async def test_a_full_buffer_drops_what_comes_and_counts_it(capsys: pytest.CaptureFixture[str]) -> None:
    table, metrics = Table(), Metrics()
    recorded = recorder(table, metrics, buffered=5)
    tell(recorded, 8)
    assert len(events(capsys)) == 8  # the log, and so the lake, has them all
    assert 'events_dropped_total{reason="buffer_full"} 3.0' in metrics.render().decode()
    assert "events_waiting 5.0" in metrics.render().decode()
    await recorded.flush()
    assert {each.user_id for each in table.rows.values()} == {1, 2, 3, 4, 5}
    tell(recorded, 1)
    await recorded.flush()
    assert len(table.rows) == 6


async def test_a_refused_event_is_counted_and_holds_up_nobody() -> None:
    table, metrics = Table(), Metrics()
    recorded = recorder(table, metrics)
    tell(recorded, 3)
    table.refuses = {str(recorded._waiting[1].event_id)}
    await recorded.flush()
    assert {each.user_id for each in table.rows.values()} == {1, 3}
    assert 'events_dropped_total{reason="refused"} 1.0' in metrics.render().decode()
    assert "events_waiting 0.0" in metrics.render().decode()


async def test_an_ending_service_sends_what_waits_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.recorder.CLOSE_S", 0.05)
    table = Table()
    recorded = recorder(table)
    tell(recorded, 2)
    await recorded.close()
    assert len(table.rows) == 2
    tell(recorded, 1)
    table.is_away = True
    await recorded.close()
    assert len(table.rows) == 2


async def test_an_event_that_arrives_with_the_last_batch_leaves_the_process_free() -> None:
    table = Table()
    sent = asyncio.Event()

    async def send(batch: Sequence[Event]) -> EventsStored:
        if not table.batches:
            tell(to, 1)  # while the first is on its way; the flush takes it along
        answer = await table.send(batch)
        if len(table.rows) == 2:
            sent.set()
        return answer

    to = Recorder("backend", send, CLOCK, Metrics(), gather_s=0.001)
    running = asyncio.create_task(to.run())
    tell(to, 1)
    async with asyncio.timeout(5):
        await sent.wait()
        turns = 0
        for _ in range(50):
            await asyncio.sleep(0.001)
            turns += 1
    assert turns == 50
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
