"""The day's events, from the log to the lake: `python -m analytics.export --source LOGS --lake LAKE [--day D]`.

An export is a union of sets: what it finds is merged into what the lake has, and written only where that adds
something. So it may run once or ten times, twice at once, or be killed anywhere and run again: the objects end up the
same. Events are sorted on disk, in runs that fit into memory, whatever a day has.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from uuid import uuid4

from analytics.lakes import Changed, Lake, lake_at
from analytics.lines import BrokenLine, EventLine, OtherLine, key_of, read, rejected
from analytics.objects import Written, count, distinct, merge, write_lines
from analytics.sorting import SortedRuns
from analytics.sources import Line, Progress, Source, source_at
from shopkit.clock import SHOP_ZONE, day_bounds, shop_day

LATE = timedelta(hours=1)
"""How long after a day's end its last events may be logged: an order's waits for the outbox."""
TRIES = 50
REPORT_EVERY = 20_000
CODE_VERSION = os.environ.get("VERSION", "dev")

Report = Callable[[float, int], None]
"""Called from time to time with how far the reading is, 0 to 1, and how many lines were read."""


@dataclass
class Manifest:
    """What a run did. `events` counts the day's events in the lake by name; `objects` have their hashes."""

    day: str
    test_mode: bool
    started_at: str
    code_version: str
    source: str
    seconds: float = 0.0
    lines: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)
    objects: list[Written] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    key: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return asdict(self)


def day_to_export(event: dict[str, object], now: datetime) -> tuple[date, bool]:
    """Return which day `{"day": "2026-03-01"}`, `{"test_mode": true}` or anything else means, and whether it is a test.

    Without either it is the shop day that ended last: at 17:00 UTC the one that ended just now.

    Raises:
        ValueError: the day is none, or has not begun.
    """
    today = shop_day(now)
    if event.get("day") is not None:
        try:
            day = datetime.strptime(str(event["day"]), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            raise ValueError(f"day: {event['day']!r} is no day; write it as 2026-03-01") from None
        if day > today:
            raise ValueError(f"day: {day} has not begun yet")
        return day, False
    if event.get("test_mode") is True:
        return today, True
    return today - timedelta(days=1), False


def export(
    source: Source,
    lake: Lake,
    day: date,
    *,
    test_mode: bool = False,
    source_name: str = "",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    report: Report = lambda _done, _lines: None,
    memory: int = 32 * 1024 * 1024,
    scratch: Path | None = None,
) -> Manifest:
    """Merge the events that were logged on the shop day `day` into the lake; return what was done.

    An event belongs to the day on which it happened: late lines of days before are merged into theirs.
    """
    began = time.monotonic()
    manifest = Manifest(day.isoformat(), test_mode, now().isoformat(), CODE_VERSION, source_name)
    start, end = day_bounds(day)
    with tempfile.TemporaryDirectory(prefix="export-", dir=scratch) as folder:
        events = SortedRuns(Path(folder), "events", memory)
        broken = SortedRuns(Path(folder), "rejected", memory // 4)
        counts, reasons = Counter[str](), Counter[str]()
        progress = Progress()
        lines = _reported(source.lines(start, min(end + LATE, now()), progress), progress, report)
        for found in _sorted_out(lines, start, end, counts, reasons):
            if isinstance(found, EventLine):
                events.add(found.key, found.line)
            else:
                broken.add(found, found)
        for (year, month, of_day, hour), records in groupby(events.merged(), key=lambda pair: _place(pair[0])):
            key = f"user-actions/year={year}/month={month}/day={of_day}/hour-{hour}.json.gz"
            written = _merge(lake, Path(folder), key, records, key_of)
            if f"{year}-{month}-{of_day}" == manifest.day:
                manifest.objects.append(written)
        if reasons:
            key = f"rejected/{_partition(day)}/lines.json.gz"
            manifest.objects.append(_merge(lake, Path(folder), key, broken.merged(), lambda line: line))
        manifest.lines, manifest.rejected = dict(sorted(counts.items())), dict(sorted(reasons.items()))
        manifest.events = count(lake, f"user-actions/{_partition(day)}/", Path(folder))
        manifest.doubts = source.doubts(start)
        manifest.seconds = round(time.monotonic() - began, 3)
        moment = now().strftime("%Y%m%dT%H%M%SZ")
        manifest.key = f"history/{_partition(day)}/{moment}-{uuid4().hex[:8]}.json"
        file = Path(folder) / "manifest.json"
        file.write_text(json.dumps(manifest.as_dict(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
        lake.put(manifest.key, file, None)
    return manifest


def _reported(lines: Iterable[Line], progress: Progress, report: Report) -> Iterator[Line]:
    number = 0
    for number, line in enumerate(lines, 1):
        if number % REPORT_EVERY == 0:
            report(progress.done, number)
        yield line
    report(1.0, number)


def _sorted_out(
    lines: Iterable[Line], start: datetime, end: datetime, counts: Counter[str], reasons: Counter[str]
) -> Iterator[EventLine | bytes]:
    """Yield the events to keep, and the records of broken lines; count all that is read.

    A log that does not say when it wrote a line gives all it has. Of its events those of the day are kept, and of the
    day before, whose last ones may have come late; a broken line is of the time of the event before it.
    """
    first, last = _text(start), _text(end)
    earliest = _text(start - timedelta(days=1))
    seen: dict[str, str] = {}
    for line in lines:
        counts["read"] += 1
        what = read(line.text)
        if isinstance(what, OtherLine):
            counts["other"] += 1
            if what.at is not None:
                seen[line.stream] = what.at
        elif isinstance(what, EventLine):
            seen[line.stream] = what.occurred_at
            is_kept = what.occurred_at < last and (line.at is not None or what.occurred_at >= earliest)
            counts["events" if is_kept else "of other days"] += 1
            if is_kept:
                yield what
        else:
            assert isinstance(what, BrokenLine)
            at = _text(line.at) if line.at is not None else seen.get(line.stream, first)
            if first <= at < last:
                counts["rejected"] += 1
                reasons[what.reason] += 1
                yield rejected(line.text, what.reason)
            else:
                counts["of other days"] += 1


def _merge(
    lake: Lake, folder: Path, key: str, records: Iterable[tuple[bytes, bytes]], key_of: Callable[[bytes], bytes]
) -> Written:
    """Merge sorted records into an object, however often somebody else gets in between."""
    fresh = folder / "fresh"
    write_lines(fresh, (line for _, line in distinct(records)))
    for attempt in range(TRIES):
        before, after = folder / "before", folder / "after"
        tag = lake.get(key, before)
        merged = merge(before if tag is not None else None, fresh, after, key_of)
        if not merged.is_changed:
            return Written(key, merged.records, merged.sha256, changed=False)
        try:
            lake.put(key, after, tag)
        except Changed:
            time.sleep(random.uniform(0, 0.01 * min(100, 2**attempt)))  # noqa: S311
        else:
            return Written(key, merged.records, merged.sha256, changed=True)
    raise Changed(f"{key}: {TRIES} others were faster")


def _place(key: bytes) -> tuple[str, str, str, str]:
    """Return year, month, day and hour in the shop of a record's key."""
    hour = datetime.fromisoformat(key[:13].decode() + ":00:00+00:00").astimezone(SHOP_ZONE)
    return f"{hour:%Y}", f"{hour:%m}", f"{hour:%d}", f"{hour:%H}"


def _partition(day: date) -> str:
    return f"year={day:%Y}/month={day:%m}/day={day:%d}"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def main() -> None:
    """Run the command line. What happened is printed as JSON; with --progress one line for each step of it."""
    parser = argparse.ArgumentParser(prog="python -m analytics.export", description=__doc__)
    parser.add_argument("--source", default=os.environ.get("ANALYTICS_SOURCE"), help="a folder, or logs://GROUP,GROUP")
    parser.add_argument("--lake", default=os.environ.get("ANALYTICS_LAKE"), help="a folder, or s3://BUCKET/PREFIX")
    parser.add_argument("--day", help="a shop day as 2026-03-01; the last whole one when left out")
    parser.add_argument("--test", action="store_true", help="today's events so far")
    parser.add_argument("--progress", action="store_true", help="print how far it is, as JSON lines")
    wanted = parser.parse_args()
    if not wanted.source or not wanted.lake:
        parser.error("--source and --lake (or ANALYTICS_SOURCE and ANALYTICS_LAKE) say where from and where to")

    def report(done: float, lines: int) -> None:
        if wanted.progress:
            sys.stdout.write(json.dumps({"done": round(done, 4), "lines": lines}) + "\n")
            sys.stdout.flush()

    try:
        day, test_mode = day_to_export({"day": wanted.day, "test_mode": wanted.test}, datetime.now(UTC))
        source, lake = source_at(wanted.source), lake_at(wanted.lake)
    except ValueError as error:
        parser.error(str(error))
    manifest = export(source, lake, day, test_mode=test_mode, source_name=wanted.source, report=report)
    sys.stdout.write(json.dumps(manifest.as_dict()) + "\n")


if __name__ == "__main__":
    main()
