"""The nightly export: when it comes, and what is told of it."""

import random
import subprocess
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from launcher.errors import LauncherError
from launcher.nightly import Nightly, command, export, told, until_next
from tests.unit.analytics.lake import line_of, some_event, write_log


@pytest.mark.parametrize(
    ("now", "seconds"),
    [("2026-03-01T16:59:00", 360), ("2026-03-01T17:04:59", 1), ("2026-03-01T17:05:00", 86_400)],
)
def test_it_comes_five_minutes_after_midnight_in_the_shop(now: str, seconds: float) -> None:
    assert until_next(datetime.fromisoformat(now).replace(tzinfo=UTC)) == seconds


def test_a_start_makes_up_for_the_night_before_and_a_failure_is_told(tmp_path: Path) -> None:
    ran: list[Sequence[str]] = []
    said: list[str] = []
    done = threading.Event()

    def run(arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        ran.append(arguments)
        return subprocess.CompletedProcess(arguments, 1, "", "Traceback\nOSError: the disk is full\n")

    def say(text: str) -> None:
        said.append(text)
        done.set()

    nightly = Nightly(tmp_path, say, catch_up_s=0, run=run)
    nightly.start()
    assert done.wait(10)
    nightly.stop()
    assert ran == [command(tmp_path)]
    assert said == ["the nightly export failed: OSError: the disk is full; ./dev export repeats it"]


def test_a_night_in_which_no_process_can_be_started_is_told_and_the_next_one_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launcher.nightly.until_next", lambda _now: 0.0)
    said: list[str] = []
    again = threading.Event()

    def run(arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        if not said:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        again.set()
        nightly.stop()
        return subprocess.CompletedProcess(arguments, 0, "", "")

    nightly = Nightly(tmp_path, said.append, catch_up_s=0, run=run)
    nightly.start()
    assert again.wait(10)
    assert said == ["the nightly export failed: [Errno 11] Resource temporarily unavailable; ./dev export repeats it"]


def test_the_command_exports_and_tells_what_it_did(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    made = some_event(random.Random(1)).model_copy(update={"occurred_at": now})
    write_log(tmp_path / "logs", [line_of(made), line_of(made)[:60]])
    lines = told(export(tmp_path, test=True))
    assert "1 events in the lake, 2 of 2 objects written (2 lines read in" in lines[0]
    assert lines[1:] == ["broken lines, kept under rejected/: 1 × not JSON"]
    with pytest.raises(LauncherError) as refused:
        export(tmp_path, day="tomorrow")
    assert "no day" in refused.value.hint
    with pytest.raises(LauncherError, match="no logs"):
        export(tmp_path / "nowhere")
