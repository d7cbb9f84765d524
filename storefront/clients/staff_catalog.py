"""What staff do to the catalogue: the storefront asks the backend with the person's own token."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx

from shopkit.client import ServiceClient, ServiceProblem, ServiceUnavailable
from shopkit.contracts.catalog import (
    AdminProductFilter,
    AdminProductPage,
    Category,
    CategoryChange,
    CategoryInput,
    CategoryOrder,
    CategoryRef,
    ImportReport,
    Product,
    ProductChange,
    ProductInput,
    SizeChange,
    SizeInput,
    StockChange,
    StockHistory,
)

LONG_TIMEOUT = httpx.Timeout(60.0, connect=1.0)
"""A large picture, or a catalogue as a file, takes its time."""
_FILE_HEADERS = ("content-type", "content-disposition", "cache-control")


class StaffCatalogClient:
    """The backend's catalogue for staff, typed. Every call may raise `ServiceProblem` or `ServiceUnavailable`.

    `long` is the same service with more patience.
    """

    def __init__(self, service: ServiceClient, long: ServiceClient) -> None:
        self._service, self._long = service, long

    async def page(self, wanted: AdminProductFilter, token: str) -> AdminProductPage:
        """Return a page of all products, archived ones included."""
        params = wanted.model_dump(mode="json", by_alias=True)
        return await self._service.call("GET", "/api/admin/products", AdminProductPage, params=params, token=token)

    async def product(self, product_id: int, token: str) -> Product:
        """Return a product, archived or not; 404 when there is none."""
        return await self._service.call("GET", f"/api/admin/products/{product_id}", Product, token=token)

    async def create(self, product: ProductInput, token: str) -> Product:
        """Create a product. Problems: 409 `slug_taken`, 422 `unknown_category`, `slug_required`, `duplicate_size`."""
        return await self._service.call("POST", "/api/products", Product, json=product, token=token)

    async def change(self, product_id: int, change: ProductChange, token: str) -> Product:
        """Change a product. Problems: 409 `version_conflict`, `slug_taken`; 422 `unknown_category`."""
        return await self._service.call("PATCH", f"/api/products/{product_id}", Product, json=change, token=token)

    async def add_size(self, product_id: int, size: SizeInput, token: str) -> Product:
        """Add a size. Problems: 409 `size_exists`, `too_many_sizes`."""
        return await self._service.call("POST", f"/api/products/{product_id}/sizes", Product, json=size, token=token)

    async def change_size(self, product_id: int, code: str, change: SizeChange, token: str) -> Product:
        """Change a size's price, or how many it serves. Problems: 404, 409 `version_conflict`."""
        return await self._service.call("PATCH", _size(product_id, code), Product, json=change, token=token)

    async def remove_size(self, product_id: int, code: str, token: str) -> Product:
        """Remove a size. Problems: 404, 409 `last_size`."""
        return await self._service.call("DELETE", _size(product_id, code), Product, token=token)

    async def change_stock(self, product_id: int, code: str, change: StockChange, token: str) -> Product:
        """Set or move a stock. Problems: 404, 409 `stock_out_of_range` (with `available`), `stock_changed`."""
        return await self._service.call("PATCH", f"{_size(product_id, code)}/stock", Product, json=change, token=token)

    async def stock_history(self, product_id: int, after: int | None, limit: int, token: str) -> StockHistory:
        """Return moves of a product's stock, newest first, behind the move `after`."""
        params = {"after": after, "limit": limit}
        path = f"/api/admin/products/{product_id}/stock-history"
        return await self._service.call("GET", path, StockHistory, params=params, token=token)

    async def set_picture(self, product_id: int, name: str, content: bytes, token: str) -> Product:
        """Give a product a picture. Problems: 413 `body_too_large`, 422 with a code of `backend.media`."""
        files = {"file": (name, content, "application/octet-stream")}
        path = f"/api/products/{product_id}/image"
        return await self._long.call("POST", path, Product, files=files, token=token)

    async def remove_picture(self, product_id: int, token: str) -> Product:
        """Take a product's picture away."""
        return await self._service.call("DELETE", f"/api/products/{product_id}/image", Product, token=token)

    async def categories(self, token: str) -> list[Category]:
        """Return the categories in the shop's order."""
        return await self._service.call("GET", "/api/categories", list[Category], token=token)

    async def create_category(self, category: CategoryInput, token: str) -> CategoryRef:
        """Create a category. Problems: 409 `slug_taken`, 422 `slug_required`."""
        return await self._service.call("POST", "/api/categories", CategoryRef, json=category, token=token)

    async def change_category(self, category_id: int, change: CategoryChange, token: str) -> CategoryRef:
        """Change a category. Problems: 404, 409 `slug_taken`."""
        return await self._service.call(
            "PATCH", f"/api/categories/{category_id}", CategoryRef, json=change, token=token
        )

    async def delete_category(self, category_id: int, token: str) -> None:
        """Delete a category. Problems: 404, 409 `category_not_empty`."""
        await self._service.call("DELETE", f"/api/categories/{category_id}", token=token)

    async def order_categories(self, ids: list[int], token: str) -> list[Category]:
        """Put the categories into an order. A problem 409 `categories_changed` means that there are others by now."""
        order = CategoryOrder(ids=ids)
        return await self._service.call("PUT", "/api/admin/categories/order", list[Category], json=order, token=token)

    async def import_products(self, content: bytes, *, digest: str, dry_run: bool, token: str) -> ImportReport:
        """Import a CSV file, or only tell what that would do.

        Problems: 409 `catalogue_changed` when `digest` does not fit any more, 413, 422 `import_problems` whose body is
        the report.
        """
        params: dict[str, Any] = {"dryRun": "true" if dry_run else "false", "digest": digest or None}
        return await self._long.call(
            "POST",
            "/api/admin/products/import",
            ImportReport,
            content=content,
            params=params,
            headers={"Content-Type": "text/csv"},
            token=token,
        )

    async def export(self, token: str) -> tuple[dict[str, str], AsyncIterator[bytes]]:
        """Return the catalogue as a CSV file: the headers that describe it, and its bytes as they come."""
        http = self._long.http
        request = http.build_request("GET", "/api/admin/products.csv", headers={"Authorization": f"Bearer {token}"})
        try:
            answer = await http.send(request, stream=True)
        except httpx.TransportError:
            raise ServiceUnavailable(self._long.service) from None
        if not answer.is_success:
            await answer.aclose()
            if answer.status_code >= 500:
                raise ServiceUnavailable(self._long.service)
            raise ServiceProblem(answer.status_code, "export_refused", "The export was refused.", {})
        headers = {name: answer.headers[name] for name in _FILE_HEADERS if name in answer.headers}
        return headers, _parts(answer)


async def _parts(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for part in answer.aiter_bytes():
            yield part
    finally:
        await answer.aclose()


def _size(product_id: int, code: str) -> str:
    return f"/api/products/{product_id}/sizes/{quote(code, safe='')}"
