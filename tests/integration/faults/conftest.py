"""The services as real processes, to be killed: started once a module, emptied and whole for each test."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest

from launcher.postgres import Cluster
from tests.support import tables as schemas
from tests.support.apps import ADMIN
from tests.support.calls import complaints, ok, until
from tests.support.cluster import Databases, fresh_database
from tests.support.processes import ShopProcesses, shop_processes
from tests.support.tables import Tables

PRICE = 299_000


@pytest.fixture(scope="module")
def databases(cluster: Cluster) -> Iterator[Databases]:
    """The module's own database."""
    with fresh_database(cluster) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def running(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopProcesses]:
    """The processes; the backend looks for expired holds all the time."""
    environment = {"SWEEP_SECONDS": "0.1"}
    with shop_processes(databases, tmp_path_factory.mktemp("shop"), environment=environment) as processes:
        yield processes


@pytest.fixture
async def processes(running: ShopProcesses, databases: Databases) -> AsyncIterator[ShopProcesses]:
    """The processes, all alive, over an empty shop."""
    for name, process in running.running.items():
        if process.poll() is not None:
            running.start(name)  # never from a thread: a child dies with the thread that made it
    await schemas.empty(databases.superuser, "backend", "order_service")
    with complaints(running):
        yield running


@pytest.fixture
def tables(processes: ShopProcesses, databases: Databases) -> Iterator[Tables]:
    """What the schemas hold."""
    with schemas.looking_into(databases.superuser) as look:
        yield look


@dataclass(frozen=True)
class Person:
    """Somebody logged in, with the headers of their calls."""

    id: int
    headers: dict[str, str]


@dataclass(frozen=True)
class Shop:
    """The shop over the network."""

    processes: ShopProcesses
    http: httpx.AsyncClient
    tables: Tables
    cake: int

    def at(self, service: str, path: str) -> str:
        """Return the address of a route."""
        return f"{self.processes.url(service)}{path}"

    async def guest(self) -> Person:
        """Make a guest."""
        return self._person(await ok(self.http.post(self.at("user_service", "/api/auth/guest")), 201))

    async def admin(self) -> Person:
        """Log the first admin in."""
        return self._person(await ok(self.http.post(self.at("user_service", "/api/auth/login"), json=ADMIN)))

    async def order(
        self,
        who: Person,
        key: str | None = None,
        quantity: int = 1,
        service: str = "order_service",
        cart_state: str | None = None,
    ) -> httpx.Response:
        """Order the shop's one cake, out of the cart if its state is given."""
        items = [{"productId": self.cake, "quantity": quantity, "size": "M", "price": PRICE}]
        body = {"userId": who.id, "items": items, "totalAmount": PRICE * quantity, "shippingAddress": "1 Hàng Bài"}
        if cart_state is not None:
            body["cartState"] = cart_state
        headers = who.headers | ({"Idempotency-Key": key} if key else {})
        return await self.http.post(self.at(service, "/api/orders"), json=body, headers=headers)

    async def move(self, who: Person, order: Any, to: str, service: str = "order_service") -> Any:
        """Move an order to its next status."""
        path = self.at(service, f"/api/orders/{order['id']}/status")
        return await ok(self.http.patch(path, json={"status": to}, headers=who.headers))

    async def into_cart(self, who: Person, quantity: int) -> str:
        """Put the cake into somebody's cart; return the cart's state."""
        body = {"productId": self.cake, "size": "M", "quantity": quantity}
        cart = await ok(self.http.post(self.at("backend", "/api/cart"), json=body, headers=who.headers), 201)
        return str(cart["state"])

    async def settled(self) -> None:
        """Wait until the outbox has been worked off."""
        await until(lambda: self.tables.one("select count(*) from order_service.outbox") == 0, "outbox empty", 30)

    def completed(self) -> list[Any]:
        """Return the events of completed orders that the order service wrote."""
        lines = [json.loads(line) for line in self.processes.log("order_service").splitlines() if line[:1] == "{"]
        return [line for line in lines if line.get("name") == "Order Completed"]

    @staticmethod
    def _person(session: Any) -> Person:
        return Person(session["user"]["id"], {"Authorization": f"Bearer {session['accessToken']}"})


@pytest.fixture
async def shop(processes: ShopProcesses, tables: Tables) -> AsyncIterator[Shop]:
    """The shop, with 50 pieces of one cake."""
    cake = tables.product("cake", sizes={"M": (PRICE, 50)})
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=60, trust_env=False, limits=limits) as http:
        yield Shop(processes, http, tables, cake)


@asynccontextmanager
async def held_up(databases: Databases, table: str, statement: str) -> AsyncIterator["Hold"]:
    """Let nobody write to `table` until the block ends; `Hold.caught` waits for a statement that then stands still."""
    async with await psycopg.AsyncConnection.connect(databases.superuser) as connection:
        await connection.execute(f"lock table {table} in share mode")
        with schemas.looking_into(databases.superuser) as look:
            yield Hold(look, f"%{statement}%")


@dataclass(frozen=True)
class Hold:
    """A statement that stands still in PostgreSQL, and with it the process that sent it."""

    tables: Tables
    like: str

    async def caught(self, asking: "asyncio.Task[httpx.Response] | None" = None) -> None:
        """Wait until the statement waits, which the call `asking` must bring about."""

        def waits() -> bool:
            assert asking is None or not asking.done(), asking.result().text
            return bool(self._waiting("pid"))

        await until(waits, f"{self.like} waits")

    def forget(self) -> None:
        """End the statement, as PostgreSQL does when it finds that who sent it is gone."""
        assert self._waiting("pg_terminate_backend(pid)") == [(True,)]

    def _waiting(self, what: str) -> list[Any]:
        return self.tables.rows(
            f"select {what} from pg_stat_activity where wait_event_type = 'Lock' "
            "and datname = current_database() and query ilike %s and pid <> pg_backend_pid()",
            self.like,
        )
