"""Chores that are done again and again."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shopkit import housekeeping, log
from shopkit.housekeeping import Housekeeping
from shopkit.tasks import Supervisor
from tests.support.calls import until

pytestmark = pytest.mark.anyio

SOON_S = 0.001
NEVER_S = 1_000.0


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    """A supervisor that starts tasks again at once."""
    supervisor = Supervisor((0.0,))
    yield supervisor
    await supervisor.stop()


class Chore:
    """A chore that fails so many times, and counts how often it was done."""

    def __init__(self, failures: int = 0) -> None:
        self.failures, self.tries, self.done = failures, 0, 0

    async def do(self) -> int:
        """Do it once."""
        self.tries += 1
        if self.failures > 0:
            self.failures -= 1
            raise RuntimeError("boom")
        self.done += 1
        return 1


async def test_chores_are_done_again_and_again(supervisor: Supervisor) -> None:
    first, second = Chore(), Chore()
    keeping = Housekeeping({"first": first.do, "second": second.do}, SOON_S)
    supervisor.add("housekeeping", keeping.run)
    supervisor.start()
    await until(lambda: min(first.done, second.done) >= 3, "done three times")
    assert (supervisor.troubles(), supervisor.tasks["housekeeping"].restarts) == ({}, 0)


async def test_a_chore_that_fails_holds_up_no_other_and_is_tried_again_alone(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "RETRY_S", 0)
    monkeypatch.setattr("random.uniform", lambda _low, _high: next(waits))
    waits = iter((0.0, 1.0))
    failing, other = Chore(failures=2), Chore()
    supervisor.add("housekeeping", Housekeeping({"failing": failing.do, "other": other.do}, NEVER_S).run)
    supervisor.start()
    await until(lambda: failing.done == 1, "done at last")
    assert (failing.tries, other.tries) == (3, 1)
    assert supervisor.tasks["housekeeping"].restarts == 0


async def test_while_a_chore_keeps_failing_the_task_counts_as_stalled(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "RETRY_S", 0.001)
    failing, other = Chore(failures=1_000_000), Chore()
    keeping = Housekeeping({"failing": failing.do, "other": other.do}, SOON_S)
    supervisor.add("housekeeping", keeping.run, silent_s=0.02)
    supervisor.start()
    await until(lambda: supervisor.troubles() == {"housekeeping": "stalled"}, "stalled")
    failing.failures = 0
    await until(lambda: failing.done > 0 and supervisor.troubles() == {}, "well again")


async def test_a_housekeeping_that_dies_is_started_again(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure("small")
    chore = Chore()
    lives = 0

    async def dies() -> int:
        nonlocal lives
        lives += 1
        if lives == 1:
            raise asyncio.CancelledError  # of something within it, and of nobody's asking
        return 0

    supervisor.add("housekeeping", Housekeeping({"dies": dies, "chore": chore.do}, SOON_S).run)
    supervisor.start()
    await until(lambda: chore.done > 0, "done in the second life")
    assert supervisor.tasks["housekeeping"].restarts == 1
    assert '"event":"task_ended"' in capsys.readouterr().out.replace(": ", ":")
