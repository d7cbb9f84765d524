"""Fixtures for every test: a throwaway PostgreSQL, a fresh database, asyncio."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from launcher.postgres import Cluster
from tests.support import cluster as clusters
from tests.support.apps import RunningShop, running_shop
from tests.support.cluster import Databases
from tests.support.processes import ShopProcesses, shop_processes
from user_service.auth import passwords


def pytest_configure(config: pytest.Config) -> None:
    """Name the run, in the process that starts the workers."""
    if not hasattr(config, "workerinput"):
        clusters.begin_run()


@pytest.hookimpl(tryfirst=True)  # before what shuffles them, when asked to
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("begins_first") is None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Clean up after the last worker."""
    if not hasattr(config, "workerinput"):
        clusters.end_run()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, as the services do."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[tuple[int, int]]:
    """Make hashes in this process cheap, for nearly every test needs some; gives the memory and passes of the real."""
    real = passwords.MEMORY_KIB, passwords.PASSES
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "MEMORY_KIB", 64)
        patch.setattr(passwords, "PASSES", 1)
        yield real


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The run's PostgreSQL, with the services' roles and a migrated template database."""
    return clusters.shared_cluster()


@pytest.fixture
def databases(cluster: Cluster) -> Iterator[Databases]:
    """The test's own database: `.backend`, `.user_service`, `.order_service` and `.superuser` are addresses."""
    with clusters.fresh_database(cluster) as fresh:
        yield fresh


@pytest.fixture
async def shop(databases: Databases) -> AsyncIterator[RunningShop]:
    """The three services in this process over the test's own database. For settings or a clock: `running_shop`."""
    async with running_shop(databases) as running:
        yield running


@pytest.fixture
def processes(databases: Databases, tmp_path: Path) -> Iterator[ShopProcesses]:
    """The three services as real processes over the test's own database. For a seeded catalogue: `shop_processes`."""
    with shop_processes(databases, tmp_path) as running:
        yield running
