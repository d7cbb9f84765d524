"""What changes in the catalogue, told to the pages that show it.

The process follows the backend's stream once, reads each changed product once, and wakes the pages that show it:
however many are open, the backend is asked no more.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from shopkit import log, tasks
from shopkit.client import CallOptions, ServiceProblem, ServiceUnavailable
from shopkit.contracts.catalog import CatalogChanged, Product
from storefront.clients.catalog import CatalogClient
from storefront.clients.streams import batches

MOST_READ = 50
"""Products read one by one; when more change together, as in an import, pages read their lists anew."""
RETRY_DELAYS_S = (1, 2, 4, 8, 15)

_AS_IT_IS: CallOptions = {"headers": {"Cache-Control": "no-cache"}}
"""Past the caches: the instance that answers may hear of the change a moment after the one that told us."""

Changed = Mapping[int, Product | None]
"""Products by id as they are now; None for one that is sold no more."""


@dataclass(eq=False)
class _Onlooker:
    ids: frozenset[int]
    sees_all: bool = False
    changed: dict[int, Product | None] = field(default_factory=dict)
    is_behind: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Shelf:
    """The catalogue's changes, for the pages of one process."""

    def __init__(self, catalog: CatalogClient) -> None:
        self._catalog = catalog
        self._onlookers: set[_Onlooker] = set()

    async def run(self) -> None:
        """Follow the backend until cancelled, as a supervised task."""
        failures = 0
        while True:
            try:
                async for batch in batches(self._catalog.changes()):
                    failures = 0
                    await self._tell(batch)
            except (ServiceProblem, ServiceUnavailable) as error:
                log.get().warning("catalogue_stream_broken", error=str(error))
            await tasks.pause(RETRY_DELAYS_S[min(failures, len(RETRY_DELAYS_S) - 1)])
            failures += 1

    async def changes(self, ids: Collection[int] | None) -> AsyncIterator[Changed | None]:
        """Yield what has become of the products `ids`, each time some of them change; None stands for "read anew".

        Who asks for None follows the whole catalogue, and is told no more than that.
        """
        onlooker = _Onlooker(frozenset(ids or ()), sees_all=ids is None)
        self._onlookers.add(onlooker)
        try:
            while True:
                await onlooker.news.wait()
                onlooker.news.clear()
                changed, is_behind = onlooker.changed, onlooker.is_behind
                onlooker.changed, onlooker.is_behind = {}, False
                yield None if is_behind else changed
        finally:
            self._onlookers.discard(onlooker)

    async def _tell(self, batch: Iterable[CatalogChanged | None]) -> None:
        ids: set[int] = set()
        for change in batch:
            if change is None or not change.product_ids:
                self._leave_behind(self._onlookers)
                return
            ids.update(change.product_ids)
        self._leave_behind([onlooker for onlooker in self._onlookers if onlooker.sees_all])
        shown = {product_id for onlooker in self._onlookers for product_id in onlooker.ids & ids}
        products = await self._read(shown) if len(shown) <= MOST_READ else None
        for onlooker in self._onlookers:
            seen = onlooker.ids & shown
            if seen and products is None:
                self._leave_behind([onlooker])
            elif seen and products is not None:
                onlooker.changed.update({product_id: products[product_id] for product_id in seen})
                onlooker.news.set()

    async def _read(self, ids: Iterable[int]) -> dict[int, Product | None] | None:
        """Return products by id, or None when the backend does not answer."""
        found: dict[int, Product | None] = {}
        for product_id in ids:
            try:
                found[product_id] = await self._catalog.product(str(product_id), _AS_IT_IS)
            except ServiceUnavailable:
                return None
            except ServiceProblem as problem:
                if problem.status != 404:
                    return None
                found[product_id] = None
        return found

    @staticmethod
    def _leave_behind(onlookers: Iterable[_Onlooker]) -> None:
        for onlooker in onlookers:
            onlooker.is_behind = True
            onlooker.news.set()
