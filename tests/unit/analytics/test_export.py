"""The export: one set of objects whatever happens on the way."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from analytics.export import Manifest, day_to_export, export
from analytics.lakes import Changed, FolderLake, Lake, lake_at
from analytics.lines import EventLine, read
from analytics.sorting import SortedRuns
from analytics.sources import FolderSource, source_at
from tests.unit.analytics.lake import AFTER, BEGIN, DAY, END, contents, line_of, records, some_event, write_log

ROUNDS = int(os.environ.get("ANALYTICS_ROUNDS", "100"))
"""How many random interleavings are tried."""


class Killed(BaseException):
    """The process ends here and now."""


class Unlucky:
    """A lake whose user may be killed before or after any write, or come second after somebody else."""

    def __init__(self, lake: Lake, chance: random.Random, meanwhile: Iterator[None]) -> None:
        self._lake, self._chance, self._meanwhile = lake, chance, meanwhile

    def get(self, key: str, to: Path) -> str | None:
        tag = self._lake.get(key, to)
        next(self._meanwhile, None)
        return tag

    def put(self, key: str, file: Path, tag: str | None) -> None:
        fate = self._chance.random()
        if fate < 0.05:
            raise Killed
        self._lake.put(key, file, tag)
        if fate < 0.1:
            raise Killed

    def keys(self, prefix: str) -> Iterator[str]:
        return self._lake.keys(prefix)

    def delete(self, key: str) -> None:
        self._lake.delete(key)


def run(logs: Path, lake: Lake, day: date = DAY, now: datetime = AFTER, memory: int = 8_000) -> Manifest:
    return export(FolderSource(logs), lake, day, now=lambda: now, memory=memory)


def test_the_day_is_in_the_lake_by_hour_and_each_event_once(tmp_path: Path) -> None:
    chance = random.Random(1)
    made = [some_event(chance) for _ in range(300)]
    lines = [line_of(each) for each in made]
    write_log(tmp_path / "logs", [*lines, *lines[:50], b'{"event":"request"}', b"Traceback"])
    lake = FolderLake(tmp_path / "lake")
    manifest = run(tmp_path / "logs", lake)

    found = records(tmp_path / "lake")
    expected = [read(line) for line in lines]
    assert [json.dumps(each) for each in found] == [
        json.dumps(json.loads(each.line))
        for each in sorted(expected, key=lambda each: each.key)  # type: ignore[union-attr]
    ]
    assert manifest.lines == {"events": 350, "other": 2, "read": 352}
    assert sum(manifest.events.values()) == 300
    assert set(contents(tmp_path / "lake")) == {each.key for each in manifest.objects}
    assert {key[:39] for key in contents(tmp_path / "lake")} == {"user-actions/year=2026/month=03/day=01/"}
    assert all(each.changed for each in manifest.objects)
    kept = json.loads((tmp_path / "lake" / manifest.key).read_text())
    assert (kept["day"], kept["events"], kept["lines"]) == ("2026-03-01", manifest.events, manifest.lines)
    first = manifest.objects[0]
    assert first.key.endswith("/hour-00.json.gz")

    again = run(tmp_path / "logs", lake)
    assert not any(each.changed for each in again.objects)
    assert again.events == manifest.events


def test_any_way_there_ends_with_the_same_bytes(tmp_path: Path) -> None:
    chance = random.Random(7)
    lines = [line_of(some_event(chance, seconds=7_200)) for _ in range(60)]
    broken = [b'{"eventId": "torn', b'{"eventId": 5, "occurredAt": "2026-03-01T01:00:00Z", "payload": {}}']
    everything = [*lines, *broken, *lines[:5]]
    write_log(tmp_path / "all", everything)
    run(tmp_path / "all", FolderLake(tmp_path / "wanted"))
    wanted = contents(tmp_path / "wanted")
    assert any(key.startswith("rejected/year=2026/month=03/day=01/") for key in wanted)

    for number in range(ROUNDS):
        chance = random.Random(number)
        logs, folder = tmp_path / f"logs-{number}", tmp_path / f"lake-{number}"
        waiting = chance.sample(everything, len(everything))
        kills = runs = 0
        while waiting or not runs:
            some, waiting = waiting[: (cut := chance.randint(10, 50))], waiting[cut:]
            write_log(logs, some, chance.choice(["backend.log", "user_service.log"]))

            def others(logs: Path = logs, folder: Path = folder, chance: random.Random = chance) -> Iterator[None]:
                """Let another export run to its end while the first one thinks."""
                while True:
                    if chance.random() < 0.05:
                        run(logs, FolderLake(folder), memory=chance.choice([500, 100_000]))
                    yield

            try:
                run(logs, Unlucky(FolderLake(folder), chance, others()), memory=chance.choice([500, 100_000]))
                runs += 1
            except Killed:
                kills += 1
        run(logs, FolderLake(folder))
        assert contents(folder) == wanted, f"round {number}, {runs} runs, {kills} kills"


def test_a_process_killed_anywhere_leaves_whole_objects(tmp_path: Path) -> None:
    chance = random.Random(3)
    write_log(tmp_path / "logs", [line_of(some_event(chance)) for _ in range(6_000)])
    run(tmp_path / "logs", FolderLake(tmp_path / "wanted"), memory=10**6)
    wanted = contents(tmp_path / "wanted")
    command = [sys.executable, "-m", "analytics.export", "--day", DAY.isoformat()]
    command += ["--source", str(tmp_path / "logs"), "--lake", str(tmp_path / "lake")]
    for _ in range(3):
        before = len(contents(tmp_path / "lake"))
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while len(contents(tmp_path / "lake")) < before + 4 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for key, content in contents(tmp_path / "lake").items():
            assert content == wanted[key]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    assert json.loads(done.stdout.splitlines()[-1])["lines"]["events"] == 6_000
    assert contents(tmp_path / "lake") == wanted


def test_a_day_goes_from_midnight_to_midnight_in_the_shop(tmp_path: Path) -> None:
    chance = random.Random(5)
    first, last, next_one, before = (
        some_event(chance).model_copy(update={"occurred_at": at})
        for at in (BEGIN, END - timedelta(milliseconds=1), END, BEGIN - timedelta(microseconds=1))
    )
    write_log(tmp_path / "logs", [line_of(each) for each in (next_one, last, first, before)])
    manifest = run(tmp_path / "logs", FolderLake(tmp_path / "lake"))
    where = {
        json.loads(gzip.decompress(content))["eventId"]: key for key, content in contents(tmp_path / "lake").items()
    }
    assert where == {
        str(before.event_id): "user-actions/year=2026/month=02/day=28/hour-23.json.gz",  # it came late
        str(first.event_id): "user-actions/year=2026/month=03/day=01/hour-00.json.gz",
        str(last.event_id): "user-actions/year=2026/month=03/day=01/hour-23.json.gz",
    }
    assert sum(manifest.events.values()) == 2
    assert manifest.lines["of other days"] == 1


def test_a_day_with_no_events_is_exported_too(tmp_path: Path) -> None:
    write_log(tmp_path / "logs", [b'{"event":"request"}'])
    manifest = run(tmp_path / "logs", FolderLake(tmp_path / "lake"))
    assert contents(tmp_path / "lake") == {}
    assert (manifest.events, manifest.objects, manifest.rejected) == ({}, [], {})
    assert (tmp_path / "lake" / manifest.key).is_file()


def test_broken_lines_are_kept_with_their_reason_and_stop_nothing(tmp_path: Path) -> None:
    chance = random.Random(5)
    good = line_of(some_event(chance))
    broken = [good[:50], good.replace(b"occurredAt", b"occuredAt"), b"\xff" + good]
    write_log(tmp_path / "logs", [good, *broken, *broken])
    manifest = run(tmp_path / "logs", FolderLake(tmp_path / "lake"))
    assert manifest.rejected == {"not JSON": 4, "occurredAt is missing or of the wrong kind": 2}
    assert manifest.lines == {"events": 1, "read": 7, "rejected": 6}
    assert sorted(each["line"] for each in records(tmp_path / "lake", "rejected/")) == sorted(
        line.decode(errors="backslashreplace") for line in broken
    )
    assert len(records(tmp_path / "lake")) == 1


def test_rotated_logs_are_read_and_missing_lines_are_told(tmp_path: Path) -> None:
    chance = random.Random(5)
    early = some_event(chance, BEGIN - timedelta(hours=2), 60)
    in_the_day = [some_event(chance, BEGIN + timedelta(hours=3), 60) for _ in range(2)]
    write_log(tmp_path / "logs", [line_of(early)], "backend.2.log")
    write_log(tmp_path / "logs", [line_of(in_the_day[0])], "backend.1.log")
    write_log(tmp_path / "logs", [line_of(in_the_day[1])], "backend.log")
    manifest = run(tmp_path / "logs", FolderLake(tmp_path / "lake"))
    assert (manifest.lines["events"], manifest.doubts) == (3, [])

    (tmp_path / "logs" / "backend.2.log").unlink()
    manifest = run(tmp_path / "logs", FolderLake(tmp_path / "lake"))
    when = in_the_day[0].occurred_at.isoformat(timespec="seconds")
    assert manifest.doubts == [f"backend: what was logged before {when} may have been rotated away"]


def test_a_line_that_is_being_written_waits_for_its_end(tmp_path: Path) -> None:
    line = line_of(some_event(random.Random(5)))
    write_log(tmp_path / "logs", [])
    (tmp_path / "logs" / "backend.log").write_bytes(line[:40])
    assert run(tmp_path / "logs", FolderLake(tmp_path / "lake")).lines == {}
    (tmp_path / "logs" / "backend.log").write_bytes(line + b"\n")
    assert run(tmp_path / "logs", FolderLake(tmp_path / "lake")).lines == {"events": 1, "read": 1}


@pytest.mark.parametrize(
    ("event", "day", "is_test"),
    [
        ({}, "2026-03-01", False),
        ({"source": "aws.scheduler"}, "2026-03-01", False),
        ({"test_mode": False}, "2026-03-01", False),
        ({"test_mode": True}, "2026-03-02", True),
        ({"day": "2026-02-03"}, "2026-02-03", False),
        ({"day": "2026-03-02"}, "2026-03-02", False),
        ({"day": "2026-02-03", "test_mode": True}, "2026-02-03", False),
    ],
)
def test_which_day_is_meant(event: dict[str, object], day: str, is_test: bool) -> None:
    assert day_to_export(event, END) == (date.fromisoformat(day), is_test)


def test_the_schedule_at_midnight_means_the_day_that_ended() -> None:
    assert day_to_export({}, END)[0] == DAY
    assert day_to_export({}, END - timedelta(microseconds=1))[0] == DAY - timedelta(days=1)


@pytest.mark.parametrize("day", ["2026-03-03", "yesterday", "", 20260301, "2026-02-30"])
def test_a_day_that_is_none_is_refused(day: object) -> None:
    with pytest.raises(ValueError, match="day"):
        day_to_export({"day": day}, END)


def test_an_object_is_only_replaced_as_its_writer_knew_it(tmp_path: Path) -> None:
    lake = FolderLake(tmp_path / "lake")
    file, copy = tmp_path / "file", tmp_path / "copy"
    file.write_bytes(b"one")
    lake.put("a/b.json", file, None)
    with pytest.raises(Changed):
        lake.put("a/b.json", file, None)
    tag = lake.get("a/b.json", copy)
    assert copy.read_bytes() == b"one"
    file.write_bytes(b"two")
    lake.put("a/b.json", file, tag)
    with pytest.raises(Changed):
        lake.put("a/b.json", file, tag)
    lake.get("a/b.json", copy)
    assert copy.read_bytes() == b"two"
    assert (list(lake.keys("a/")), list(lake.keys("b/")), lake.get("a/none", copy)) == (["a/b.json"], [], None)
    lake.delete("a/b.json")
    with pytest.raises(Changed):
        lake.put("a/b.json", file, tag)


@pytest.mark.parametrize("url", ["ftp://x/y", "", "s3://", "file://host/path"])
def test_what_is_no_lake_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="no lake"):
        lake_at(url)


@pytest.mark.parametrize("url", ["ftp://x/y", "", "logs://", "/nowhere/at/all"])
def test_what_is_no_source_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"no source|no folder"):
        source_at(url)


def test_sorting_needs_no_more_memory_than_it_is_given(tmp_path: Path) -> None:
    chance = random.Random(1)
    keys = [f"{chance.randrange(500):04}".encode() for _ in range(3_000)]
    runs = SortedRuns(tmp_path, "run", 5_000)
    for number, key in enumerate(keys):
        runs.add(key, f"{number:05}".encode())
    assert len(list(tmp_path.iterdir())) > 20
    assert list(runs.merged()) == sorted((key, f"{number:05}".encode()) for number, key in enumerate(keys))


def test_lines_have_the_order_of_their_times(tmp_path: Path) -> None:
    chance = random.Random(2)
    found = [read(line_of(some_event(chance))) for _ in range(200)]
    events = [each for each in found if isinstance(each, EventLine)]
    assert len(events) == 200
    by_time = sorted(events, key=lambda each: (datetime.fromisoformat(each.occurred_at), each.event_id))
    assert sorted(events, key=lambda each: each.key) == by_time
