"""The process's clients of the services, each made when it is first needed."""

from functools import cache

import httpx

from shopkit.client import ServiceClient
from storefront.clients.audit import AuditClient
from storefront.clients.cart import CartClient
from storefront.clients.catalog import CatalogClient
from storefront.clients.orders import OrderClient
from storefront.clients.staff_catalog import LONG_TIMEOUT, StaffCatalogClient
from storefront.clients.terms import ShopTerms
from storefront.clients.tokens import TokenCache
from storefront.clients.users import UserClient
from storefront.session_cookie import SessionSigner
from storefront.settings import get_settings
from storefront.shelf import Shelf

TIMEOUT = httpx.Timeout(3.0, connect=1.0)
"""Somebody is waiting at the page. Placing an order alone may take the service client's usual, longer time."""


@cache
def users() -> UserClient:
    """Return the client of the user service."""
    settings = get_settings()
    return UserClient(
        ServiceClient("user_service", settings.user_service_url, timeout=TIMEOUT), settings.service_secret
    )


@cache
def carts() -> CartClient:
    """Return the client of the backend's cart."""
    return CartClient(ServiceClient("backend", get_settings().backend_url, timeout=TIMEOUT))


@cache
def orders() -> OrderClient:
    """Return the client of the order service."""
    # Every page that follows an order holds a connection of its own.
    return OrderClient(ServiceClient("order_service", get_settings().order_service_url, max_connections=0))


@cache
def terms() -> ShopTerms:
    """Return the shop's terms."""
    return ShopTerms(orders())


@cache
def tokens() -> TokenCache:
    """Return the cache of access tokens."""
    return TokenCache(users())


@cache
def signer() -> SessionSigner:
    """Return the signer of session cookies and codes."""
    return SessionSigner(get_settings().session_secret.get_secret_value())


@cache
def catalog() -> CatalogClient:
    """Return the client of the backend's catalogue."""
    return CatalogClient(ServiceClient("backend", get_settings().backend_url))


@cache
def shelf() -> Shelf:
    """Return the catalogue's changes; `storefront.py` has them followed."""
    return Shelf(catalog())


@cache
def audits() -> list[AuditClient]:
    """Return the clients of the services' audit logs."""
    settings = get_settings()
    urls = {
        "backend": settings.backend_url,
        "order_service": settings.order_service_url,
        "user_service": settings.user_service_url,
    }
    return [AuditClient(ServiceClient(name, url, timeout=TIMEOUT)) for name, url in urls.items()]


@cache
def staff_catalog() -> StaffCatalogClient:
    """Return the client of the backend's catalogue for staff."""
    backend = get_settings().backend_url
    return StaffCatalogClient(
        ServiceClient("backend", backend), ServiceClient("backend", backend, timeout=LONG_TIMEOUT)
    )
