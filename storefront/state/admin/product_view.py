"""A product's page, ready to show: the product itself, and what is said when the service refuses it."""

from dataclasses import dataclass

from shopkit.contracts.catalog import Product
from storefront.dates import format_moment
from storefront.i18n import Lang

FIELDS = {
    "slug_taken": "slug",
    "slug_required": "slug",
    "unknown_category": "category",
    "size_exists": "sizes",
    "duplicate_size": "sizes",
    "last_size": "sizes",
    "too_many_sizes": "sizes",
}
"""Where a problem of the service is told, by its code."""
REFUSALS = {
    "slug_taken": "admin_product.slug_taken",
    "slug_required": "admin_product.slug_wrong",
    "unknown_category": "admin_product.category_gone",
    "size_exists": "admin_product.size_taken",
    "duplicate_size": "admin_product.size_taken",
    "last_size": "admin_product.sizes_missing",
    "too_many_sizes": "admin_product.sizes_too_many",
    "not_found": "admin_products.gone",
    "version_conflict": "admin_product.outrun",
}


@dataclass(frozen=True)
class ItemView:
    """The product of the page. `id` is 0 for one that is being made; nothing is shown before `is_loaded`."""

    id: int = 0
    name: str = ""
    name_en: str = ""
    slug: str = ""
    archived: bool = False
    changed: str = ""
    is_loaded: bool = False
    is_missing: bool = False
    draft: str = ""
    """The name under which the browser keeps what is typed."""


def show_item(product: Product, lang: Lang) -> ItemView:
    """Return a product as its page shows it."""
    return ItemView(
        id=product.id,
        name=product.name,
        name_en=product.name_en or product.name,
        slug=product.slug,
        archived=product.archived,
        changed=format_moment(product.updated_at, lang),
        is_loaded=True,
        draft=f"product-{product.id}",
    )
