"""Products and categories as pages show them, and the home page's selection."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.catalog import Category, ProductSummary
from shopkit.money import format_vnd
from storefront.clients import wiring
from storefront.snapshot import FEATURED, PAGE_SIZE, load_snapshot
from storefront.state.recovering import Recovering

DRAWN = ("mousse", "tiramisu", "kem", "bread")
"""Categories with a drawing of their own among the assets."""
PLACEHOLDER = "/closed.svg"
"""Stands in for a product without a picture."""


@dataclass(frozen=True)
class Card:
    """A product on a card, in both languages; the page shows one."""

    id: int
    slug: str
    name: str
    name_en: str
    category: str
    category_en: str
    image: str
    price: str
    has_sizes: bool
    sold_out: bool


@dataclass(frozen=True)
class CategoryTile:
    """A category on the home page."""

    slug: str
    name: str
    name_en: str
    count: int
    image: str


def card(product: ProductSummary) -> Card:
    """Return a product ready to show."""
    return Card(
        id=product.id,
        slug=product.slug,
        name=product.name,
        name_en=product.name_en or product.name,
        category=product.category.name,
        category_en=product.category.name_en or product.category.name,
        image=product.image or PLACEHOLDER,
        price=format_vnd(product.price_from),
        has_sizes=len({size.price for size in product.sizes}) > 1,
        sold_out=not product.in_stock,
    )


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


class HomeState(Recovering, rx.State):
    """The home page's cakes and categories: the build's at first paint, then today's."""

    featured: list[Card] = [card(product) for product in load_snapshot().featured]  # noqa: RUF012
    categories: list[CategoryTile] = tiles(load_snapshot().categories, load_snapshot().menu.items)

    @rx.event
    async def load(self) -> AsyncGenerator[Any, None]:
        """Show today's best sellers."""
        if not await self._fetch():
            yield HomeState.recover

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
