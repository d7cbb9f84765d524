"""Two processes of each service, by turns: what one of them remembers must not be all that counts."""

import asyncio
import itertools
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from uuid import uuid4

import httpx
import pytest

from launcher import services
from launcher.postgres import Cluster
from tests.integration.faults.conftest import PRICE, Person, Shop
from tests.support import tables as schemas
from tests.support.apps import ADMIN
from tests.support.balancer import Balancer, balancer
from tests.support.calls import complaints, ok, until
from tests.support.cluster import Databases, fresh_database
from tests.support.ports import free_port
from tests.support.processes import ShopProcesses, shop_processes

pytestmark = [pytest.mark.anyio, pytest.mark.begins_first]

NAMES = tuple(service.name for service in services.API)
PASSWORD = "correct horse"


def second(name: str) -> str:
    return f"{name}_2"


@dataclass(frozen=True)
class Twins(Shop):
    """The shop, whose calls go to both processes of a service by turns."""

    turns: "itertools.cycle[int]"

    def at(self, service: str, path: str) -> str:
        """Return the address of a route at a process that runs."""
        both = [service] if service.endswith("_2") else [service, second(service)]
        alive = [name for name in both if self.processes.running[name].poll() is None]
        return f"{self.processes.url(alive[next(self.turns) % len(alive)])}{path}"

    async def place(self, who: Person, key: str) -> httpx.Response:
        """Order as the storefront does: the same request again until it is answered."""
        while True:
            try:
                answer = await self.order(who, key=key)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def databases(cluster: Cluster) -> Iterator[Databases]:
    """The module's own database."""
    with fresh_database(cluster) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def running(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopProcesses]:
    """Two of each; among themselves they call each other through balancers."""
    with balancer() as backends, balancer() as orders, balancer() as users:
        balancers: dict[str, Balancer] = dict(zip(NAMES, (backends, orders, users), strict=True))
        told = {f"{name.upper()}_URL": one.url for name, one in balancers.items()}
        told |= {"SWEEP_SECONDS": "0.1", "DRAIN_S": "1"}
        folder = tmp_path_factory.mktemp("twins")
        # The first ones need each other before the second ones are there.
        with shop_processes(databases, folder, environment=told, before=lambda shop: _twins(shop, balancers)) as shop:
            yield shop


def _twins(shop: ShopProcesses, balancers: dict[str, Balancer]) -> None:
    for name, one in balancers.items():
        twin = replace(shop.services[name], name=second(name), default_port=free_port())
        shop.services[twin.name], shop.environment[twin.name] = twin, shop.environment[name]
        one.targets += [shop.services[name].port, twin.port]
    for name in NAMES:
        shop.spawn(second(name))


@pytest.fixture
async def processes(running: ShopProcesses, databases: Databases) -> AsyncIterator[ShopProcesses]:
    """The processes, all alive, over an empty shop."""
    for name, process in running.running.items():
        if process.poll() is not None:
            running.start(name)
    await schemas.empty(databases.superuser, "backend", "order_service")
    with complaints(running):
        yield running


@pytest.fixture
async def twins(processes: ShopProcesses, tables: schemas.Tables) -> AsyncIterator[Twins]:
    """The shop, with 50 pieces of one cake."""
    cake = tables.product("cake", sizes={"M": (PRICE, 50)})
    # A connection for each call, as a balancer that tries again on a fresh one makes it look.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=60, trust_env=False, limits=limits) as http:
        yield Twins(processes, http, tables, cake, itertools.cycle(range(2)))


async def test_sixty_shoppers_for_fifty_cakes_at_both(twins: Twins) -> None:
    shoppers = await asyncio.gather(*(twins.guest() for _ in range(60)))
    answers = await asyncio.gather(*(twins.order(who, key="mine") for who in shoppers))
    assert Counter(answer.status_code for answer in answers) == {201: 50, 409: 10}
    await twins.settled()
    assert twins.tables.stock(twins.cake) == 0
    assert twins.tables.one("select count(distinct number) from order_service.orders") == 50
    assert twins.tables.rows("select state, count(*) from backend.hold group by 1") == [("CONFIRMED", 50)]


async def test_one_key_at_both_is_one_order(twins: Twins) -> None:
    guest = await twins.guest()
    answers = await asyncio.gather(*(twins.order(guest, key="double-click") for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {201: 20}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert twins.tables.stock(twins.cake) == 49


async def test_one_of_each_is_killed_amid_a_rush_and_no_order_is_lost(twins: Twins) -> None:
    shoppers = await asyncio.gather(*(twins.guest() for _ in range(30)))
    placing = [asyncio.create_task(twins.place(who, f"rush-{number}")) for number, who in enumerate(shoppers)]
    await asyncio.sleep(0.1)
    for name in NAMES:
        twins.processes.kill(name)
    answers = await asyncio.gather(*placing)
    assert Counter(answer.status_code for answer in answers) == {201: 30}
    await twins.settled()
    assert twins.tables.one("select count(*) from order_service.orders") == 30
    assert twins.tables.stock(twins.cake) == 20
    # A hold whose order service was killed before its order was written waits for the repetition, which took it.
    assert twins.tables.rows("select state, count(*) from backend.hold group by 1") == [("CONFIRMED", 30)]


async def test_the_outbox_of_a_killed_process_is_worked_off_by_the_other(twins: Twins) -> None:
    guest = await twins.guest()
    default = "alter table order_service.outbox alter column next_attempt_at set default"
    twins.tables.run(f"{default} 'infinity'")
    try:
        await ok(twins.order(guest), 201)
    finally:
        twins.tables.run(f"{default} now()")
    twins.processes.kill("order_service")
    twins.tables.run("update order_service.outbox set next_attempt_at = now()")
    await twins.settled()
    assert twins.tables.rows("select state from backend.hold") == [("CONFIRMED",)]


async def test_holds_that_expire_are_given_back_once_by_two_sweepers(twins: Twins) -> None:
    guests = await asyncio.gather(*(twins.guest() for _ in range(10)))
    default = "alter table order_service.outbox alter column next_attempt_at set default"
    twins.tables.run(f"{default} 'infinity'")
    try:
        await asyncio.gather(*(ok(twins.order(who), 201) for who in guests))
    finally:
        twins.tables.run(f"{default} now()")
    assert twins.tables.stock(twins.cake) == 40
    twins.tables.run("delete from order_service.outbox; update backend.hold set expires_at = now()")
    await until(lambda: twins.tables.stock(twins.cake) == 50, "the stock is back")
    await asyncio.sleep(0.5)  # both sweepers look again
    assert twins.tables.stock(twins.cake) == 50
    assert twins.tables.rows("select state, count(*) from backend.hold group by 1") == [("EXPIRED", 10)]


async def test_a_session_that_ended_at_one_is_over_at_all(twins: Twins) -> None:
    email = f"{uuid4().hex[:8]}@example.com"
    person = {"email": email, "password": PASSWORD, "name": "Mai", "phone": "0901234567", "address": ""}
    session = await ok(twins.http.post(twins.at("user_service", "/api/auth/register"), json=person), 201)
    headers = {"Authorization": f"Bearer {session['accessToken']}"}
    own = session["user"]["id"]
    routes = {"backend": f"/api/cart/{own}", "order_service": f"/api/orders/user/{own}"}
    routes["user_service"] = f"/api/customers/{own}"
    everywhere = [
        f"{twins.processes.url(process)}{path}" for name, path in routes.items() for process in (name, second(name))
    ]
    for address in everywhere:
        await ok(twins.http.get(address, headers=headers))
    await ok(twins.http.post(twins.at("user_service", "/api/auth/logout"), headers=headers), 204)
    for address in everywhere:
        async with asyncio.timeout(5):
            while (await twins.http.get(address, headers=headers)).status_code != 401:
                await asyncio.sleep(0.02)


async def test_wrong_guesses_at_both_are_counted_together(twins: Twins) -> None:
    guess = {"email": f"{uuid4().hex[:8]}@example.com", "password": "wrong password"}
    answers = [await twins.http.post(twins.at("user_service", "/api/auth/login"), json=guess) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2


async def test_a_token_of_either_is_good_at_both(twins: Twins) -> None:
    for issuer in ("user_service", "user_service_2"):
        session = await ok(twins.http.post(f"{twins.processes.url(issuer)}/api/auth/login", json=ADMIN))
        headers = {"Authorization": f"Bearer {session['accessToken']}"}
        for reader in ("order_service", "order_service_2", "backend", "backend_2"):
            await ok(twins.http.get(f"{twins.processes.url(reader)}/api/admin/audit?limit=1", headers=headers))


async def test_a_price_changed_at_one_is_shown_by_the_other(twins: Twins) -> None:
    staff = await twins.admin()
    path = f"/api/products/{twins.cake}"
    both = [f"{twins.processes.url(name)}{path}" for name in ("backend", "backend_2")]
    for address in both:
        assert (await ok(twins.http.get(address)))["sizes"][0]["price"] == PRICE
    change = f"{twins.processes.url('backend')}{path}/sizes/M"
    await ok(twins.http.patch(change, json={"price": 310_000}, headers=staff.headers))
    for address in both:
        async with asyncio.timeout(5):
            while (await ok(twins.http.get(address)))["sizes"][0]["price"] != 310_000:
                await asyncio.sleep(0.02)


async def test_a_move_is_made_by_one_of_two_who_ask_at_once(twins: Twins) -> None:
    guest, staff = await twins.guest(), await twins.admin()
    order = await ok(twins.order(guest), 201)
    body = {"status": "PROCESSING", "version": order["version"]}
    asked = [
        twins.http.patch(
            f"{twins.processes.url(name)}/api/orders/{order['id']}/status", json=body, headers=staff.headers
        )
        for name in ("order_service", "order_service_2")
    ]
    assert sorted(answer.status_code for answer in await asyncio.gather(*asked)) == [200, 409]
    assert twins.tables.one("select count(*) from order_service.timeline") == 2


async def test_a_process_that_is_replaced_under_load_refuses_nobody(twins: Twins) -> None:
    """Rolling: one of two drains and ends while calls go on; those that ask its health turn to the other in time."""
    address = f"/api/products/{twins.cake}"
    seen: Counter[int] = Counter()
    done = asyncio.Event()

    async def load() -> None:
        while not done.is_set():
            healthy = [
                name
                for name in ("backend", "backend_2")
                if twins.processes.running[name].poll() is None and await _is_healthy(twins, name)
            ]
            answer = await twins.http.get(f"{twins.processes.url(healthy[0])}{address}")
            seen[answer.status_code] += 1

    loading = [asyncio.create_task(load()) for _ in range(4)]
    await until(lambda: seen[200] > 20, "calls are answered")
    await asyncio.to_thread(twins.processes.kill, "backend", signal.SIGTERM)
    twins.processes.start("backend")
    before = seen[200]
    await until(lambda: seen[200] > before + 20, "calls are answered by the new one")
    done.set()
    await asyncio.gather(*loading)
    assert set(seen) == {200}


async def _is_healthy(twins: Twins, name: str) -> bool:
    try:
        return (await twins.http.get(f"{twins.processes.url(name)}/health")).is_success
    except httpx.TransportError:
        return False
