"""What the storefront asks of the backend about products."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from shopkit.client import CallOptions, ServiceClient
from shopkit.contracts.catalog import (
    CatalogChanged,
    Category,
    LowStockList,
    Product,
    ProductPage,
    ProductSummary,
    SearchReply,
)
from shopkit.contracts.visits import VisitStart
from storefront.clients.streams import server_sent


class CatalogClient:
    """The backend's catalogue, typed. Every call may raise `ServiceProblem` or `ServiceUnavailable`."""

    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    async def products(self, whose: CallOptions | None = None, **filters: Any) -> ProductPage:
        """Return a page of products; `filters` are the API's own names, None leaves one out.

        `whose` (see `state.visit`) makes a search an event of theirs.
        """
        options: CallOptions = {**(whose or {}), "params": filters}
        return await self._service.call("GET", "/api/products", ProductPage, **options)

    async def search(self, query: str, limit: int) -> SearchReply:
        """Return the products nearest to what somebody typed, best first."""
        return await self._service.call("GET", "/api/products/search", SearchReply, params={"q": query, "limit": limit})

    async def product(self, slug: str, whose: CallOptions | None = None) -> Product:
        """Return a product. A problem 404 means that it is unknown or no longer sold.

        `whose` (see `state.visit`) makes it a view of theirs; without it, somebody only looks something up.
        """
        return await self._service.call("GET", f"/api/products/{quote(slug, safe='')}", Product, **(whose or {}))

    async def start_visit(self, visit: VisitStart, token: str) -> None:
        """Record that a visit began; `token` is the storefront's own."""
        await self._service.call("POST", "/internal/visits", json=visit, token=token, idempotent=True)

    async def related(self, slug: str) -> list[ProductSummary]:
        """Return products that go with one."""
        return await self._service.call("GET", f"/api/products/{quote(slug, safe='')}/related", list[ProductSummary])

    async def low_stock(self, limit: int, token: str) -> LowStockList:
        """Return the sizes that run low, emptiest first, for staff."""
        return await self._service.call(
            "GET", "/api/admin/stock/low", LowStockList, params={"limit": limit}, token=token
        )

    async def changes(self) -> AsyncIterator[CatalogChanged | None]:
        """Yield what changes in the catalogue, until the stream breaks; None stands for "read anew"."""
        async for name, data in server_sent(self._service, "/api/products/changes"):
            if name == "catalog":
                yield CatalogChanged.model_validate_json(data)
            elif name == "resync":
                yield None

    async def categories(self) -> list[Category]:
        """Return the categories in the shop's order."""
        return await self._service.call("GET", "/api/categories", list[Category])
