"""A small service on shopkit alone, over a fresh database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from shopkit import log
from shopkit.app import Service, create_app
from shopkit.db import Database
from shopkit.settings import ServiceSettings
from shopkit.text import Line
from tests.support.cluster import Databases
from tests.support.tables import Tables, looking_into

router = APIRouter()


class Body(BaseModel):
    """What the small service takes."""

    word: Line


@router.post("/echo")
async def echo(body: Body) -> Body:
    """Return what was sent."""
    return body


@router.get("/things/{thing}")
async def thing(thing: int) -> dict[str, int]:
    """Return a number."""
    return {"thing": thing}


@router.get("/secrets/{secret}/of/{owner}")
async def secret(secret: str, owner: int) -> None:
    """Have something in the path that no log may keep."""


@router.get("/boom")
async def boom() -> None:
    """Fail in a way nobody foresaw."""
    raise RuntimeError("a secret in a traceback")


@router.get("/half")
async def half() -> StreamingResponse:
    """Fail after the answer has begun."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError("a secret in a traceback")

    return StreamingResponse(parts())


@router.get("/slow-end")
async def slow_end() -> StreamingResponse:
    """Begin at once and end later."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.sleep(0.3)
        yield b"last"

    return StreamingResponse(parts())


@router.get("/slow-query")
async def slow_query(request: Request) -> None:
    """Ask the database for more than it may take."""
    async with request.app.state.database.pool.connection() as connection:
        await connection.execute("select pg_sleep(30)")


@router.get("/pool")
async def pool(request: Request) -> None:
    """Use the pool alone."""
    async with request.app.state.database.pool.connection() as connection:
        await connection.execute("select 1")


@router.get("/session")
async def session(request: Request) -> None:
    """Use a session alone."""
    async with request.app.state.database.session() as session:
        await (await session.connection()).exec_driver_sql("select 1")


@router.get("/nested")
async def nested(request: Request) -> int:
    """Use both pools, one after the other, as a request may."""
    database: Database = request.app.state.database
    async with database.session() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("select pg_sleep(0.005)")
    async with database.pool.connection() as direct:
        row = await (await direct.execute("select 1")).fetchone()
    assert row is not None
    return int(row[0])


@dataclass
class Small:
    """The small service while it runs."""

    app: FastAPI
    service: Service
    http: httpx.AsyncClient


Start = Callable[..., AbstractAsyncContextManager[Small]]


@asynccontextmanager
async def small_service(url: str, **settings: Any) -> AsyncIterator[Small]:
    """Run the small service over the database at `url`; nobody is behind the user service's address."""
    configured = ServiceSettings(database_url=url, user_service_url="http://127.0.0.1:1", **settings)
    service = Service("small", configured, Database(configured, "backend"))
    app = create_app(service, [router], title="Small", description="For tests.")
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://small", timeout=30) as http,
    ):
        yield Small(app, service, http)


@pytest.fixture
async def small(databases: Databases) -> AsyncIterator[Small]:
    """The small service, running."""
    async with small_service(databases.backend) as running:
        yield running


@pytest.fixture
def tables(databases: Databases) -> Iterator[Tables]:
    """What the schemas hold."""
    with looking_into(databases.superuser) as look:
        yield look


@pytest.fixture(autouse=True)
def logs() -> None:
    """Log as services do: structlog's own tracebacks, for terminals, take seconds on a busy machine."""
    log.configure("small")


@pytest.fixture
async def background() -> AsyncIterator[Callable[..., asyncio.Task[Any]]]:
    """Start coroutines that are cancelled at the test's end."""
    tasks: list[asyncio.Task[Any]] = []

    def start(coroutine: Any) -> asyncio.Task[Any]:
        tasks.append(asyncio.create_task(coroutine))
        return tasks[-1]

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
