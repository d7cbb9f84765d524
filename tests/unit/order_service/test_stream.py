"""Watchers of the order stream."""

import asyncio
from contextlib import ExitStack
from datetime import UTC, datetime
from uuid import UUID

import pytest

from order_service.orders.stream import BACKLOG, OrderStream
from shopkit.contracts.orders import OrderChanged, OrderStatus
from shopkit.streams import MOST_STREAMS, TooManyStreams

pytestmark = pytest.mark.anyio


def change(number: int, user_id: int = 7) -> OrderChanged:
    return OrderChanged(
        order_id=UUID(int=number),
        number=f"SD-{number}",
        user_id=user_id,
        status=OrderStatus.PENDING,
        from_status=None,
        version=1,
        at=datetime(2025, 1, 1, tzinfo=UTC),
    )


async def test_a_watcher_sees_what_it_wants_in_order() -> None:
    stream = OrderStream()
    with stream.watch(lambda c: c.user_id == 7) as mine, stream.watch(lambda _: True) as everything:
        for wanted in (change(1), change(2, user_id=8), change(3)):
            stream.on_message(wanted.model_dump_json(by_alias=True))
        assert [await mine.next() for _ in range(2)] == [change(1), change(3)]
        assert [await everything.next() for _ in range(3)] == [change(1), change(2, user_id=8), change(3)]


async def test_a_watcher_waits_for_the_next() -> None:
    stream = OrderStream()
    with stream.watch(lambda _: True) as watcher:
        waiting = asyncio.create_task(watcher.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        stream.on_message(change(1).model_dump_json(by_alias=True))
        assert await waiting == change(1)


async def test_a_watcher_that_lags_is_told_to_read_anew() -> None:
    stream = OrderStream()
    with stream.watch(lambda _: True) as slow:
        for number in range(BACKLOG + 2):
            stream.on_message(change(number).model_dump_json(by_alias=True))
        assert await slow.next() is None
        assert await slow.next() == change(BACKLOG + 1)


async def test_everybody_is_told_to_read_anew_after_a_gap() -> None:
    stream = OrderStream()
    with stream.watch(lambda _: False) as one, stream.watch(lambda _: True) as other:
        await stream.resync()
        assert (await one.next(), await other.next()) == (None, None)


async def test_streams_end_with_the_service() -> None:
    stream = OrderStream()
    with stream.watch(lambda _: False) as watcher:
        stream.watchers.end()
        assert (watcher.ended, await watcher.next()) == (True, None)
    with stream.watch(lambda _: True) as late:
        assert late.ended
    assert len(stream.watchers) == 0


async def test_a_closed_stream_is_fed_no_more() -> None:
    stream = OrderStream()
    with stream.watch(lambda _: True) as watcher:
        pass
    stream.on_message(change(1).model_dump_json(by_alias=True))
    assert watcher._queue.empty()


def test_a_caller_follows_a_few_streams_at_once() -> None:
    stream = OrderStream()
    with ExitStack() as stack:
        for caller in ("person 1", "person 2"):
            for _ in range(MOST_STREAMS):
                stack.enter_context(stream.watch(lambda _: True, caller))
        before = len(stream.watchers)
        with pytest.raises(TooManyStreams), stream.watch(lambda _: True, "person 1"):
            pass
        assert len(stream.watchers) == before
    with stream.watch(lambda _: True, "person 1"):
        assert len(stream.watchers) == 1
