"""What is wrong with a process, and which runbook says what to do."""

from dataclasses import dataclass

from storefront.monitoring.samples import Health, History

MAX_ERRORS = 0.01
ENOUGH_ERRORS = 3
"""One failure in a quiet minute is a large share of it, and says nothing."""
MAX_P95_S = 1.0
ENOUGH_REQUESTS = 20
"""Fewer requests in a minute say nothing about durations: one slow one would be the 95th percentile."""
WAITING = "db_pool_connections{waiting}"
MAX_OUTBOX_AGE_S = 60.0
MAX_OUTBOX_DEPTH = 200
HOLD_GRACE_S = 100.0
"""A hold is swept seconds after its time has run out."""
TASK_WELL = "task_well{"
MAX_STARTS = 2
MAX_DRAINING_S = 70.0
"""`DRAIN_S` is 60 at most."""


@dataclass(frozen=True)
class Verdict:
    """Something that is wrong: `kind` names its text, `runbook` the page that says what to do; `value` goes into it.

    `tone` is bad, or warn for what is as it should be if it does not last.
    """

    kind: str
    runbook: str
    value: float = 0.0
    tone: str = "bad"


def verdicts(history: History) -> list[Verdict]:
    """Return what is wrong with a process, the worst first."""
    last = history.last
    if last is None:
        return []
    found: list[Verdict] = []
    if last.health is Health.DOWN:
        found.append(Verdict("down", "service-down", history.lasted()))
    elif last.health is Health.DATABASE:
        found.append(Verdict("database", "database"))
    elif last.health is Health.DRAINING:
        lasted = history.lasted()
        late = lasted > MAX_DRAINING_S
        found.append(
            Verdict("draining_long" if late else "draining", "service-down", lasted, "bad" if late else "warn")
        )
    if history.starts() >= MAX_STARTS:
        found.append(Verdict("restarts", "service-down", history.starts()))
    figures = history.figures()
    if figures.failed >= ENOUGH_ERRORS and figures.errors >= MAX_ERRORS:
        found.append(Verdict("errors", "errors", figures.errors))
    if figures.p95 is not None and figures.p95 > MAX_P95_S and figures.requests >= ENOUGH_REQUESTS:
        found.append(Verdict("slow", "slow", figures.p95))
    if last.reading is not None:
        waited = [count for _, count in history.gauge(WAITING)[-2:]]
        if len(waited) == 2 and all(waited):  # seen once, a request may have waited for a millisecond
            found.append(Verdict("pool", "database", waited[-1]))
        found += _of_gauges(last.reading.gauges)
    return found


def _of_gauges(gauges: dict[str, float]) -> list[Verdict]:
    found: list[Verdict] = []
    if (age := gauges.get("outbox_oldest_seconds", 0)) > MAX_OUTBOX_AGE_S:
        found.append(Verdict("outbox_old", "outbox", age))
    elif (depth := gauges.get("outbox_depth", 0)) > MAX_OUTBOX_DEPTH:
        found.append(Verdict("outbox_deep", "outbox", depth))
    if unwell := sum(name.startswith(TASK_WELL) and value == 0 for name, value in gauges.items()):
        found.append(Verdict("tasks", "service-down", unwell))
    held = gauges.get("holds_oldest_seconds", 0)
    if held > gauges.get("holds_limit_seconds", held) + HOLD_GRACE_S:
        found.append(Verdict("holds", "holds", held))
    return found
