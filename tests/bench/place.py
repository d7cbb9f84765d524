"""What benchmarks run on: a cluster with ordinary, durable settings, migrated, seeded, and processes over it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from launcher import processes
from launcher.migrate import migrate
from launcher.paths import ROOT
from launcher.postgres import HOST, Cluster, free_port, programs
from shopkit.provision import provision
from tests.bench.load import Call, Result

ROLES = ("backend", "user_service", "order_service", "analytics")
DATABASE = "bench"
PASSWORD = "bench"
PGBENCH_CLIENTS = 8
ORDER_LIMITS = ("ORDERS_PER_PERSON", "ORDERS_PER_ADDRESS", "PIECES_PER_ADDRESS", "OPEN_PIECES_PER_PERSON")


@dataclass(frozen=True)
class Place:
    """A cluster to measure on."""

    cluster: Cluster
    folder: Path

    def url(self, role: str) -> str:
        """Return the address of the database for a service's role."""
        return self.cluster.url(DATABASE, role, PASSWORD)

    def environment(self, role: str, **more: str) -> dict[str, str]:
        """Return what a service is told."""
        return {
            "DATABASE_URL": self.url(role),
            "ANALYTICS_DATABASE_URL": self.url("analytics"),
            "MEDIA_FOLDER": str(self.folder / "media"),
            "LOG_LEVEL": "WARNING",
            # All load comes from one address, and a few people order for many.
            "GUESTS_PER_ADDRESS": "100000",
            **dict.fromkeys(ORDER_LIMITS, "100000000"),
            **more,
        }

    def seed(self, products: int) -> float:
        """Grow the catalogue to `products`; return the seconds it took."""
        began = time.perf_counter()
        command = [sys.executable, "-m", "backend.seed", "--products", str(products)]
        processes.run_all({"backend": (command, self.environment("backend"))}, "Seeding")
        return time.perf_counter() - began

    @contextmanager
    def serving(self, factory: str, environment: dict[str, str], port: int | None = None) -> Iterator[str]:
        """Serve an app as the launcher does; give its address."""
        port = port or free_port()
        command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--host", HOST, "--port", str(port)]
        with (self.folder / f"{factory}.log").open("ab") as log:
            process = processes.spawn(
                [*command, "--no-access-log", "--timeout-graceful-shutdown", "3"], log, environment
            )
        try:
            url = f"http://{HOST}:{port}"
            _wait(url, process)
            yield url
        finally:
            processes.end([process])

    def pgbench(self, role: str, statements: list[str], seconds: float) -> float:
        """Return how many times a second PostgreSQL alone runs `statements`, asked by its own load generator."""
        script = self.folder / "script.sql"
        script.write_text(";\n".join(" ".join(statement.split()) for statement in statements) + ";\n")
        options = f"-c search_path={role},public -c pg_trgm.word_similarity_threshold=0.45"
        shape = f"-n -M prepared -T {seconds:.0f} -c {PGBENCH_CLIENTS} -j 2".split()
        done = subprocess.run(
            [programs() / "pgbench", *shape, "-f", script, self.url(role)],
            env={**os.environ, "PGOPTIONS": options},
            capture_output=True,
            text=True,
            check=True,
        )
        line = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
        return float(line.split()[2])


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        try:
            httpx.get(url + "/health", timeout=2, trust_env=False)
        except httpx.TransportError:
            if process.poll() is not None:
                raise RuntimeError("the server ended; see its log") from None
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(url)


def load(url: str, calls: list[Call], *, connections: int, seconds: float, limit: int = 0) -> Result:
    """Load a server from a process of its own, after a short warm-up."""
    if not limit:
        _load(url, calls, connections, 1.0, 0)
    return _load(url, calls, connections, seconds, limit)


def _load(url: str, calls: list[Call], connections: int, seconds: float, limit: int) -> Result:
    job = {
        "url": url,
        "calls": [asdict(call) for call in calls],
        "connections": connections,
        "seconds": seconds,
        "limit": limit,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Result(**json.loads(done.stdout))


@contextmanager
def place() -> Iterator[Place]:
    """Give a fresh place, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="sweetdream-bench-") as folder:
        Path(folder).chmod(0o755)  # the database's account must get through
        cluster = Cluster(Path(folder) / "postgres")
        try:
            cluster.start()
            provision(cluster.url(), dict.fromkeys(ROLES, PASSWORD), DATABASE)
            migrate({role: cluster.url(DATABASE, role, PASSWORD) for role in ROLES})
            yield Place(cluster, Path(folder))
        finally:
            cluster.destroy()
