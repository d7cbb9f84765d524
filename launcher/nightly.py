"""The events' way into the lake: `./dev export`, and every night by itself while the shop runs."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from launcher import ui
from launcher.errors import LauncherError
from launcher.paths import ROOT

LAKE = "lake"
BEGINS_UTC_H = 17
"""When a shop day ends: midnight in Vietnam."""
SETTLE_S = 300.0
"""How long after it the export begins: the last lines are on their way."""
CATCH_UP_S = 60.0
"""How long after a start the night that was slept through is made up for."""
LOW_PRIORITY = 15


def command(folder: Path, *arguments: str) -> list[str]:
    """Return the command line that exports from the shop's logs into its lake."""
    places = ["--source", str(folder / "logs"), "--lake", str(folder / LAKE)]
    return [sys.executable, "-m", "analytics.export", *places, *arguments]


def export(folder: Path, *, day: str | None = None, test: bool = False) -> dict[str, Any]:
    """Export a day with a progress bar; return the run's manifest.

    Raises:
        LauncherError: it could not be done; the message carries what was said.
    """
    if not (folder / "logs").is_dir():
        raise LauncherError("There are no logs to export yet.", "./dev up writes them.")
    chosen = (["--day", day] if day else []) + (["--test"] if test else [])
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    last: dict[str, Any] = {}
    with (
        Progress(*columns, TimeElapsedColumn(), console=ui.console, transient=True) as progress,
        subprocess.Popen(
            command(folder, "--progress", *chosen),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        bar = progress.add_task("Reading the logs", total=1.0)
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            last = json.loads(line)
            if "done" in last:
                progress.update(bar, completed=last["done"], description=f"{last['lines']:,} lines")
        said = process.stderr.read().strip()
    if process.returncode:
        raise LauncherError("The export failed.", said.splitlines()[-1] if said else "")
    return last


def told(manifest: dict[str, Any]) -> list[str]:
    """Return what a run did, in lines for people."""
    events = sum(manifest["events"].values())
    changed = sum(one["changed"] for one in manifest["objects"])
    lines = [
        f"{manifest['day']}: {events:,} events in the lake, {changed} of {len(manifest['objects'])} objects written "
        f"({manifest['lines'].get('read', 0):,} lines read in {manifest['seconds']:.1f} s)"
    ]
    if manifest["rejected"]:
        reasons = ", ".join(f"{count:,} × {reason}" for reason, count in manifest["rejected"].items())
        lines.append(f"broken lines, kept under rejected/: {reasons}")
    lines += [f"not sure to be whole: {doubt}" for doubt in manifest["doubts"]]
    return lines


class Nightly:
    """Exports the day that ended, each night, and soon after the start the last one; `say` tells what went wrong."""

    def __init__(
        self,
        folder: Path,
        say: Callable[[str], None],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        catch_up_s: float = CATCH_UP_S,
        run: Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"] | None = None,
    ) -> None:
        self._folder = folder
        self._say = say
        self._now = now
        self._catch_up_s = catch_up_s
        self._run_command = run or _run
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nightly-export", daemon=True)

    def start(self) -> None:
        """Begin to wait for the night."""
        self._thread.start()

    def stop(self) -> None:
        """Wait no more. An export that is under way is left to end by itself: it can be killed anywhere."""
        self._ended.set()

    def _run(self) -> None:
        wait = self._catch_up_s
        while not self._ended.wait(wait):
            if why := self._export():
                self._say(f"the nightly export failed: {why}; ./dev export repeats it")
            wait = until_next(self._now())

    def _export(self) -> str:
        """Export the day that ended; return why that failed, "" if it did not."""
        try:
            done = self._run_command(command(self._folder))
        except (OSError, subprocess.SubprocessError) as error:  # no process could be started: try the next night
            return str(error)
        return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1] if done.returncode else ""


def until_next(now: datetime) -> float:
    """Return the seconds until the next nightly export."""
    at = now.replace(hour=BEGINS_UTC_H, minute=0, second=0, microsecond=0) + timedelta(seconds=SETTLE_S)
    if at <= now:
        at += timedelta(days=1)
    return (at - now).total_seconds()


def _run(arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        arguments,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        preexec_fn=lambda: os.nice(LOW_PRIORITY),
    )
