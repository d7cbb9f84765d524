"""The shop's four services: what each is called, listens on, keeps and calls."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """One service. `calls` names others; `database` is whether it owns a schema."""

    name: str
    port: int
    calls: tuple[str, ...]
    database: bool = True
    cache: bool = False

    @property
    def slug(self) -> str:
        """The name as AWS and DNS want it."""
        return self.name.replace("_", "-")


STOREFRONT = Service("storefront", 3000, ("backend", "order_service", "user_service"), database=False, cache=True)
BACKEND = Service("backend", 3001, ("user_service",))
ORDER_SERVICE = Service("order_service", 3002, ("backend", "user_service"))
USER_SERVICE = Service("user_service", 3003, ("backend",))
APIS = (BACKEND, ORDER_SERVICE, USER_SERVICE)
SERVICES = (STOREFRONT, *APIS)
