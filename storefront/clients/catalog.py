"""What the storefront asks of the backend about products."""

from typing import Any

from shopkit.client import ServiceClient
from shopkit.contracts.catalog import Category, Product, ProductPage, ProductSummary, SearchReply


class CatalogClient:
    """The backend's catalogue, typed. Every call may raise `ServiceProblem` or `ServiceUnavailable`."""

    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def products(self, **filters: Any) -> ProductPage:
        """Return a page of products; `filters` are the API's own names, None leaves one out."""
        return await self._service.call("GET", "/api/products", ProductPage, params=filters)

    async def search(self, query: str, limit: int) -> SearchReply:
        """Return the products nearest to what somebody typed, best first."""
        return await self._service.call("GET", "/api/products/search", SearchReply, params={"q": query, "limit": limit})

    async def product(self, slug: str) -> Product:
        """Return a product. A problem 404 means that it is unknown or no longer sold."""
        return await self._service.call("GET", f"/api/products/{slug}", Product)

    async def related(self, slug: str) -> list[ProductSummary]:
        """Return products that go with one."""
        return await self._service.call("GET", f"/api/products/{slug}/related", list[ProductSummary])

    async def categories(self) -> list[Category]:
        """Return the categories in the shop's order."""
        return await self._service.call("GET", "/api/categories", list[Category])
