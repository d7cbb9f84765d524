"""Every route, called as nobody, guest, customer, another, admin and services; a refusal changes nothing."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from backend.media.storage import FolderStorage
from tests.contract.matrix import CALLERS, PEOPLE, ROWS, Row, Scene
from tests.contract.openapi import current, operations
from tests.support import tables as schemas
from tests.support.apps import ADMIN, SETTINGS, RunningShop
from tests.support.calls import ok, until
from tests.support.cluster import Databases
from tests.support.tables import Tables

pytestmark = pytest.mark.anyio

KEY = "products/cake.webp"
KNOWN_SECRET = {"service": "backend", "secret": "insecure-service-secret"}


def test_every_route_has_a_row() -> None:
    routes = {(name, method, path) for name in SETTINGS for method, path, _ in operations(current(name))}
    rows = [row.key for row in ROWS]
    assert set(rows) == routes
    assert len(set(rows)) == len(rows)
    assert all(row.statuses.keys() == set(CALLERS) for row in ROWS)


@pytest.fixture(scope="module")
async def pictured(shop: RunningShop, tmp_path_factory: pytest.TempPathFactory) -> RunningShop:
    """The shop with one picture."""
    media = FolderStorage(Path(tmp_path_factory.mktemp("media")))
    await media.put(KEY, b"RIFF", "image/webp")
    shop.apps["backend"].state.pictures._storage = media
    return shop


class Stage:
    """Sets the scene anew for each call: people logged in, a product, the customer's cart, order and hold."""

    def __init__(self, shop: RunningShop, tables: Tables, databases: Databases) -> None:
        self._shop, self._tables, self._databases = shop, tables, databases

    async def set(self) -> tuple[Scene, dict[str, dict[str, str]]]:
        """Return what paths and bodies name, and the headers of the people by what they are."""
        await schemas.empty(self._databases.superuser, "backend", "order_service")
        people = {name: await self._person(name) for name in PEOPLE[:3]}
        people["admin"] = await ok(self._shop.users.post("/api/auth/login", json=ADMIN))
        headers = {name: {"Authorization": f"Bearer {each['accessToken']}"} for name, each in people.items()}
        customer = people["customer"]
        tables = self._tables
        tables.category("empty")
        cake = tables.product("cake", category="mousse", sizes={"S": (199_000, 5), "M": (299_000, 5)})
        line = {"productId": cake, "size": "S"}
        cart = await ok(self._shop.backend.post("/api/cart", json=line, headers=headers["customer"]), 201)
        order = await ok(
            self._shop.orders.post("/api/orders", json=self._order(customer), headers=headers["customer"]), 201
        )
        await until(lambda: tables.one("select count(*) from order_service.outbox") == 0, "outbox empty")
        return {
            "userId": customer["user"]["id"],
            "login": ADMIN,
            "credentials": KNOWN_SECRET,
            "newId": str(uuid4()),
            "refreshToken": customer["refreshToken"],
            "size": "M",
            "name": "purchases",
            "key": KEY,
            "order_id": order["id"],
            "orderNumber": order["number"],
            "token": order["trackingToken"],
            "user_id": customer["user"]["id"],
            "email": customer["user"]["email"],
            "session_id": customer["sessionId"],
            "/api/products": cake,
            "/api/admin": cake,
            "/api/cart": cart["items"][0]["id"],
            "/api/categories": tables.category("empty"),
            "categoryIds": [tables.category("empty"), tables.category("mousse")],
            "/api/orders": order["id"],
        }, headers

    async def _person(self, name: str) -> Any:
        session = await ok(self._shop.users.post("/api/auth/guest"), 201)
        if name == "guest":
            return session
        # As registering would, but for the password, whose hashing takes its time.
        email = f"{name}-{session['user']['id']}@example.com"
        become = "update user_service.users set role = 'CUSTOMER', email = %s, password_hash = '' where id = %s"
        self._tables.run(become, email, session["user"]["id"])
        refresh = {"refreshToken": session["refreshToken"]}
        return await ok(self._shop.users.post("/api/auth/refresh", json=refresh))

    @staticmethod
    def _order(customer: Any) -> dict[str, Any]:
        items = [{"productId": 1, "quantity": 1, "size": "M", "price": 299_000}]
        return {
            "userId": customer["user"]["id"],
            "items": items,
            "totalAmount": 299_000,
            "shippingAddress": "1 Main St",
            "contactPhone": "0901234567",
        }


def filled_in(row: Row, scene: Scene) -> str:
    """Return the row's path; what `{id}` stands for depends on the resource."""
    about = next((scene[prefix] for prefix in scene if prefix.startswith("/") and row.path.startswith(prefix)), None)
    return row.path.format(**{name: value for name, value in scene.items() if name.isidentifier()}, id=about)


async def call(shop: RunningShop, row: Row, scene: Scene, headers: dict[str, str]) -> httpx.Response:
    return await shop.clients[row.service].request(
        row.method,
        filled_in(row, scene),
        params=row.parameters,
        json=row.body(scene) if row.body else None,
        files=row.files,
        content=row.content,
        headers=headers,
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row.key))
async def test_who_may(pictured: RunningShop, tables: Tables, databases: Databases, row: Row) -> None:
    stage = Stage(pictured, tables, databases)
    admitted = [caller for caller in CALLERS if row.statuses[caller] < 400]
    if row.path in {"/api/orders/stream", "/api/products/changes"}:
        admitted = []  # a stream never ends in this process; tests/integration/faults follows them for real
    scene, people = await stage.set()
    services = dict(zip(("service", "stranger"), row.services, strict=True))

    async def headers_of(caller: str) -> dict[str, str]:
        if caller in services:
            return await pictured.service_headers(services[caller])
        return people.get(caller, {})

    before = tables.everything()
    for caller in CALLERS:
        if row.statuses[caller] >= 400:
            answer = await call(pictured, row, scene, await headers_of(caller))
            assert answer.status_code == row.statuses[caller], f"{caller}: {answer.text}"
            assert answer.headers["content-type"] == "application/problem+json"
            assert tables.everything() == before, caller
    for number, caller in enumerate(admitted):
        if number and row.method != "GET":
            scene, people = await stage.set()
        answer = await call(pictured, row, scene, await headers_of(caller))
        assert answer.status_code == row.statuses[caller], f"{caller}: {answer.text}"
