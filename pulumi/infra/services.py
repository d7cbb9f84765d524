"""The shop's four services: what each is called, listens on, keeps and calls."""

from dataclasses import dataclass

from infra.routing import ports


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


PORTS = ports()
STOREFRONT = Service(
    "storefront", PORTS["storefront"], ("backend", "order_service", "user_service"), database=False, cache=True
)
BACKEND = Service("backend", PORTS["backend"], ("user_service",))
ORDER_SERVICE = Service("order_service", PORTS["order_service"], ("backend", "user_service"))
USER_SERVICE = Service("user_service", PORTS["user_service"], ("backend",))
APIS = (BACKEND, ORDER_SERVICE, USER_SERVICE)
SERVICES = (STOREFRONT, *APIS)

ANALYTICS = "analytics"
"""The role and schema of the live table of events. The backend serves it, and logs in there with this role."""
SCHEMAS = (*(service.name for service in APIS), ANALYTICS)
"""All schemas that have a role of the same name, and migrations."""
