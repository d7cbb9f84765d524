"""The OpenAPI document, held against the running service by schemathesis: what it promises is what is answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import strategies
from pydantic import TypeAdapter, ValidationError
from schemathesis.core.result import Ok

from shopkit.contracts.users import Email
from tests.integration.user_service.conftest import ADMIN, SECRET
from tests.support.cluster import Databases
from tests.support.fuzz import fuzz
from tests.support.ports import free_port
from user_service.app import build
from user_service.settings import UserSettings

pytestmark = pytest.mark.begins_first

UNLIMITED = {
    "guests_per_address": 100_000,
    "registrations_per_address": 100_000,
    "login_failures_per_account": 100_000,
    "login_failures_per_address": 100_000,
    "login_failures_everywhere": 100_000,
}


def _deliverable(email: str) -> bool:
    try:
        TypeAdapter(Email).validate_python(email)
    except ValidationError:
        return False
    return True


# The format cannot say that reserved domains (.test, .invalid) are refused.
schemathesis.openapi.format("email", strategies.emails().filter(_deliverable))


@contextmanager
def serving(databases: Databases) -> Iterator[str]:
    """Run the service on a port of its own, in a thread: its connections belong to one event loop."""
    port = free_port()
    app = build(UserSettings(database_url=databases.user_service, **UNLIMITED))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None))
    thread = Thread(target=server.run)
    thread.start()
    try:
        deadline = monotonic() + 30
        while not server.started and monotonic() < deadline:
            sleep(0.02)
        assert server.started
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(params=["nobody", "admin", "storefront"])
def caller(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def headers_of(caller: str, url: str) -> dict[str, str]:
    if caller == "nobody":
        return {}
    if caller == "admin":
        answer = httpx.post(f"{url}/api/auth/login", json=ADMIN)
    else:
        answer = httpx.post(f"{url}/internal/service-token", json={"service": caller, "secret": SECRET})
    return {"Authorization": f"Bearer {answer.raise_for_status().json()['accessToken']}"}


def test_schemathesis_finds_nothing(databases: Databases, caller: str) -> None:
    tried = 0
    with serving(databases) as url:
        for result in schemathesis.openapi.from_url(f"{url}/openapi.json").get_all_operations():
            assert isinstance(result, Ok)
            # Logged in anew for each operation: one of the last one's cases may have ended the session.
            fuzz(result.ok(), headers_of(caller, url), examples=20)
            tried += 1
    assert tried == 20
