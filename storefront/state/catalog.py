"""Products as cards show them."""

from dataclasses import dataclass

from shopkit.contracts.catalog import ProductSummary
from shopkit.money import format_vnd

PLACEHOLDER = "/no-picture.svg"
"""Stands in for a product without a picture."""


WORD_JOINER = "\u2060"


def unbroken(name: str) -> str:
    """Return a cake's name with its hyphens kept whole: "Sô-cô-la" is one word, and no line may end in it."""
    return name.replace("-", f"-{WORD_JOINER}")


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
    image_set: str
    """The picture in several widths, as a `srcset`; "" where there is one only."""
    price: str
    has_sizes: bool
    sold_out: bool


def card(product: ProductSummary) -> Card:
    """Return a product ready to show."""
    return Card(
        id=product.id,
        slug=product.slug,
        name=unbroken(product.name),
        name_en=unbroken(product.name_en or product.name),
        category=product.category.name,
        category_en=product.category.name_en or product.category.name,
        image=product.image or PLACEHOLDER,
        image_set=product.image_set or "",
        price=format_vnd(product.price_from),
        has_sizes=len({size.price for size in product.sizes}) > 1,
        sold_out=not product.in_stock,
    )
