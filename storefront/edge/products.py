"""Products for documents: asked of the backend within a second, and remembered for a moment."""

import asyncio
import re
import time
from collections import OrderedDict

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.catalog import Product
from storefront.clients.catalog import CatalogClient

TIMEOUT_S = 1.0
FRESH_S = 5.0
KEPT = 2_000
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class UnknownProductError(Exception):
    """No such product is sold."""


class Products:
    """A small cache of products by slug. Unknown ones are remembered too."""

    def __init__(self, catalog: CatalogClient) -> None:
        self._catalog = catalog
        self._known: OrderedDict[str, tuple[float, Product | None]] = OrderedDict()

    async def get(self, slug: str) -> Product | None:
        """Return a product, or None when the backend does not answer in time. Raises UnknownProductError."""
        if not _SLUG.fullmatch(slug):
            raise UnknownProductError(slug)
        entry = self._known.get(slug)
        if entry is None or entry[0] < time.monotonic():
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    product = await self._catalog.product(slug)
            except ServiceProblem as problem:
                if problem.status >= 500:
                    return None
                product = None
            except (ServiceUnavailable, TimeoutError):
                # Yesterday's facts are better than none.
                return entry[1] if entry else None
            entry = (time.monotonic() + FRESH_S, product)
            self._known[slug] = entry
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        if entry[1] is None:
            raise UnknownProductError(slug)
        return entry[1]
