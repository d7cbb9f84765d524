"""LISTEN that survives its connection."""

import asyncio
import os
import signal
from typing import Any

import pytest

from shopkit.notify import Channel, Listener
from tests.support.calls import until
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

CUT = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where application_name = 'listener' and datname = current_database()"
)


async def test_messages_arrive_by_channel_and_in_order(databases: Databases, tables: Tables, background: Any) -> None:
    heard: list[tuple[str, str]] = []
    channels = [Channel(name, lambda word, name=name: heard.append((name, word))) for name in ("one", "Two words")]
    listener = Listener(databases.backend, channels)
    background(listener.run())
    await listener.connected.wait()
    for channel, word in (("one", "a"), ("Two words", "b"), ("three", "c"), ("one", "đ")):
        tables.run("select pg_notify(%s, %s)", channel, word)
    await until(lambda: len(heard) == 3, "all heard")
    assert heard == [("one", "a"), ("Two words", "b"), ("one", "đ")]


async def test_after_each_connection_it_catches_up(databases: Databases, tables: Tables, background: Any) -> None:
    heard: list[str] = []
    caught_up = 0

    async def resync() -> None:
        nonlocal caught_up
        caught_up += 1

    listener = Listener(databases.backend, [Channel("one", heard.append, resync)])
    background(listener.run())
    # More often than there are delays: each reconnection is as quick as the first.
    for times in range(1, 8):
        await until(lambda times=times: caught_up == times, "caught up", 4)
        tables.run("select pg_notify('one', %s)", str(times))
        await until(lambda times=times: heard[-1:] == [str(times)], "heard")
        assert tables.rows(CUT) == [(True,)]
    await until(lambda: caught_up == 8, "caught up")


async def test_catching_up_is_tried_until_it_works_while_messages_are_heard(
    databases: Databases, tables: Tables, background: Any
) -> None:
    heard: list[str] = []
    failures = [RuntimeError("not up yet"), RuntimeError("not up yet")]
    done = asyncio.Event()

    async def resync() -> None:
        if failures:
            tables.run("select pg_notify('one', 'meanwhile')")
            raise failures.pop()
        done.set()

    background(Listener(databases.backend, [Channel("one", heard.append, resync)]).run())
    await asyncio.wait_for(done.wait(), 10)
    await until(lambda: heard == ["meanwhile"] * 2, "heard")


async def test_a_message_that_cannot_be_taken_does_not_deafen(
    databases: Databases, tables: Tables, background: Any
) -> None:
    heard: list[int] = []
    listener = Listener(databases.backend, [Channel("one", lambda word: heard.append(int(word)))])
    background(listener.run())
    await listener.connected.wait()
    for word in ("1", "two", "3"):
        tables.run("select pg_notify('one', %s)", word)
    await until(lambda: heard == [1, 3], "heard")


async def test_a_connection_that_answers_no_more_is_replaced(
    databases: Databases, tables: Tables, background: Any
) -> None:
    heard: list[str] = []
    caught_up = 0

    async def resync() -> None:
        nonlocal caught_up
        caught_up += 1

    background(Listener(databases.backend, [Channel("one", heard.append, resync)], check_s=0.05, answer_s=0.3).run())
    await until(lambda: caught_up == 1, "caught up")
    pid = tables.one(CUT.replace("pg_terminate_backend(pid)", "pid"))
    os.kill(pid, signal.SIGSTOP)
    try:
        await until(lambda: caught_up >= 2, "caught up again")
        tables.run("select pg_notify('one', 'after')")
        await until(lambda: heard == ["after"], "heard")
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_silent_connection_is_checked_and_kept_as_long_as_it_answers(
    databases: Databases, tables: Tables, background: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[None] = []
    monkeypatch.setattr("shopkit.notify.tasks.beat", lambda: beats.append(None))
    heard: list[str] = []
    listener = Listener(databases.backend, [Channel("one", heard.append)], check_s=0.02)
    background(listener.run())
    await listener.connected.wait()
    ours = CUT.replace("pg_terminate_backend(pid)", "pid")
    pid = tables.one(ours)
    await until(lambda: len(beats) > 5, "checked")
    for number in range(50):  # some of these come while it is being checked
        tables.run("select pg_notify('one', %s)", str(number))
    await until(lambda: heard == [str(number) for number in range(50)], "all heard, in order")
    assert tables.one(ours) == pid


async def test_stopping_closes_the_connection(databases: Databases, tables: Tables) -> None:
    listener = Listener(databases.backend, [Channel("one", lambda _: None)])
    task = asyncio.create_task(listener.run())
    await listener.connected.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: tables.rows(CUT) == [], "closed")
