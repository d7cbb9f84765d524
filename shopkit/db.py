"""PostgreSQL for a service: SQLModel sessions for everyday work, a psycopg pool for the hot paths.

Both log in with the service's own role, which can touch its own schema alone; `search_path` starts there.

Nobody waits long for a database that is away: connecting, waiting for a connection and waiting for an answer each end
after two to four seconds with an error that the app answers as 503; a request that meets one after the other waits for
their sum. A statement that the server itself is slow with ends after `statement_timeout_ms`, three seconds. Once the
database is back, connections follow in a second.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, ClassVar

import orjson
import psycopg
import psycopg_pool
import sqlalchemy.exc
from psycopg import AsyncConnection, OperationalError
from psycopg.errors import _WaitTimeout
from psycopg.rows import TupleRow
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import MetaData, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from shopkit.settings import ServiceSettings

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
POOL_TIMEOUT_S = 2.0
CONNECT_TIMEOUT_S = 2
"""The least that libpq takes."""
RECONNECT_S = 1.0
"""The pool tries to connect for so long, and anew whenever somebody asks. Its own rhythm would slow down to minutes."""
ANSWER_GRACE_S = 0.5
"""How much later than the server's own time limit for statements we give up on a server that says nothing at all."""
POLL_S = 0.1
"""psycopg's own; on asyncio it only bounds how long an interruption goes unnoticed."""
RECYCLE_S = 1_800

UNAVAILABLE: tuple[type[Exception], ...] = (
    psycopg.OperationalError,
    psycopg.InternalError,  # of the server: it cannot write a file, for example
    psycopg_pool.PoolTimeout,
    psycopg_pool.TooManyRequests,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InternalError,
    sqlalchemy.exc.TimeoutError,
)
"""What is raised when the database does not answer, or not in time."""

set_json_loads(orjson.loads)  # several times as fast as the standard library's


def schema_metadata(schema: str) -> MetaData:
    """Return the metadata that a service's tables belong to."""
    return MetaData(schema=schema, naming_convention=NAMING_CONVENTION)


class PatientConnection(AsyncConnection[TupleRow]):
    """A connection that is given up when the server does not answer: stopped, or beyond a network that is gone."""

    answer_s = 3.0

    async def wait(self, gen: Any, interval: float = POLL_S, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        """Wait for the server, as psycopg does everywhere."""
        if timeout is not None:
            return await super().wait(gen, interval, timeout)
        try:
            return await super().wait(gen, interval, self.answer_s)
        except _WaitTimeout:
            self.pgconn.finish()
            raise OperationalError("the database does not answer") from None


def _check_open(connection: AsyncConnection[TupleRow]) -> None:
    """Raise if the server has closed an idle connection; that costs two system calls, and no round trip."""
    connection.pgconn.consume_input()  # what the server said before it closed
    connection.pgconn.consume_input()


def _check_out(connection: Any, *_: Any) -> None:
    """Check a connection of the engine; SQLAlchemy then replaces it, and all that are as old."""
    try:
        _check_open(connection.driver_connection)
    except OperationalError as error:
        raise InvalidatePoolError from error


@asynccontextmanager
async def long_transaction(connection: AsyncConnection[TupleRow], seconds: int) -> AsyncIterator[None]:
    """Give a transaction whose statements may take up to `seconds` each."""
    assert isinstance(connection, PatientConnection)  # the pool's
    usual = connection.answer_s
    connection.answer_s = seconds + ANSWER_GRACE_S
    try:
        async with connection.transaction():
            await connection.execute("select set_config('statement_timeout', %s, true)", (f"{seconds}s",))
            yield
    finally:
        connection.answer_s = usual


class Database:
    """A service's connections: `pool` (autocommit, for the hot paths) and `session()` (SQLModel, one transaction)."""

    CONNECTION: ClassVar[dict[str, Any]] = {"connect_timeout": CONNECT_TIMEOUT_S, "keepalives_idle": 30}

    def __init__(
        self, settings: ServiceSettings, schema: str, parameters: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        server_parameters = {
            "search_path": f"{schema},public",
            "statement_timeout": str(settings.statement_timeout_ms),
            "timezone": "UTC",
            **parameters,
        }
        options = " ".join(f"-c {name}={value}" for name, value in server_parameters.items())
        # One name for each process: PostgreSQL knows by it whether the process lives.
        self.application_name = f"{schema} {secrets.token_hex(4)}"
        arguments = {**self.CONNECTION, "options": options, "application_name": self.application_name}
        self.conninfo = settings.database_url

        class Connection(PatientConnection):
            answer_s = settings.statement_timeout_ms / 1_000 + ANSWER_GRACE_S

        self.engine: AsyncEngine = create_async_engine(
            settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=settings.pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_S,
            pool_recycle=RECYCLE_S,
            connect_args={**arguments, "async_creator_fn": Connection.connect},
            hide_parameters=True,  # errors are logged, and parameters are people's data
        )
        event.listen(self.engine.sync_engine, "checkout", _check_out)
        self._sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)
        self.pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            settings.database_url,
            connection_class=Connection,
            kwargs={**arguments, "autocommit": True},
            min_size=1,
            max_size=settings.pool_size,
            timeout=POOL_TIMEOUT_S,
            max_lifetime=RECYCLE_S,
            reconnect_timeout=RECONNECT_S,
            check=self._check,
            open=False,
        )

    async def open(self) -> None:
        """Open the pool; connections follow in the background, so that a start does not wait for the database."""
        await self.pool.open()

    async def close(self) -> None:
        """Close every connection."""
        await self.pool.close()
        await self.engine.dispose()

    async def _check(self, connection: AsyncConnection[TupleRow]) -> None:
        """Check a connection of the pool. If it is closed, the others will be too: a restart costs nobody an error."""
        try:
            _check_open(connection)
        except OperationalError:
            await self.pool.drain()
            raise

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Give a session: committed at the end, rolled back on an error."""
        async with self._sessions() as session, session.begin():
            yield session

    async def ping(self) -> None:
        """Raise if the database does not answer."""
        async with self.pool.connection() as connection:
            await connection.execute("select 1")


async def database(request: Request) -> Database:
    """Return the app's database, as a FastAPI dependency."""
    return request.app.state.database  # type: ignore[no-any-return]


class Table(SQLModel):
    """Base of table models; each service derives one that carries its own metadata."""
