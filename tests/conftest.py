"""Fixtures for every test: a throwaway PostgreSQL, a fresh database, asyncio."""

from collections.abc import Iterator

import pytest

from launcher.postgres import Cluster
from tests.support import cluster as clusters
from tests.support.cluster import Databases


def pytest_configure(config: pytest.Config) -> None:
    """Name the run, in the process that starts the workers."""
    if not hasattr(config, "workerinput"):
        clusters.begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Clean up after the last worker."""
    if not hasattr(config, "workerinput"):
        clusters.end_run()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, as the services do."""
    return "asyncio"


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The run's PostgreSQL, with the services' roles and a migrated template database."""
    return clusters.shared_cluster()


@pytest.fixture
def databases(cluster: Cluster) -> Iterator[Databases]:
    """The test's own database: `.backend`, `.user_service`, `.order_service` and `.superuser` are addresses."""
    with clusters.fresh_database(cluster) as fresh:
        yield fresh
