"""What the documents promise is what is answered: schemathesis tries to prove otherwise, as each kind of caller."""

from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from schemathesis.core.result import Ok

from launcher.postgres import Cluster
from tests.contract.openapi import current, operations
from tests.support.apps import ADMIN
from tests.support.calls import complaints
from tests.support.cluster import Databases, fresh_database
from tests.support.fuzz import fuzz
from tests.support.processes import ENVIRONMENT, ShopProcesses, shop_processes

pytestmark = pytest.mark.begins_first

CALLERS = ("nobody", "customer", "admin", "service")
ENDLESS = "/api/orders/stream"
UNFUZZABLE = "/api/products/changes"
"""It takes nothing, answers everybody, and never ends."""
OPERATIONS = [
    pytest.param(service, method, path, id=f"{service} {method} {path}")
    for service in ("backend", "order_service")
    for method, path, _ in operations(current(service))
    if path != UNFUZZABLE
]


@pytest.fixture(scope="module")
def databases(cluster: Cluster) -> Iterator[Databases]:
    """The module's own database."""
    with fresh_database(cluster) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def processes(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopProcesses]:
    """The services with the reference catalogue."""
    with shop_processes(databases, tmp_path_factory.mktemp("shop"), seed=True) as running:
        yield running


@pytest.fixture(autouse=True)
def complaints_are_shown(processes: ShopProcesses) -> Iterator[None]:
    """Show what the services wrote, where a test fails."""
    with complaints(processes):
        yield


@pytest.fixture(scope="module")
def headers(processes: ShopProcesses) -> dict[str, dict[str, str]]:
    """The headers of each caller's calls."""
    with httpx.Client(base_url=processes.url("user_service"), trust_env=False) as users:

        def bearer(path: str, body: dict[str, str]) -> dict[str, str]:
            answer = users.post(path, json=body).raise_for_status()
            return {"Authorization": f"Bearer {answer.json()['accessToken']}"}

        lan = {"email": "lan@example.com", "password": "correct horse", "name": "Lan"}
        service = {"service": "order_service", "secret": ENVIRONMENT["SERVICE_SECRET"]}
        return {
            "nobody": {},
            "customer": bearer("/api/auth/register", lan),
            "admin": bearer("/api/auth/login", ADMIN),
            "service": bearer("/internal/service-token", service),
        }


@pytest.fixture(scope="module")
def schemas(processes: ShopProcesses) -> dict[str, schemathesis.BaseSchema]:
    """The documents, as the running services answer them."""
    return {
        name: schemathesis.openapi.from_url(f"{processes.url(name)}/openapi.json")
        for name in ("backend", "order_service")
    }


@pytest.mark.parametrize(("service", "method", "path"), OPERATIONS)
def test_nothing_is_found(
    schemas: dict[str, schemathesis.BaseSchema],
    headers: dict[str, dict[str, str]],
    service: str,
    method: str,
    path: str,
) -> None:
    [operation] = [
        result.ok()
        for result in schemas[service].get_all_operations()
        if isinstance(result, Ok) and (result.ok().method.upper(), result.ok().path) == (method, path)
    ]
    for caller in ("nobody",) if path == ENDLESS else CALLERS:
        worthwhile = (caller == "service") == path.startswith("/internal/")
        fuzz(operation, headers[caller], examples=20 if worthwhile else 4)
