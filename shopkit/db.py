"""PostgreSQL for a service: SQLModel sessions for everyday work, a psycopg pool for the hot paths.

Both log in with the service's own role, which can touch its own schema alone; `search_path` starts there.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, ClassVar

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import MetaData
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
POOL_TIMEOUT_S = 10.0
RECYCLE_S = 1_800


def schema_metadata(schema: str) -> MetaData:
    """Return the metadata that a service's tables belong to."""
    return MetaData(schema=schema, naming_convention=NAMING_CONVENTION)


class Database:
    """A service's connections: `pool` (autocommit, for the hot paths) and `session()` (SQLModel, one transaction)."""

    CONNECTION: ClassVar[dict[str, Any]] = {"connect_timeout": 3, "keepalives_idle": 30}

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
        arguments = {**self.CONNECTION, "options": options, "application_name": schema}
        self.conninfo = settings.database_url
        self.engine: AsyncEngine = create_async_engine(
            settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=settings.pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_S,
            pool_recycle=RECYCLE_S,
            pool_pre_ping=True,
            connect_args=arguments,
        )
        self._sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)
        self.pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            settings.database_url,
            kwargs={**arguments, "autocommit": True},
            min_size=1,
            max_size=settings.pool_size,
            timeout=POOL_TIMEOUT_S,
            max_lifetime=RECYCLE_S,
            check=AsyncConnectionPool.check_connection if settings.environment == "production" else None,
            open=False,
        )

    async def open(self) -> None:
        """Open the pool; connections follow in the background, so that a start does not wait for the database."""
        await self.pool.open()

    async def close(self) -> None:
        """Close every connection."""
        await self.pool.close()
        await self.engine.dispose()

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
