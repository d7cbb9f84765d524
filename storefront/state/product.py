"""One product: its sizes, what is chosen of them, and what goes with it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

import reflex as rx

from shopkit.client import CallOptions, ServiceProblem, ServiceUnavailable
from shopkit.contracts.catalog import Product
from shopkit.money import format_vnd
from storefront.clients import wiring
from storefront.shelf import Changed
from storefront.state.cart import CartState
from storefront.state.catalog import PLACEHOLDER, Card, card, unbroken
from storefront.state.shelf_page import ShelfPage, renewed
from storefront.state.visit import whose

MOST = 99
"""Pieces of one size in one line of a cart."""
FEW = 5
"""From this stock on down the page says how many are left."""


@dataclass(frozen=True)
class Size:
    """A size to choose; `serves` 0 is not known."""

    size: str
    price: str
    stock: int
    serves: int


@dataclass(frozen=True)
class ProductView:
    """A product ready to show, in both languages; the page shows one. `slug` is "" before anything has loaded."""

    id: int = 0
    slug: str = ""
    name: str = ""
    name_en: str = ""
    category: str = ""
    category_en: str = ""
    category_slug: str = ""
    image: str = ""
    image_set: str = ""
    description: str = ""
    description_en: str = ""
    allergens: tuple[str, ...] = ()
    occasions: tuple[str, ...] = ()
    sizes: tuple[Size, ...] = ()
    in_stock: bool = True


def view(product: Product) -> ProductView:
    """Return a product ready to show."""
    return ProductView(
        id=product.id,
        slug=product.slug,
        name=unbroken(product.name),
        name_en=unbroken(product.name_en or product.name),
        category=product.category.name,
        category_en=product.category.name_en or product.category.name,
        category_slug=product.category.slug,
        image=product.image or PLACEHOLDER,
        image_set=product.image_set or "",
        description=product.description,
        description_en=product.description_en or product.description,
        allergens=tuple(product.allergens),
        occasions=tuple(one.value for one in product.occasions),
        sizes=tuple(Size(size.size, format_vnd(size.price), size.stock, size.serves or 0) for size in product.sizes),
        in_stock=product.in_stock,
    )


def product_fields(product: Product | None, size: str = "", quantity: int = 1) -> dict[str, Any]:
    """Return what `ProductState` holds of a product: `size` stays chosen if it is to be had, else the first that is."""
    shown = view(product) if product else ProductView()
    sizes = sorted((entry for entry in shown.sizes if entry.stock), key=lambda entry: entry.size != size)
    if not sizes:
        price = shown.sizes[0].price if shown.sizes else ""
        return {"product": shown, "size": "", "price": price, "stock": 0, "most": 1, "quantity": 1}
    chosen, most = sizes[0], min(sizes[0].stock, MOST)
    return {
        "product": shown,
        "size": chosen.size,
        "price": chosen.price,
        "stock": chosen.stock,
        "most": most,
        "quantity": min(quantity, most),
    }


class ProductState(ShelfPage, rx.State):
    """The product of the page's address."""

    product: ProductView = ProductView()
    related: list[Card] = []  # noqa: RUF012
    size: str = ""
    price: str = ""
    stock: int = 0
    quantity: int = 1
    most: int = 1
    is_missing: bool = False
    is_adding: bool = False

    @rx.event
    async def load(self) -> AsyncGenerator[Any, None]:
        """Show the product of the address; what an earlier page showed is gone at once."""
        self.is_adding = False
        # Nothing to clear on a first visit: the document brought the product along, and would lose it for a moment.
        if self.product.slug not in {"", self._slug()}:
            self.size, self.quantity = "", 1
            self._show(None)
            self.related = []
        yield
        if not await self._fetch(await whose(self)):
            yield ProductState.recover
        yield ProductState.follow

    @rx.event
    def choose(self, size: str) -> None:
        """Choose a size; the quantity stays as far as its stock goes."""
        for entry in self.product.sizes:
            if entry.size == size and entry.stock:
                self.size, self.price, self.stock = size, entry.price, entry.stock
                self.most = min(entry.stock, MOST)
                self.quantity = min(self.quantity, self.most)

    @rx.event
    def step(self, by: int) -> None:
        """Take more or fewer, between one and what is left."""
        self.quantity = max(1, min(self.quantity + by, self.most))

    @rx.event
    def put_in_cart(self) -> list[Any]:
        """Put what is chosen into the cart, holding the button meanwhile.

        What is chosen is read here, not in the browser: its copy may still lag behind the last tap.
        """
        self.is_adding = True
        add: Any = CartState.add  # Reflex makes an event of it
        return [add(self.product.id, self.size, self.quantity), ProductState.done_adding]

    @rx.event
    async def done_adding(self) -> None:
        """Let the button go, and show the stock as it is now."""
        self.is_adding = False
        self.quantity = 1
        await self._fetch()

    def _slug(self) -> str:
        return self.router.url.path.rstrip("/").rpartition("/")[2]

    async def _fetch(self, viewer: CallOptions | None = None) -> bool:
        slug, catalog = self._slug(), wiring.catalog()
        self.is_missing = False
        try:
            self._show(await catalog.product(slug, viewer))
            if not self.related:
                self.related = [card(product) for product in await catalog.related(slug)]
        except ServiceProblem as problem:
            self.is_missing = problem.status in {404, 422}  # 422: an address that no product could have
            self.is_unreachable = not self.is_missing
            return self.is_missing
        except ServiceUnavailable:
            self.is_unreachable = True
            return False
        self.is_unreachable = False
        return True

    def _shown(self) -> list[int]:
        return [self.product.id, *(shown.id for shown in self.related)]

    def _take(self, changed: Changed) -> None:
        """Show the product as it is now; one that is sold no more stays on the page, sold out."""
        self.related = renewed(self.related, changed)
        if self.product.id not in changed:
            return
        if product := changed[self.product.id]:
            self._show(product)
        else:
            sizes = tuple(replace(size, stock=0) for size in self.product.sizes)
            self.product = replace(self.product, sizes=sizes, in_stock=False)
            self.size, self.stock, self.most, self.quantity = "", 0, 1, 1

    def _show(self, product: Product | None) -> None:
        for name, value in product_fields(product, self.size, self.quantity).items():
            setattr(self, name, value)
