import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from structlog.testing import capture_logs

from shopkit.client import ServiceClient
from storefront.i18n import LANGS
from storefront.monitoring.looks import look_at
from storefront.monitoring.readings import Counts, Reading, increase, parse, quantile
from storefront.monitoring.sampler import Sampler
from storefront.monitoring.samples import Health, History, Sample
from storefront.monitoring.verdicts import verdicts
from storefront.runbooks import FOLDER, NAMES, runbooks
from storefront.state.admin.monitoring_view import format_duration, show, show_process

pytestmark = pytest.mark.anyio
INF = float("inf")


class Process:
    """A process that counts as the services do, with the library that they use."""

    def __init__(self, started: float = 1000.0) -> None:
        self.registry = CollectorRegistry()
        Info("service", "What.", registry=self.registry).info({"version": "1.2"})
        Gauge("service_started_timestamp_seconds", "When.", registry=self.registry).set(started)
        labels = ["method", "route", "status"]
        self.requests = Counter("http_requests_total", "Requests.", labels, registry=self.registry)
        self.latency = Histogram(
            "http_request_seconds", "Time.", ["route"], buckets=(0.1, 0.5, 1.0, 5.0), registry=self.registry
        )
        self.pool = Gauge("db_pool_connections", "Pool.", ["state"], registry=self.registry)
        self.outbox = Gauge("outbox_oldest_seconds", "Age.", registry=self.registry)

    def serve(self, count: int, seconds: float = 0.05, status: int = 200, route: str = "/api/{id}") -> None:
        for _ in range(count):
            self.requests.labels("GET", route, str(status)).inc()
            self.latency.labels(route).observe(seconds)

    def read(self) -> Reading:
        return parse(generate_latest(self.registry).decode())


def history(*samples: tuple[float, Reading | None]) -> History:
    kept = History()
    for at, reading in samples:
        kept.add(Sample(at, Health.UP if reading else Health.DOWN, reading))
    return kept


def test_prometheus_text_is_read() -> None:
    process = Process()
    process.serve(3)
    process.serve(1, 0.7, 503, route='/odd"}\\path')
    process.pool.labels("waiting").set(2)
    reading = process.read()
    assert (reading.version, reading.started) == ("1.2", 1000.0)
    assert reading.counts == Counts(4.0, 1.0, ((0.1, 3.0), (0.5, 3.0), (1.0, 4.0), (5.0, 4.0), (INF, 4.0)))
    assert reading.gauges == {"db_pool_connections{waiting}": 2.0, "outbox_oldest_seconds": 0.0}


def test_what_is_not_understood_is_passed_over() -> None:
    odd = "# HELP x\n\nnot metrics at all {\nhello world\ndepth NaN\nage +Inf\nholds_open 3.0 1700000000\n"
    assert parse(odd) == Reading(gauges={"holds_open": 3.0})


def test_increase_is_what_came_between() -> None:
    process = Process()
    process.serve(3)
    before = process.read()
    process.serve(2, 0.7, 500)
    assert increase(before, process.read()) == Counts(
        2.0, 2.0, ((0.1, 0.0), (0.5, 0.0), (1.0, 2.0), (5.0, 2.0), (INF, 2.0))
    )


@pytest.mark.parametrize("started", [2000.0, 1000.0])
def test_a_process_that_began_anew_counts_from_nothing(started: float) -> None:
    before, after = Process(), Process(started)
    before.serve(50)
    after.serve(4)
    assert increase(before.read(), after.read()).requests == 4.0


@pytest.mark.parametrize(
    ("share", "buckets", "seconds"),
    [
        (0.5, ((0.1, 10.0), (0.5, 10.0), (INF, 10.0)), 0.05),
        (0.95, ((0.1, 0.0), (0.5, 100.0), (INF, 100.0)), 0.48),
        (0.95, ((0.1, 5.0), (0.5, 5.0), (INF, 10.0)), 0.5),
        (0.5, ((0.1, 0.0), (INF, 0.0)), None),
        (0.5, (), None),
    ],
)
def test_quantiles_lie_inside_their_bucket(
    share: float, buckets: tuple[tuple[float, float], ...], seconds: float | None
) -> None:
    found = quantile(share, buckets)
    assert found == (seconds if seconds is None else pytest.approx(seconds))


def test_figures_are_those_of_the_last_minute() -> None:
    process = Process()
    process.serve(1000, 2.0, 500)
    samples: list[tuple[float, Reading | None]] = [(0.0, process.read())]
    for step in range(1, 13):
        process.serve(5, 0.05)
        samples.append((step * 10.0, process.read()))
    figures = history(*samples).figures()
    assert (figures.rate, figures.errors, figures.requests) == (0.5, 0.0, 30.0)
    assert (figures.p50, figures.p95) == (pytest.approx(0.05), pytest.approx(0.095))


def test_figures_span_a_restart_and_the_time_down() -> None:
    first, second = Process(1000.0), Process(2000.0)
    first.serve(10)
    second.serve(6)
    seen = history((0.0, first.read()), (10.0, None), (20.0, second.read()))
    assert (seen.figures().rate, seen.figures().requests, seen.starts()) == (0.3, 6.0, 1)


def test_one_reading_has_no_rate() -> None:
    figures = history((0.0, Process().read())).figures()
    assert (figures.rate, figures.p95, figures.errors) == (None, None, 0.0)
    assert History().figures().rate is None


def test_old_samples_are_forgotten() -> None:
    reading = Process().read()
    kept = history(*((at * 10.0, reading) for at in range(100)))
    assert (kept.samples[0].at, kept.samples[-1].at) == (690.0, 990.0)


def test_what_is_down_says_for_how_long() -> None:
    seen = history((0.0, Process().read()), (2.0, None), (5.0, None), (14.0, None))
    assert [(one.kind, one.runbook, one.value) for one in verdicts(seen)] == [("down", "service-down", 12.0)]
    view = show_process("backend", seen, "en")
    assert (view.health, view.health_text) == ("down", "Does not answer")
    assert [finding.text for finding in view.findings] == ["Products and stock (backend) has not answered for 12 s."]
    assert {fact.title: fact.value for fact in view.facts}["Requests"] == "–"


def test_each_trouble_has_a_verdict() -> None:
    process = Process()
    process.pool.labels("waiting").set(2)
    before = process.read()
    process.serve(95, 0.7)
    process.serve(5, 0.7, 503)
    process.pool.labels("waiting").set(3)
    process.outbox.set(61)
    found = {one.kind: one.value for one in verdicts(history((0.0, before), (10.0, process.read())))}
    assert found == {"errors": 0.05, "pool": 3.0, "outbox_old": 61.0}


@pytest.mark.parametrize(("failed", "kinds"), [(1, []), (2, []), (3, ["errors"])])
def test_a_failure_or_two_are_no_trouble(failed: int, kinds: list[str]) -> None:
    process = Process()
    before = process.read()
    process.serve(failed, status=503)
    assert [one.kind for one in verdicts(history((0.0, before), (10.0, process.read())))] == kinds


@pytest.mark.parametrize(
    ("waiting", "texts"),
    [
        ([1], []),
        ([0, 4], []),
        ([4, 0], []),
        ([0, 4, 1], ["Products and stock (backend): requests waiting for a database connection: 1."]),
    ],
)
def test_requests_that_wait_for_the_database_are_told_when_they_do_so_twice_in_a_row(
    waiting: list[int], texts: list[str]
) -> None:
    readings = [Reading(gauges={"db_pool_connections{waiting}": float(count)}) for count in waiting]
    seen = history(*((at * 2.5, reading) for at, reading in enumerate(readings)))
    assert [finding.text for finding in show_process("backend", seen, "en").findings] == texts


@pytest.mark.parametrize(
    ("seconds", "tone", "health", "text"),
    [
        (70, "warn", "warn", "Orders (order_service) is shutting down."),
        (71, "bad", "trouble", "Orders (order_service) has been shutting down for 1 min."),
    ],
)
def test_what_shuts_down_is_worth_an_eye_and_trouble_when_it_takes_too_long(
    seconds: int, tone: str, health: str, text: str
) -> None:
    kept = History()
    for at, found in ((0, Health.UP), (10, Health.DRAINING), (10 + seconds, Health.DRAINING)):
        kept.add(Sample(float(at), found, Process().read()))
    picture = show({"order_service": kept}, datetime.now(UTC), "en")
    [view] = picture.processes
    assert (picture.tone, view.health, view.health_text) == (tone, health, "Shutting down")
    assert [(one.text, one.tone) for one in picture.findings] == [(text, tone)]


def test_a_picture_tells_its_moment_and_is_read_out_only_when_a_verdict_changes() -> None:
    at = datetime(2026, 3, 1, 20, 4, 5, tzinfo=UTC)
    well = history((0.0, Process().read()))
    down = history((0.0, None), (2.0, None))
    first = show({"backend": well, "order_service": down}, at, "en")
    down.add(Sample(5.0, Health.DOWN))
    second = show({"backend": well, "order_service": down}, at, "en")
    said = [finding.text for picture in (first, second) for finding in picture.findings]
    assert said == [f"Orders (order_service) has not answered for {seconds} s." for seconds in (2, 5)]
    told = "Something is wrong. Orders (order_service): Does not answer."
    assert (first.tone, first.told, second.told) == ("bad", told, told)
    assert first.as_of == "As of 03:04:05"
    calm = show({"backend": well}, at, "vi")
    assert (calm.tone, calm.told, calm.as_of) == ("good", "Mọi thứ đều ổn.", "Số liệu lúc 03:04:05")


@pytest.mark.parametrize(("age", "kinds"), [(2_800, ["holds"]), (2_799, [])])
def test_a_hold_is_in_trouble_once_its_time_has_long_run_out(age: int, kinds: list[str]) -> None:
    reading = parse(f"holds_open 1\nholds_limit_seconds 2700\nholds_oldest_seconds {age + 0.5}\n")
    assert [one.kind for one in verdicts(history((0.0, reading)))] == kinds


def test_tasks_that_have_ended_or_stand_still_are_in_trouble() -> None:
    reading = parse('task_well{task="listener"} 1.0\ntask_well{task="outbox"} 0.0\ntask_well{task="news"} 0.0\n')
    seen = history((0.0, reading))
    assert [(one.kind, one.runbook, one.value) for one in verdicts(seen)] == [("tasks", "service-down", 2)]
    view = show_process("order_service", seen, "en")
    assert view.health == "trouble"
    assert [one.text for one in view.findings] == [
        "Orders (order_service): background tasks that have ended or stand still: 2."
    ]


def test_slow_answers_are_told_once_there_are_enough_of_them() -> None:
    process = Process()
    before = process.read()
    process.serve(19, 3.0)
    assert verdicts(history((0.0, before), (10.0, process.read()))) == []
    process.serve(1, 3.0)
    found = verdicts(history((0.0, before), (10.0, process.read())))
    assert [(one.kind, one.value) for one in found] == [("slow", pytest.approx(4.8))]


def test_a_process_that_starts_again_and_again_is_in_trouble() -> None:
    readings = [Process(1000.0 + number).read() for number in range(3)]
    seen = history(*((at * 10.0, reading) for at, reading in enumerate(readings)))
    assert [(one.kind, one.value) for one in verdicts(seen)] == [("restarts", 2)]


def test_nothing_wrong_is_said_of_what_is_well() -> None:
    process = Process()
    before = process.read()
    process.serve(100)
    view = show_process("user_service", history((0.0, before), (50.0, process.read())), "vi")
    assert (view.health, view.findings) == ("up", [])
    facts = {fact.title: fact.value for fact in view.facts}
    assert (facts["Yêu cầu"], facts["Bị lỗi"], facts["Trung vị (p50)"]) == ("2,0/giây", "0 %", "50 ms")


def test_durations_read_well() -> None:
    seconds = (5, 65, 3 * 3600 + 120, 2 * 86400 + 3600)
    assert [format_duration(one, "en") for one in seconds] == ["5 s", "1 min", "3 h 2 min", "2 d 1 h"]


def client(answer: Callable[[httpx.Request], httpx.Response]) -> ServiceClient:
    return ServiceClient("backend", "http://backend", transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("status", "body", "health"),
    [
        (200, {"status": "ok"}, Health.UP),
        (503, {"status": "unavailable", "database": "unreachable"}, Health.DATABASE),
        (503, {"status": "draining"}, Health.DRAINING),
        (503, {"status": "unavailable", "database": "ok", "tasks": {"outbox": "down"}}, Health.UP),
    ],
)
async def test_a_look_tells_health_and_metrics(status: int, body: dict[str, Any], health: Health) -> None:
    text = generate_latest(Process().registry)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/metrics":
            return httpx.Response(200, content=text)
        return httpx.Response(status, json=body)

    found, reading = await look_at(client(answer))()
    assert found is health
    assert reading == parse(text.decode())


async def test_a_look_at_what_does_not_answer_tells_that() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    assert await look_at(client(refuse))() == (Health.DOWN, None)
    assert await look_at(client(lambda _: httpx.Response(502)))() == (Health.DOWN, None)


async def test_a_look_that_fails_oddly_tells_that_process_down_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("storefront.monitoring.sampler.LOOK_S", 0.01)

    async def fail() -> tuple[Health, Reading | None]:
        raise ValueError("odd")

    async def hang() -> tuple[Health, Reading | None]:
        await asyncio.Event().wait()
        raise AssertionError

    async def look() -> tuple[Health, Reading | None]:
        return Health.UP, None

    sampler = Sampler({"backend": fail, "order_service": hang, "user_service": look}, period_s=0.01)
    with capture_logs() as logged:
        async with sampler.watching(), asyncio.timeout(5):
            await sampler.after(2)
    told = {name: [sample.health for sample in kept.samples][:2] for name, kept in sampler.histories.items()}
    down, up = [Health.DOWN, Health.DOWN], [Health.UP, Health.UP]
    assert told == {"backend": down, "order_service": down, "user_service": up}
    assert {(one["event"], one["process"]) for one in logged} == {
        ("look_failed", "backend"),
        ("look_failed", "order_service"),
    }


async def test_one_sampler_looks_while_somebody_watches_and_no_longer() -> None:
    looks = 0

    async def look() -> tuple[Health, Reading | None]:
        nonlocal looks
        looks += 1
        return Health.UP, None

    sampler = Sampler({"backend": look}, period_s=0.01)
    assert not sampler.is_running
    async with sampler.watching():
        async with sampler.watching():
            await asyncio.gather(*(sampler.after(2) for _ in range(5)))
        assert sampler.is_running
        assert sampler.round == looks
    assert not sampler.is_running
    await asyncio.sleep(0.03)
    stopped = looks
    await asyncio.sleep(0.05)
    assert looks == stopped


async def test_a_history_that_nobody_watched_begins_anew() -> None:
    now = 0.0

    async def look() -> tuple[Health, Reading | None]:
        return Health.DOWN, None

    sampler = Sampler({"backend": look}, period_s=0.01, clock=lambda: now)
    async with sampler.watching():
        await sampler.after(1)
    now = 100.0
    async with sampler.watching():
        await sampler.after(sampler.round)
    assert {sample.at for sample in sampler.histories["backend"].samples} == {100.0}


def test_runbooks_say_the_same_in_both_languages() -> None:
    vietnamese, english = (runbooks(lang) for lang in LANGS)
    assert [one.name for one in vietnamese] == [one.name for one in english] == list(NAMES)
    shapes = [[[len(part.items) for part in one.parts] for one in books] for books in (vietnamese, english)]
    assert shapes[0] == shapes[1]
    assert {path.stem for path in FOLDER.glob("*.md")} == {*NAMES, "README"}


def test_runbooks_know_steps_code_and_each_other() -> None:
    pieces = {
        piece.kind: piece.text
        for book in runbooks("en")
        for part in book.parts
        for item in part.items
        for piece in item
        if piece.kind != "text"
    }
    assert pieces.keys() == {"code", "page"}
    linked = {
        piece.text
        for book in runbooks("en")
        for part in book.parts
        for item in part.items
        for piece in item
        if piece.kind == "page"
    }
    assert linked <= set(NAMES)
    steps = next(part for book in runbooks("en") if book.name == "outbox" for part in book.parts if part.is_list)
    assert len(steps.items) == 5
