"""One process over the last minutes: its samples, and the figures of a window of them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise, takewhile

from storefront.monitoring.readings import Counts, Reading, increase, quantile

WINDOW_S = 60.0
"""Rates, errors and durations are those of the last minute."""
KEPT_S = 300.0
"""The little curves show the last five minutes."""


class Health(StrEnum):
    """What a process answers. DATABASE: it works, but its database does not; DRAINING: it is shutting down."""

    UP = "up"
    DATABASE = "database"
    DRAINING = "draining"
    DOWN = "down"


@dataclass(frozen=True)
class Sample:
    """One look at a process, `at` on the sampler's clock; there is no `reading` of one that is down."""

    at: float
    health: Health
    reading: Reading | None = None


@dataclass(frozen=True)
class Figures:
    """A window's figures: `rate` in requests a second, `errors` as a share, durations in seconds. None: no telling."""

    rate: float | None = None
    requests: float = 0.0
    failed: float = 0.0
    p50: float | None = None
    p95: float | None = None

    @property
    def errors(self) -> float:
        """The share of requests that were answered 5xx."""
        return self.failed / self.requests if self.requests else 0.0


@dataclass
class History:
    """The samples of one process, oldest first."""

    samples: deque[Sample] = field(default_factory=deque)

    def add(self, sample: Sample) -> None:
        """Remember a sample, and forget what is too old."""
        self.samples.append(sample)
        while self.samples[0].at < sample.at - KEPT_S:
            self.samples.popleft()

    @property
    def last(self) -> Sample | None:
        """The newest sample."""
        return self.samples[-1] if self.samples else None

    @property
    def last_reading(self) -> Reading | None:
        """What the process said last, however long ago."""
        return next((sample.reading for sample in reversed(self.samples) if sample.reading), None)

    def lasted(self) -> float:
        """Return how long the process has been seen without a break in the health it is in, in seconds."""
        same = list(takewhile(lambda sample: sample.health is self.samples[-1].health, reversed(self.samples)))
        return same[0].at - same[-1].at if same else 0.0

    def starts(self) -> int:
        """Return how often the process was seen to have started again."""
        started = [sample.reading.started for sample in self.samples if sample.reading]
        return sum(before != after for before, after in pairwise(started))

    def figures(self) -> Figures:
        """Return the figures of the last minute."""
        if not self.samples:
            return Figures()
        steps = [step for step in self._steps() if step[1] > self.samples[-1].at - WINDOW_S]
        if not steps:
            return Figures()
        total = sum((counts for _, _, counts in steps), Counts())
        elapsed = steps[-1][1] - steps[0][0]
        return Figures(
            rate=total.requests / elapsed,
            requests=total.requests,
            failed=total.errors,
            p50=quantile(0.5, total.buckets),
            p95=quantile(0.95, total.buckets),
        )

    def rates(self) -> list[tuple[float, float]]:
        """Return requests a second at each moment of the history, as (moment, rate)."""
        return [(end, counts.requests / (end - begin)) for begin, end, counts in self._steps()]

    def gauge(self, name: str) -> list[tuple[float, float]]:
        """Return what a gauge stood at over the history, as (moment, value)."""
        return [
            (one.at, one.reading.gauges[name]) for one in self.samples if one.reading and name in one.reading.gauges
        ]

    def _steps(self) -> Iterator[tuple[float, float, Counts]]:
        """Yield (begin, end, what was counted between) of each two readings that follow one another."""
        read = [(sample.at, sample.reading) for sample in self.samples if sample.reading]
        for (begin, before), (end, after) in pairwise(read):
            if end > begin:
                yield begin, end, increase(before, after)
