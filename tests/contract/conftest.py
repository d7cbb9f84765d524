"""The three services in this process, started once a module."""

from collections.abc import AsyncIterator, Iterator

import pytest

from launcher.postgres import Cluster
from tests.support.apps import RunningShop, running_shop
from tests.support.cluster import Databases, fresh_database
from tests.support.tables import Tables, looking_into


@pytest.fixture(scope="module")
def databases(cluster: Cluster) -> Iterator[Databases]:
    """The module's own database."""
    with fresh_database(cluster) as fresh:
        yield fresh


@pytest.fixture(scope="module")
async def shop(databases: Databases) -> AsyncIterator[RunningShop]:
    """The services, running."""
    async with running_shop(databases) as running:
        yield running


@pytest.fixture(scope="module")
def tables(databases: Databases) -> Iterator[Tables]:
    """What the schemas hold."""
    with looking_into(databases.superuser) as look:
        yield look
