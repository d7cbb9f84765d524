import httpx
import pytest
from pydantic import SecretStr

from shopkit.client import ServiceClient
from storefront.clients import wiring
from storefront.clients.cart import CartClient
from storefront.clients.catalog import CatalogClient
from storefront.clients.orders import OrderClient
from storefront.clients.reports import ReportClient
from storefront.clients.staff_catalog import StaffCatalogClient
from storefront.clients.terms import ShopTerms
from storefront.clients.tokens import TokenCache
from storefront.clients.users import UserClient
from storefront.session_cookie import SessionSigner
from storefront.shared import Memory
from tests.unit.storefront.fakes import Services


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    """The three services behind the storefront's own clients."""
    fake = Services()

    def client(name: str) -> ServiceClient:
        return ServiceClient(name, f"http://{name}", transport=httpx.MockTransport(fake))

    users = UserClient(client("user-service"), SecretStr("secret"))
    orders = OrderClient(client("order-service"), users)
    doubles = {
        "users": users,
        "catalog": CatalogClient(client("backend")),
        "reports": ReportClient(client("backend")),
        "staff_catalog": StaffCatalogClient(client("backend"), client("backend")),
        "carts": CartClient(client("backend")),
        "orders": orders,
        "terms": ShopTerms(orders),
        "tokens": TokenCache(users),
        "signer": SessionSigner("a secret for the tests", Memory()),
    }
    for name, double in doubles.items():
        monkeypatch.setattr(wiring, name, lambda double=double: double)
    return fake
