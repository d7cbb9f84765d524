"""One throwaway PostgreSQL for a whole test run, shared by its xdist workers, and a fresh database for each test."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import fasteners
import psutil
import psycopg
from psycopg import sql

from launcher import services
from launcher.migrate import migrate
from launcher.paths import ROOT
from launcher.postgres import THROWAWAY, Cluster
from launcher.services import SCHEMAS
from shopkit.provision import grant_database, provision

RUN_VARIABLE = "SWEETDREAM_TEST_RUN"
PREFIX = "sweetdream-test-"
TEMPLATE = "template_sweetdream"
ROLES = SCHEMAS
PASSWORD = "test"


def _base() -> Path:
    """Return a folder in memory where there is one: with fsync off the disk would still cost seconds."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())


def _folder() -> Path:
    return _base() / f"{PREFIX}{os.environ[RUN_VARIABLE]}"


def begin_run() -> None:
    """Name this run for its workers, and remove what killed runs left."""
    os.environ[RUN_VARIABLE] = str(os.getpid())
    for service in services.ALL:
        os.environ.pop(service.port_variable, None)  # the developer's choice for the real shop
    for folder in _base().glob(f"{PREFIX}*"):
        run = folder.name.removeprefix(PREFIX).partition("-")[0]
        if run.isdecimal() and not psutil.pid_exists(int(run)):
            _remove(folder)


def end_run() -> None:
    """Stop and remove this run's cluster, if a test made one."""
    _remove(_folder())


def _remove(folder: Path) -> None:
    for pid_file in folder.glob("**/data/postmaster.pid"):
        Cluster(pid_file.parent.parent).stop()
    shutil.rmtree(folder, ignore_errors=True)


def shared_cluster() -> Cluster:
    """Return the run's cluster, with the roles and the migrated template. The first caller makes it."""
    cluster = Cluster(_folder(), settings=THROWAWAY)
    cluster.folder.mkdir(exist_ok=True)
    with fasteners.InterProcessLock(cluster.folder / "template.lock"):
        cluster.start()
        ready = cluster.folder / "template.ready"
        if not ready.exists():
            provision(cluster.url(), dict.fromkeys(ROLES, PASSWORD), TEMPLATE)
            migrate({role: cluster.url(TEMPLATE, role, PASSWORD) for role in ROLES if _has_migrations(role)})
            ready.touch()
    return cluster


def _has_migrations(service: str) -> bool:
    return (ROOT / service / "migrations" / "env.py").exists()


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder in memory that other accounts may enter; clusters left in it are stopped at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=_base()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        _remove(folder)


@dataclass(frozen=True)
class Databases:
    """A test's own database, by the roles that may use it. Every schema is migrated and empty."""

    cluster: Cluster
    name: str

    def url(self, role: str) -> str:
        """Return the address for a service's role."""
        return self.cluster.url(self.name, role, PASSWORD)

    @property
    def backend(self) -> str:
        """The backend's address."""
        return self.url("backend")

    @property
    def user_service(self) -> str:
        """The user service's address."""
        return self.url("user_service")

    @property
    def order_service(self) -> str:
        """The order service's address."""
        return self.url("order_service")

    @property
    def superuser(self) -> str:
        """The address that may look into every schema, for assertions."""
        return self.cluster.url(self.name)


@contextmanager
def fresh_database(cluster: Cluster) -> Iterator[Databases]:
    """Give a copy of the template, dropped at the end."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(cluster.url(), autocommit=True) as server:
        server.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE)
            )
        )
        grant_database(server, name, ROLES)
        try:
            yield Databases(cluster, name)
        finally:
            server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
