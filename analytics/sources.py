"""Where the lines come from: a folder of log files, or CloudWatch Logs."""

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

PATTERN = '?"occurredAt" ?"eventId"'
"""What CloudWatch is asked for, to spare us the rest. Nobody counts on it: each line is looked at again."""
HOUR = timedelta(hours=1)
THROTTLED = {"ThrottlingException", "LimitExceededException", "ServiceUnavailableException", "TooManyRequestsException"}
TRIES = 12
"""Of a page that is throttled: more than ten minutes altogether."""
MAX_WAIT_S = 60.0
ROTATED = re.compile(r"(?P<name>.+?)(?:\.(?P<number>\d+))?\.log")


@dataclass
class Progress:
    """How far a source is: `done` from 0 to 1."""

    done: float = 0.0


@dataclass(frozen=True)
class Line:
    """A line of a log. `stream` is which log's; `at` is when it was logged, if the log says."""

    stream: str
    text: bytes
    at: datetime | None = None


class Source(Protocol):
    """Gives lines in the order in which each stream wrote them."""

    def lines(self, start: datetime, end: datetime, progress: Progress) -> Iterator[Line]:
        """Yield at least every line that was logged from `start` until just before `end`."""
        ...

    def doubts(self, start: datetime) -> list[str]:
        """Return why lines of the time after `start` may be missing; nothing when they are all there."""
        ...


@dataclass
class FolderSource:
    """Log files of a folder, with those that were rotated away: `backend.log`, before it `backend.1.log`, and so on.

    A folder does not know when a line was logged; all lines are given.
    """

    folder: Path

    def lines(self, start: datetime, end: datetime, progress: Progress) -> Iterator[Line]:
        """Yield all lines, the oldest of each log first."""
        logs = self._logs()
        total = sum(path.stat().st_size for paths in logs.values() for path in paths) or 1
        done = 0
        for name, paths in logs.items():
            for path in paths:
                try:
                    file = path.open("rb")
                except FileNotFoundError:
                    continue  # rotated away since we looked
                with file:
                    for line in file:
                        done += len(line)
                        # A line without an end is being written just now; the next run finds it whole.
                        if line.endswith(b"\n"):
                            yield Line(name, line.rstrip(b"\r\n"))
                        progress.done = min(1.0, done / total)

    def doubts(self, start: datetime) -> list[str]:
        """Return the logs whose first lines are later than `start` though earlier ones were rotated away."""
        found = []
        for name, paths in self._logs().items():
            if len(paths) < 2:
                continue
            began = _first_time(paths[0])
            if began is None or began > start:
                when = began.isoformat(timespec="seconds") if began else "an unknown time"
                found.append(f"{name}: what was logged before {when} may have been rotated away")
        return found

    def _logs(self) -> dict[str, list[Path]]:
        """Return the files of each log, the oldest first."""
        logs: dict[str, list[tuple[int, Path]]] = {}
        for path in self.folder.glob("*.log"):
            if match := ROTATED.fullmatch(path.name):
                logs.setdefault(match["name"], []).append((int(match["number"] or 0), path))
        return {name: [path for _, path in sorted(files, reverse=True)] for name, files in sorted(logs.items())}


_TIME = re.compile(rb'"(?:timestamp|occurredAt)":\s*"([^"]{10,40})"')


def _first_time(path: Path) -> datetime | None:
    """Return the first time that a log's first lines tell."""
    with path.open("rb") as file:
        for number, line in enumerate(file):
            if match := _TIME.search(line):
                try:
                    moment = datetime.fromisoformat(match[1].decode(errors="replace"))
                except ValueError:
                    continue
                return moment if moment.tzinfo else None
            if number > 10_000:
                break
    return None


class CloudWatchSource:
    """Log groups of CloudWatch, read hour by hour and page by page."""

    def __init__(
        self,
        groups: Sequence[str],
        client: "CloudWatchLogsClient | None" = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import boto3  # noqa: PLC0415 - takes its time, and a folder needs none
        from botocore.exceptions import ClientError  # noqa: PLC0415

        self._logs: CloudWatchLogsClient = client or boto3.client("logs")
        self._error = ClientError
        self._groups = groups
        self._sleep = sleep

    def lines(self, start: datetime, end: datetime, progress: Progress) -> Iterator[Line]:
        """Yield the lines that were logged in the time asked for."""
        for number, group in enumerate(self._groups):
            hour = start
            while hour < end:
                until = min(hour + HOUR, end)
                yield from self._hour(group, hour, until)
                hour = until
                progress.done = (number + (hour - start) / (end - start)) / len(self._groups)

    def doubts(self, start: datetime) -> list[str]:
        """Return nothing: a group keeps its lines for longer than the days we ask for."""
        return []

    def _hour(self, group: str, start: datetime, end: datetime) -> Iterator[Line]:
        # Both ends of the interval are part of it, in whole milliseconds.
        asked: dict[str, Any] = {
            "logGroupName": group,
            "startTime": _ms(start),
            "endTime": _ms(end) - 1,
            "filterPattern": PATTERN,
        }
        token: str | None = None
        while True:
            page = self._page(asked | ({"nextToken": token} if token else {}))
            for found in page.get("events", []):
                at = datetime.fromtimestamp(found["timestamp"] / 1000, UTC)
                stream = f"{group}/{found.get('logStreamName', '')}"
                yield Line(stream, found["message"].rstrip("\r\n").encode(errors="surrogatepass"), at)
            token = page.get("nextToken")  # a page may be empty and have a next one
            if not token:
                return

    def _page(self, asked: dict[str, Any]) -> dict[str, Any]:
        for attempt in range(TRIES):
            try:
                return dict(self._logs.filter_log_events(**asked))
            except self._error as error:
                code = error.response.get("Error", {}).get("Code", "")
                if code not in THROTTLED or attempt == TRIES - 1:
                    raise
                # Full jitter: two exports that are throttled together do not stay together.
                self._sleep(random.uniform(0.5, 1.0) * min(MAX_WAIT_S, 0.5 * 2**attempt))  # noqa: S311
        raise AssertionError  # the last attempt returns or raises


def source_at(url: str) -> Source:
    """Return the source at a URL: `logs://group,/another/group` of CloudWatch, `file:///folder`, or a folder's path.

    Raises:
        ValueError: it is none of these.
    """
    parts = urlsplit(url)
    if parts.scheme == "logs":
        groups = [group for group in url.removeprefix("logs://").split(",") if group]
        if groups:
            return CloudWatchSource(groups)
    elif parts.scheme in {"", "file"} and parts.path and not parts.netloc:
        folder = Path(parts.path)
        if not folder.is_dir():
            raise ValueError(f"{folder} is no folder")
        return FolderSource(folder)
    raise ValueError(f"{url!r} is no source: use logs://GROUP,GROUP or a folder")


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
