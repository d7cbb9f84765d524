"""Long tasks under supervision."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shopkit import log, tasks
from shopkit.tasks import Supervisor
from tests.support.calls import until

pytestmark = pytest.mark.anyio

AT_ONCE = (0.0,)
NEVER = (1_000.0,)


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    """A supervisor that starts tasks again at once."""
    supervisor = Supervisor(AT_ONCE)
    yield supervisor
    await supervisor.stop()


class Lives:
    """A task that ends its lives as told, and lives on when nothing more is told."""

    def __init__(self, *ends: Any) -> None:
        self.ends = list(ends)
        self.begun = 0

    async def run(self) -> None:
        """Live once."""
        self.begun += 1
        if not self.ends:
            await asyncio.Event().wait()
        end = self.ends.pop(0)
        if isinstance(end, BaseException):
            raise end


@pytest.mark.parametrize(
    "end", [RuntimeError("boom"), ExceptionGroup("several", [OSError()]), asyncio.CancelledError(), "returns"]
)
async def test_a_task_that_ends_is_logged_counted_and_started_again(
    supervisor: Supervisor, end: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure("small")
    lives = Lives(end, end)
    supervisor.add("worker", lives.run)
    supervisor.start()
    await until(lambda: lives.begun == 3, "started again twice")
    await until(lambda: supervisor.troubles() == {}, "well")
    assert supervisor.tasks["worker"].restarts == 2
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["event"], line["task"], line["restarts"]) for line in lines] == [
        ("task_ended", "worker", 1),
        ("task_ended", "worker", 2),
    ]


async def test_a_task_is_in_trouble_until_it_runs_again() -> None:
    supervisor = Supervisor(NEVER)
    lives, other = Lives(RuntimeError("boom")), Lives()
    supervisor.add("worker", lives.run)
    supervisor.add("other", other.run)
    assert supervisor.troubles() == {"worker": "down", "other": "down"}  # not started yet
    supervisor.start()
    await until(lambda: supervisor.troubles() == {"worker": "down"}, "down")
    assert (lives.begun, other.begun) == (1, 1)
    await supervisor.stop()
    assert supervisor.troubles() == {"worker": "down", "other": "down"}


async def test_it_waits_longer_each_time_until_the_task_has_been_well(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    sleep = asyncio.sleep
    now = 0.0

    async def recorded(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr("shopkit.tasks.asyncio.sleep", recorded)
    monkeypatch.setattr("shopkit.tasks.monotonic", lambda: now)
    lives: list[float] = [0, 0, 0, 0, 29, 30, 0]

    async def run() -> None:
        nonlocal now
        if not lives:
            await asyncio.Event().wait()
        now += lives.pop(0)
        raise RuntimeError("boom")

    supervisor = Supervisor((1, 2, 3), well_s=30)
    supervisor.add("worker", run)
    supervisor.start()
    while len(waits) < 7:
        await sleep(0)
    assert waits == [1, 2, 3, 3, 3, 1, 2]
    await supervisor.stop()


async def test_a_task_that_shows_no_progress_is_in_trouble(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("shopkit.tasks.monotonic", lambda: now)
    step = asyncio.Event()
    steps = 0

    async def run() -> None:
        nonlocal steps
        while True:
            await step.wait()
            step.clear()
            tasks.beat()
            steps += 1

    supervisor.add("worker", run, silent_s=10)
    supervisor.start()
    await asyncio.sleep(0)
    now = 110.0
    assert supervisor.troubles() == {}
    now = 110.1
    assert supervisor.troubles() == {"worker": "stalled"}
    assert supervisor.tasks["worker"].silent_s == pytest.approx(10.1)
    step.set()
    await until(lambda: steps == 1, "a step")
    assert supervisor.troubles() == {}


async def test_a_task_that_waits_for_work_is_well(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("shopkit.tasks.monotonic", lambda: now)
    wake = asyncio.Event()
    woken = asyncio.Event()

    async def run() -> None:
        await tasks.pause(1_000, wake)
        woken.set()
        await asyncio.Event().wait()

    supervisor.add("worker", run, silent_s=10)
    supervisor.start()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    now = 500.0
    assert supervisor.troubles() == {}
    wake.set()
    await woken.wait()
    assert supervisor.troubles() == {}
    now = 511.0
    assert supervisor.troubles() == {"worker": "stalled"}


async def test_a_pause_ends_by_itself_and_outside_of_supervision_too() -> None:
    await tasks.pause(0.01, asyncio.Event())
    await tasks.pause(0.01)
    tasks.beat()


async def test_stopping_ends_tasks_that_lose_a_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopkit.tasks.STOP_S", 0.01)
    lost: list[int] = []
    ended = False

    async def run() -> None:
        nonlocal ended
        while len(lost) < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost.append(1)
        try:
            await asyncio.Event().wait()
        finally:
            ended = True

    supervisor = Supervisor()
    supervisor.add("deaf", run)
    supervisor.start()
    await asyncio.sleep(0.01)
    await supervisor.stop()
    assert (len(lost), ended) == (2, True)


async def test_a_task_added_to_a_running_supervisor_starts(supervisor: Supervisor) -> None:
    supervisor.start()
    lives = Lives()
    supervisor.add("late", lives.run)
    await until(lambda: lives.begun == 1, "started")
    with pytest.raises(ValueError, match="late"):
        supervisor.add("late", lives.run)
