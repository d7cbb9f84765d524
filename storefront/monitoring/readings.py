"""What a service's `/metrics` says, and what it comes to between two readings."""

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field

_LINE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)(?: -?\d+)?")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

Buckets = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Counts:
    """What was counted: requests, those answered 5xx, and how many took up to so many seconds."""

    requests: float = 0.0
    errors: float = 0.0
    buckets: Buckets = ()

    def __add__(self, other: "Counts") -> "Counts":
        return self._with(other, 1)

    def __sub__(self, other: "Counts") -> "Counts":
        return self._with(other, -1)

    def _with(self, other: "Counts", sign: int) -> "Counts":
        mine, theirs = dict(self.buckets), dict(other.buckets)
        bounds = sorted({**mine, **theirs})
        return Counts(
            self.requests + sign * other.requests,
            self.errors + sign * other.errors,
            tuple((bound, mine.get(bound, 0.0) + sign * theirs.get(bound, 0.0)) for bound in bounds),
        )


@dataclass(frozen=True)
class Reading:
    """A process at one moment. `started` is a Unix time; gauges that it does not have are missing."""

    version: str = ""
    started: float = 0.0
    counts: Counts = Counts()
    gauges: dict[str, float] = field(default_factory=dict)


def parse(text: str) -> Reading:
    """Read Prometheus' text format. Gauges with labels are named `name{value of the first label}`."""
    version, started = "", 0.0
    requests = errors = 0.0
    buckets: defaultdict[float, float] = defaultdict(float)
    gauges: dict[str, float] = {}
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is None or (value := _figure(found["value"])) is None:
            continue  # comments, and what a newer service may add
        name = found["name"]
        labels = dict(_LABEL.findall(found["labels"] or ""))
        if name == "http_requests_total":
            requests += value
            errors += value if labels.get("status", "").startswith("5") else 0
        elif name == "http_request_seconds_bucket":
            buckets[float(labels["le"])] += value
        elif name == "service_info":
            version = labels.get("version", "")
        elif name == "service_started_timestamp_seconds":
            started = value
        elif not name.startswith("http_request"):
            gauges[f"{name}{{{next(iter(labels.values()))}}}" if labels else name] = value
    return Reading(version, started, Counts(requests, errors, tuple(sorted(buckets.items()))), gauges)


def _figure(text: str) -> float | None:
    """Return a number that can be shown and reckoned with; None for NaN, an infinity, and what is no number."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def increase(before: Reading, after: Reading) -> Counts:
    """Return what was counted between two readings; a process that started again began at nothing."""
    if after.started != before.started or after.counts.requests < before.counts.requests:
        return after.counts
    return after.counts - before.counts


def quantile(share: float, buckets: Buckets) -> float | None:
    """Return how many seconds the quickest `share` (0 to 1) of the requests took at most; None without any.

    Inside a bucket requests are taken to be spread evenly, as Prometheus does. What was slower than the last bound
    counts as that bound.
    """
    total = buckets[-1][1] if buckets else 0.0
    if total <= 0:
        return None
    rank = share * total
    low, below = 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            if bound == float("inf"):
                return low
            return low + (bound - low) * (rank - below) / (count - below) if count > below else bound
        low, below = bound, count
    return low
