"""The services in the test's own process: real apps over a real database, wired to each other without sockets.

Answers arrive whole, so the order stream cannot be read this way; `tests.support.processes` runs it for real.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import httpx
from fastapi import FastAPI

from shopkit.clock import Clock
from tests.support.cluster import Databases

SETTINGS = {
    "user_service": ("user_service.settings", "UserSettings"),
    "backend": ("backend.settings", "BackendSettings"),
    "order_service": ("order_service.settings", "OrderSettings"),
}
DEFAULTS: dict[str, dict[str, Any]] = {
    # Everybody in a test comes from one address.
    "user_service": {"guests_per_address": 100_000, "registrations_per_address": 100_000},
    "backend": {"catalog_cache_s": 0, "media_folder": "/nonexistent"},
    "order_service": {
        "orders_per_person": 100_000,
        "orders_per_address": 100_000,
        "pieces_per_address": 100_000,
        "open_pieces_per_person": 100_000,
    },
}
ADMIN = {"email": "admin@sweetdream.com", "password": "admin123"}


class InProcess(httpx.AsyncBaseTransport):
    """Calls a service in this process. `down` makes it unreachable."""

    def __init__(self) -> None:
        self.app: FastAPI | None = None
        self.down = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on, or refuse the connection as a dead service's port does."""
        if self.app is None or self.down:
            raise httpx.ConnectError("connection refused", request=request)
        return await httpx.ASGITransport(self.app).handle_async_request(request)


@dataclass
class RunningShop:
    """The services by name: `apps`, `transports` (set `.down`), and HTTP clients that log nobody in."""

    apps: dict[str, FastAPI] = field(default_factory=dict)
    transports: dict[str, InProcess] = field(default_factory=dict)
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    @property
    def backend(self) -> httpx.AsyncClient:
        """The backend's client."""
        return self.clients["backend"]

    @property
    def users(self) -> httpx.AsyncClient:
        """The user service's client."""
        return self.clients["user_service"]

    @property
    def orders(self) -> httpx.AsyncClient:
        """The order service's client."""
        return self.clients["order_service"]

    async def register(self, email: str = "mai@example.com", password: str = "correct horse", **fields: str) -> "Login":
        """Register a customer."""
        person = {"email": email, "password": password, "name": "Mai", "phone": "", "address": "", **fields}
        return _login(await self.users.post("/api/auth/register", json=person))

    async def guest(self) -> "Login":
        """Make a guest account."""
        return _login(await self.users.post("/api/auth/guest"))

    async def admin(self) -> "Login":
        """Log the first admin in."""
        return _login(await self.users.post("/api/auth/login", json=ADMIN))

    async def service_headers(self, name: str) -> dict[str, str]:
        """Return the headers of a call by the service `name`."""
        secret = self.apps["user_service"].state.service.settings.service_secret.get_secret_value()
        answer = await self.users.post("/internal/service-token", json={"service": name, "secret": secret})
        return {"Authorization": f"Bearer {answer.raise_for_status().json()['accessToken']}"}


@dataclass(frozen=True)
class Login:
    """A logged-in person: their id, the headers of their calls, and the whole answer."""

    id: int
    headers: dict[str, str]
    session: dict[str, Any]


def _login(answer: httpx.Response) -> Login:
    session = answer.raise_for_status().json()
    return Login(session["user"]["id"], {"Authorization": f"Bearer {session['accessToken']}"}, session)


@asynccontextmanager
async def running_shop(
    databases: Databases,
    *,
    names: Iterable[str] = SETTINGS,
    clock: Clock | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> AsyncIterator[RunningShop]:
    """Run the services `names` with their lifespans. `settings` adds to each one's, by service name."""
    shop = RunningShop(transports={name: InProcess() for name in SETTINGS})
    async with AsyncExitStack() as stack:
        for name in names:
            module, kind = SETTINGS[name]
            values = {**DEFAULTS[name], **(settings or {}).get(name, {})}
            if name == "backend":
                values.setdefault("analytics_database_url", databases.url("analytics"))
            configured = getattr(import_module(module), kind)(database_url=databases.url(name), **values)
            app = import_module(f"{name}.app").build(configured, clock=clock, transports=shop.transports)
            await stack.enter_async_context(app.router.lifespan_context(app))
            shop.apps[name] = shop.transports[name].app = app
            transport = shop.transports[name]
            client = httpx.AsyncClient(transport=transport, base_url=f"http://{name}", timeout=30)
            shop.clients[name] = await stack.enter_async_context(client)
        yield shop
