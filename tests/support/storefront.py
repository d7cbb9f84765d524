"""The whole shop in real processes, storefront included, for tests that look at it through a browser."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.apps import ADMIN
from tests.support.cluster import Databases
from tests.support.processes import ShopProcesses, shop_processes

UNDO_S = 4.0
"""How long staff can undo a move in tests: shorter than in the shop, for every move waits it out."""


@dataclass
class Site:
    """A running shop: `url` is the storefront's, `shop` its processes, `admin` calls the services as staff."""

    url: str
    shop: ShopProcesses
    admin: "Staff"


class Staff:
    """What staff do behind a test's back, through the API."""

    def __init__(self, shop: ShopProcesses) -> None:
        self._shop = shop
        self._http = httpx.Client(timeout=30, trust_env=False)
        self._token = ""

    def call(self, service: str, method: str, path: str, json: Any = None) -> Any:
        """Call a service as the first admin."""
        if not self._token:
            login = self._http.post(f"{self._shop.url('user_service')}/api/auth/login", json=ADMIN).raise_for_status()
            self._token = login.json()["accessToken"]
        return self.call_as(self._token, service, method, path, json)

    def call_as(self, token: str, service: str, method: str, path: str, json: Any = None) -> Any:
        """Call a service as whoever a token belongs to."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = self._http.request(method, self._shop.url(service) + path, json=json, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def set_stock(self, product_id: int, size: str, stock: int) -> None:
        """Set what is left of a size."""
        self.call("backend", "PATCH", f"/api/products/{product_id}/sizes/{size}/stock", {"stock": stock})

    def set_price(self, product_id: int, size: str, price: int) -> None:
        """Set a size's price in VND."""
        self.call("backend", "PATCH", f"/api/products/{product_id}/sizes/{size}", {"price": price})

    def move_order(self, order_id: str, status: str, note: str = "") -> None:
        """Move an order to its next status."""
        self.call("order_service", "PATCH", f"/api/orders/{order_id}/status", {"status": status, "note": note})

    def newest_order(self) -> dict[str, Any]:
        """Return the order placed last."""
        orders: list[dict[str, Any]] = self.call("order_service", "GET", "/api/orders?limit=1")["items"]
        return orders[0]

    def count_orders(self) -> int:
        """Return how many orders there are."""
        total: int = self.call("order_service", "GET", "/api/orders?limit=1")["total"]
        return total

    def sizes(self) -> dict[tuple[int, str], tuple[int, int]]:
        """Return every size's stock and price in VND, by product id and size."""
        products = self.call("backend", "GET", "/api/admin/products?limit=100")["items"]
        return {
            (product["id"], size["size"]): (size["stock"], size["price"])
            for product in products
            for size in product["sizes"]
        }

    def product(self, slug: str) -> dict[str, Any]:
        """Return a product as the API tells it."""
        found: dict[str, Any] = self.call("backend", "GET", f"/api/products/{slug}")
        return found

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


@contextmanager
def put_right(site: Site) -> Iterator[None]:
    """Lend a shop; then start what was killed, and bring stock and prices back."""
    before = site.admin.sizes()
    try:
        yield
    finally:
        for name, process in site.shop.running.items():
            if process.poll() is not None:
                site.shop.start(name)
        for (product_id, size), (stock, price) in site.admin.sizes().items():
            if (product_id, size) in before and (stock, price) != before[product_id, size]:
                stood, cost = before[product_id, size]
                site.admin.set_stock(product_id, size, stood)
                site.admin.set_price(product_id, size, cost)


@contextmanager
def site(databases: Databases, folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Site]:
    """Run the seeded shop with its storefront, built from it."""
    told = {"UNDO_S": str(UNDO_S), **(environment or {})}
    with shop_processes(databases, folder, environment=told, seed=True, with_storefront=True) as shop:
        staff = Staff(shop)
        try:
            yield Site(shop.url("storefront"), shop, staff)
        finally:
            staff.close()
