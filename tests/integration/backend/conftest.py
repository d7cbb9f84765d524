"""The backend with the user service that signs its callers' tokens: started once a module, emptied for each test."""

from collections.abc import AsyncIterator, Iterator

import pytest

from launcher.postgres import Cluster
from tests.support import tables as schemas
from tests.support.apps import Login, RunningShop, running_shop
from tests.support.cluster import Databases, fresh_database
from tests.support.tables import Tables


@pytest.fixture(scope="module")
def databases(cluster: Cluster) -> Iterator[Databases]:
    """The module's own database."""
    with fresh_database(cluster) as fresh:
        yield fresh


@pytest.fixture(scope="module")
async def running(databases: Databases) -> AsyncIterator[RunningShop]:
    """The two services, running in this process."""
    async with running_shop(databases, names=("user_service", "backend")) as services:
        yield services


@pytest.fixture
async def shop(running: RunningShop, databases: Databases) -> RunningShop:
    """The two services over an empty catalogue."""
    await schemas.empty(databases.superuser, "backend")
    return running


@pytest.fixture
def tables(shop: RunningShop, databases: Databases) -> Iterator[Tables]:
    """What the schemas hold."""
    with schemas.looking_into(databases.superuser) as look:
        yield look


@pytest.fixture(scope="module")
async def lan(running: RunningShop) -> Login:
    """A customer."""
    return await running.register("lan@example.com", name="Lan")


@pytest.fixture(scope="module")
async def guest(running: RunningShop) -> Login:
    """A guest."""
    return await running.guest()


@pytest.fixture(scope="module")
async def admin(running: RunningShop) -> Login:
    """A member of staff."""
    return await running.admin()


@pytest.fixture(scope="module")
async def order_service(running: RunningShop) -> dict[str, str]:
    """The headers of a call by the order service."""
    return await running.service_headers("order_service")
