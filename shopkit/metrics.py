"""What a service counts about itself, for `/metrics` in Prometheus' format."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from shopkit import log
from shopkit.tasks import Supervisor

LATENCY_BUCKETS_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """A process's counters. One per app, so that tests with several apps do not share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.info = Info("service", "What is running.", registry=self.registry)
        self.started = Gauge("service_started_timestamp_seconds", "When it started.", registry=self.registry)
        self.requests = Counter(
            "http_requests_total", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.latency = Histogram(
            "http_request_seconds",
            "Time until the answer begins; a stream may go on for hours.",
            ["route"],
            buckets=LATENCY_BUCKETS_S,
            registry=self.registry,
        )
        self.in_flight = Gauge("http_requests_in_flight", "Requests being answered.", registry=self.registry)
        self.pool_connections = Gauge(
            "db_pool_connections", "Connections of the hot-path pool.", ["state"], registry=self.registry
        )
        self.outbox_depth = Gauge("outbox_depth", "Outbox rows not yet done.", registry=self.registry)
        self.outbox_age = Gauge(
            "outbox_oldest_seconds", "Age of the oldest outbox row not yet done.", registry=self.registry
        )
        self.registry.register(_DroppedLines())

    def watch(self, tasks: Supervisor) -> None:
        """Tell how the long tasks of the process fare."""
        self.registry.register(_Tasks(tasks))

    def gauge(self, name: str, what: str, read: Callable[[], float]) -> None:
        """Add a number of the service's own, read whenever it is asked for."""
        Gauge(name, what, registry=self.registry).set_function(read)

    def render(self) -> bytes:
        """Return everything counted, as text."""
        return generate_latest(self.registry)


class _DroppedLines(Collector):
    def collect(self) -> Iterable[Metric]:
        """Yield how many log lines could not be written."""
        yield CounterMetricFamily(
            "log_lines_dropped", "Log lines that could not be written.", value=log.dropped_lines()
        )


class _Tasks(Collector):
    def __init__(self, tasks: Supervisor) -> None:
        self._tasks = tasks

    def collect(self) -> Iterable[Metric]:
        """Yield the state of each long task."""
        well = GaugeMetricFamily("task_well", "1 while a long task runs and makes progress.", labels=["task"])
        silent = GaugeMetricFamily(
            "task_silent_seconds", "How long it has worked without a sign of progress.", labels=["task"]
        )
        restarts = CounterMetricFamily("task_restarts", "How often it ended and was started again.", labels=["task"])
        for task in self._tasks.tasks.values():
            well.add_metric([task.name], float(task.trouble is None))
            silent.add_metric([task.name], task.silent_s)
            restarts.add_metric([task.name], task.restarts)
        return (well, silent, restarts)
