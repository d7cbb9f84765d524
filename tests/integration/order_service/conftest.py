"""The shop's services, with the order service in the middle: started once a module, emptied for each test."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from launcher.postgres import Cluster
from shopkit.clock import FixedClock
from shopkit.outbox_worker import OutboxWorker
from tests.support import tables as schemas
from tests.support.apps import Login, RunningShop, running_shop
from tests.support.calls import ok, until
from tests.support.cluster import Databases, fresh_database
from tests.support.tables import Tables


@pytest.fixture(scope="module")
def databases(cluster: Cluster) -> Iterator[Databases]:
    """The module's own database."""
    with fresh_database(cluster) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    """A clock that starts at the real moment, because tokens are verified by the real clock."""
    return FixedClock(datetime.now(UTC))


@pytest.fixture(scope="module")
async def running(databases: Databases, clock: FixedClock) -> AsyncIterator[RunningShop]:
    """The three services, running in this process; expired holds are swept when a test says so."""
    settings = {
        "backend": {"sweep_seconds": 300},
        "order_service": {"pool_size": 10, "pieces_per_line": 9_900, "pieces_per_order": 9_900},
    }
    async with running_shop(databases, clock=clock, settings=settings) as services:
        yield services


@pytest.fixture(scope="module")
async def people(running: RunningShop) -> dict[str, Login]:
    """Everybody, logged in before a test moves the clock: a token of tomorrow is not good yet."""
    await running.apps["order_service"].state.service.service_tokens()
    return {
        "lan": await running.register("lan@example.com", name="Lan"),
        "minh": await running.register("minh@example.com", name="Minh"),
        "guest": await running.guest(),
        "admin": await running.admin(),
    }


@pytest.fixture
async def shop(running: RunningShop, people: dict[str, Login], databases: Databases) -> AsyncIterator[RunningShop]:
    """The services over an empty shop."""
    await schemas.empty(databases.superuser, "backend", "order_service")
    yield running
    for transport in running.transports.values():
        transport.down = False


@pytest.fixture
def tables(shop: RunningShop, databases: Databases) -> Iterator[Tables]:
    """What the schemas hold."""
    with schemas.looking_into(databases.superuser) as look:
        yield look


@pytest.fixture(scope="module")
def lan(people: dict[str, Login]) -> Login:
    """A customer."""
    return people["lan"]


@pytest.fixture(scope="module")
def minh(people: dict[str, Login]) -> Login:
    """Another customer."""
    return people["minh"]


@pytest.fixture(scope="module")
def guest(people: dict[str, Login]) -> Login:
    """A guest."""
    return people["guest"]


@pytest.fixture(scope="module")
def admin(people: dict[str, Login]) -> Login:
    """A member of staff."""
    return people["admin"]


@dataclass(frozen=True)
class Counter:
    """Where orders are placed: a cake of 299,000 VND in size M with 50 pieces, and another of 100,000 VND."""

    shop: RunningShop
    tables: Tables
    cake: int
    other: int

    def order(self, who: Login, quantity: int = 1, **more: Any) -> dict[str, Any]:
        """Return the body of an order of the first cake."""
        items = [{"productId": self.cake, "quantity": quantity, "size": "M", "price": 299_000}]
        total = 299_000 * quantity
        return {"userId": who.id, "items": items, "totalAmount": total, "shippingAddress": "123 Main St", **more}

    async def place(self, who: Login, body: Any = None, key: str | None = None) -> httpx.Response:
        """Place an order, of one cake unless told otherwise."""
        headers = who.headers | ({"Idempotency-Key": key} if key else {})
        return await self.shop.orders.post("/api/orders", json=body or self.order(who), headers=headers)

    async def placed(self, who: Login, body: Any = None, key: str | None = None) -> Any:
        """Place an order that must succeed, and return it."""
        return await ok(self.place(who, body, key), 201)

    async def into_cart(self, who: Login, quantity: int) -> str:
        """Put some of the first cake into somebody's cart; return the cart's state."""
        body = {"productId": self.cake, "size": "M", "quantity": quantity}
        cart = await ok(self.shop.backend.post("/api/cart", json=body, headers=who.headers), 201)
        return str(cart["state"])

    async def move(self, who: Login, order: Any, to: str, **more: Any) -> httpx.Response:
        """Ask for an order's next status."""
        path = f"/api/orders/{order['id']}/status"
        return await self.shop.orders.patch(path, json={"status": to, **more}, headers=who.headers)

    async def cancel(self, who: Login, order: Any, **body: Any) -> httpx.Response:
        """Ask for an order's cancellation."""
        return await self.shop.orders.post(f"/api/orders/{order['id']}/cancel", json=body, headers=who.headers)

    async def read(self, who: Login, order: Any) -> Any:
        """Return an order as it is now."""
        return await ok(self.shop.orders.get(f"/api/orders/{order['id']}", headers=who.headers))

    async def settled(self) -> None:
        """Wait until the outbox has been worked off."""
        await until(lambda: self.tables.one("select count(*) from order_service.outbox") == 0, "outbox empty")


@pytest.fixture
def counter(shop: RunningShop, tables: Tables) -> Counter:
    """Where orders are placed."""
    cake = tables.product("cake", name="Bánh", name_en="Cake", sizes={"M": (299_000, 50)})
    other = tables.product("other", category="kem", sizes={"S": (100_000, 50), "L": (500_000, 50)})
    return Counter(shop, tables, cake, other)


@pytest.fixture
def paused(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keep the worker from working; returns what lets it go on and waits for it."""
    service = counter.shop.apps["order_service"].state.service
    outbox = counter.shop.apps["order_service"].state.outbox

    async def idle() -> int:
        return 0

    for worker in outbox.workers:
        monkeypatch.setattr(worker, "run_batch", idle)

    async def not_ahead() -> None:
        pass

    monkeypatch.setattr(counter.shop.apps["order_service"].state.jobs, "confirm_ahead", not_ahead)

    async def resume() -> None:
        stand_in = OutboxWorker(service.database, outbox.handlers, "stand-in")
        while await stand_in.run_batch():
            pass
        assert counter.tables.rows("select * from order_service.outbox") == []

    return resume
