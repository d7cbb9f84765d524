"""The process's clients of the services, each made when it is first needed."""

from functools import cache

import httpx

from shopkit.client import ServiceClient
from shopkit.tasks import Supervisor
from storefront.clients.audit import AuditClient
from storefront.clients.cart import CartClient
from storefront.clients.catalog import CatalogClient
from storefront.clients.orders import OrderClient
from storefront.clients.reports import ReportClient
from storefront.clients.staff_catalog import LONG_TIMEOUT, StaffCatalogClient
from storefront.clients.terms import ShopTerms
from storefront.clients.tokens import TokenCache
from storefront.clients.users import UserClient
from storefront.session_cookie import SessionSigner
from storefront.settings import get_settings
from storefront.shared import Memory, Shared, Valkey
from storefront.shelf import Shelf

TIMEOUT = httpx.Timeout(3.0, connect=1.0)
"""Somebody is waiting at the page."""
ORDER_TIMEOUT = httpx.Timeout(8.0, connect=1.0)
"""Placing an order may take longer: whether it worked is worth the wait."""

REPORT_TIMEOUT = httpx.Timeout(20.0, connect=1.0)
"""A report over years reads much."""

STREAM_SILENT_S = 90.0
"""A stream that says nothing for 40 s is broken off and begun again; after twice that nobody follows it."""


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
    url = get_settings().order_service_url
    return OrderClient(ServiceClient("order_service", url, timeout=ORDER_TIMEOUT, max_connections=0), users())


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
    return SessionSigner(get_settings().session_secret.get_secret_value(), shared())


@cache
def shared() -> Shared:
    """Return what this process knows together with the others."""
    url = get_settings().valkey_url
    return Valkey(url.get_secret_value()) if url else Memory()


@cache
def catalog() -> CatalogClient:
    """Return the client of the backend's catalogue."""
    return CatalogClient(ServiceClient("backend", get_settings().backend_url))


@cache
def shelf() -> Shelf:
    """Return the catalogue's changes, which one of `tasks` follows."""
    return Shelf(catalog())


@cache
def tasks() -> Supervisor:
    """Return the supervisor of what the process does for as long as it runs."""
    supervisor = Supervisor()
    supervisor.add("catalogue_stream", shelf().run, silent_s=STREAM_SILENT_S)
    return supervisor


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
def reports() -> ReportClient:
    """Return the client of the backend's reports."""
    return ReportClient(ServiceClient("backend", get_settings().backend_url, timeout=REPORT_TIMEOUT))


@cache
def staff_catalog() -> StaffCatalogClient:
    """Return the client of the backend's catalogue for staff."""
    backend = get_settings().backend_url
    return StaffCatalogClient(
        ServiceClient("backend", backend), ServiceClient("backend", backend, timeout=LONG_TIMEOUT)
    )
