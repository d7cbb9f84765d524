"""A running user service over a fresh database, and what its tests say to it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import httpx
import orjson
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from shopkit.clock import FixedClock
from tests.support.cluster import Databases
from user_service.app import build
from user_service.settings import UserSettings

ADMIN = {"email": "admin@sweetdream.com", "password": "admin123"}
LAN = {
    "email": "lan@example.com",
    "password": "correct horse",
    "name": "Lan",
    "phone": "0901 234 567",
    "address": "1 Hàng Bài",
}
SECRET = "insecure-service-secret"


class Backend(httpx.AsyncBaseTransport):
    """Stands in for the backend: records the calls it gets and answers as told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, Any], str]] = []
        self.answer: Callable[[], httpx.Response] = lambda: httpx.Response(204)
        self.hang: Callable[[], Any] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = orjson.loads(await request.aread())
        self.calls.append((request.method, request.url.path, body, request.headers["Authorization"]))
        if self.hang is not None:
            await self.hang()
        return self.answer()

    @property
    def merges(self) -> list[dict[str, Any]]:
        return [body for _, path, body, _ in self.calls if path == "/internal/carts/merge"]


@dataclass
class Api:
    """A client of one running instance."""

    app: FastAPI
    http: httpx.AsyncClient
    databases: Databases
    tokens: dict[str, str] = field(default_factory=dict)

    async def call(
        self,
        method: str,
        path: str,
        json: Any = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        headers = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        return await self.http.request(method, path, json=json, headers=headers, **more)

    async def ok(self, method: str, path: str, json: Any = None, token: str | None = None, **more: Any) -> Any:
        response = await self.call(method, path, json, token, **more)
        assert response.is_success, response.text
        return response.json() if response.content else None

    async def refused(
        self, status: int, code: str, method: str, path: str, json: Any = None, token: str | None = None, **more: Any
    ) -> httpx.Response:
        response = await self.call(method, path, json, token, **more)
        assert (response.status_code, response.json()["code"]) == (status, code), response.text
        assert response.headers["content-type"] == "application/problem+json"
        return response

    async def guest(self) -> Any:
        return await self.ok("POST", "/api/auth/guest")

    async def register(self, email: str = LAN["email"], token: str | None = None, **more: str) -> Any:
        return await self.ok("POST", "/api/auth/register", {**LAN, "email": email, **more}, token)

    async def login(self, email: str = LAN["email"], password: str = LAN["password"], token: str | None = None) -> Any:
        return await self.ok("POST", "/api/auth/login", {"email": email, "password": password}, token)

    async def admin(self) -> str:
        """Return an admin's token."""
        if "admin" not in self.tokens:
            self.tokens["admin"] = (await self.ok("POST", "/api/auth/login", ADMIN))["accessToken"]
        return self.tokens["admin"]

    async def service(self, name: str) -> str:
        """Return a service's token."""
        reply = await self.ok("POST", "/internal/service-token", {"service": name, "secret": SECRET})
        return str(reply["accessToken"])

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Return what the database holds."""
        with psycopg.connect(self.databases.superuser, options="-c search_path=user_service,public") as connection:
            return connection.execute(query, values).fetchall()

    def write(self, statement: str, *values: Any) -> None:
        """Change what the database holds."""
        with psycopg.connect(self.databases.superuser, options="-c search_path=user_service,public") as connection:
            connection.execute(statement, values)

    def pass_time(self, seconds: int) -> None:
        """Let the windows of attempts, which the database's clock measures, grow older."""
        self.write("update attempts set window_started_at = window_started_at - make_interval(secs => %s)", seconds)

    def everything(self) -> list[Any]:
        """Return all people, sessions and what the audit log says, to show that a refused call changed nothing."""
        return [
            self.rows("select * from users order by id"),
            self.rows("select id, user_id, ended_at, ended_reason from sessions order by id"),
            self.rows("select token_hash, used_at from refresh_tokens order by token_hash"),
            self.rows("select * from outbox order by id"),
            self.rows("select * from audit_entry order by id"),
        ]


def record_statements(api: Api) -> list[str]:
    """Return a list that grows by each statement that the service's sessions run."""
    statements: list[str] = []

    def record(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(api.app.state.database.engine.sync_engine, "before_cursor_execute", record)
    return statements


def count_calls(monkeypatch: pytest.MonkeyPatch, module: ModuleType, *names: str) -> list[str]:
    """Return a list that grows by a name with each call of that function of a library."""
    calls: list[str] = []

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            calls.append(name)
            return function(*arguments, **options)

        return call

    for name in names:
        monkeypatch.setattr(module, name, counted(name, getattr(module, name)))
    return calls


Start = Callable[..., AbstractAsyncContextManager[Api]]


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def clock() -> FixedClock:
    """A clock that starts at the real moment, because tokens are verified by the real clock."""
    return FixedClock(datetime.now(UTC))


@pytest.fixture
def start(databases: Databases, backend: Backend, clock: FixedClock) -> Start:
    """Start an instance of the service; settings may be given."""

    @asynccontextmanager
    async def starting(**options: Any) -> AsyncIterator[Api]:
        settings = UserSettings(database_url=databases.user_service, **options)
        app = build(settings, clock=clock, transports={"backend": backend})
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://user_service") as http,
        ):
            yield Api(app, http, databases)

    return starting


@pytest.fixture
async def api(start: Start) -> AsyncIterator[Api]:
    """The service, running."""
    async with start() as running:
        yield running
