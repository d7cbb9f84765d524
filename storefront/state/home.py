"""The home page's selection."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.catalog import Category, ProductSummary
from storefront.clients import wiring
from storefront.shelf import Changed
from storefront.snapshot import FEATURED, PAGE_SIZE, load_snapshot
from storefront.state.catalog import PLACEHOLDER, Card, card
from storefront.state.shelf_page import ShelfPage, renewed

DRAWN = ("mousse", "tiramisu", "kem", "bread")
"""Categories with a drawing of their own among the assets."""


@dataclass(frozen=True)
class CategoryTile:
    """A category on the home page."""

    slug: str
    name: str
    name_en: str
    count: int
    image: str


def tiles(categories: Sequence[Category], products: Sequence[ProductSummary]) -> list[CategoryTile]:
    """Return the categories ready to show; one without a drawing has a picture of its products."""
    pictures = {product.category.slug: product.image or PLACEHOLDER for product in products}
    pictures |= {slug: f"/category-{slug}.svg" for slug in DRAWN}
    return [
        CategoryTile(
            entry.slug,
            entry.name,
            entry.name_en or entry.name,
            entry.product_count,
            pictures.get(entry.slug, PLACEHOLDER),
        )
        for entry in categories
    ]


class HomeState(ShelfPage, rx.State):
    """The home page's cakes and categories: the build's at first paint, then today's."""

    featured: list[Card] = [card(product) for product in load_snapshot().featured]  # noqa: RUF012
    categories: list[CategoryTile] = tiles(load_snapshot().categories, load_snapshot().menu.items)

    @rx.event
    async def load(self) -> AsyncGenerator[Any, None]:
        """Show today's best sellers."""
        if not await self._fetch():
            yield HomeState.recover
        yield HomeState.follow

    async def _fetch(self) -> bool:
        catalog = wiring.catalog()
        try:
            page, categories = await asyncio.gather(
                catalog.products(limit=PAGE_SIZE, sort="popular", inStock="true"), catalog.categories()
            )
        except (ServiceProblem, ServiceUnavailable):
            self.is_unreachable = True
            return False
        self.featured = [card(product) for product in page.items[:FEATURED]]
        self.categories = tiles(categories, page.items)
        self.is_unreachable = False
        return True

    def _shown(self) -> list[int]:
        return [shown.id for shown in self.featured]

    def _take(self, changed: Changed) -> None:
        self.featured = renewed(self.featured, changed)
