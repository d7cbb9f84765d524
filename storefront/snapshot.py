"""What the shop sold when it was built: it fills the prerendered pages, so that cakes are there at first paint.

A page that has loaded asks the backend and replaces it. `python -m storefront.snapshot backend/seed` writes the
committed one from the seed data; a deployment names a fresher file, in the same shape, in STOREFRONT_SNAPSHOT.
"""

import hashlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from shopkit.contracts.base import Reply
from shopkit.contracts.catalog import Category, Occasion, ProductPage, ProductSummary

COMMITTED = Path(__file__).with_name("snapshot.json")
FEATURED = 8
PAGE_SIZE = 24


class Snapshot(Reply):
    """The home page's cakes, the menu's first page, and the categories."""

    featured: list[ProductSummary]
    menu: ProductPage
    categories: list[Category]


@cache
def load_snapshot() -> Snapshot:
    """Return the snapshot to build with."""
    path = Path(os.environ.get("STOREFRONT_SNAPSHOT") or COMMITTED)
    return Snapshot.model_validate_json(path.read_bytes())


def from_seed(folder: Path) -> Snapshot:
    """Return the snapshot of a freshly seeded shop: ids follow the order of the seed's `catalogue.json`, from 1."""
    catalogue = orjson.loads((folder / "catalogue.json").read_bytes())
    refs = {
        entry["slug"]: {"id": number, "slug": entry["slug"], "name": entry["name"], "name_en": entry["nameEn"]}
        for number, entry in enumerate(catalogue["categories"], 1)
    }
    ranked = sorted(enumerate(catalogue["products"], 1), key=lambda item: (-item[1].get("popularity", 0), item[0]))
    products = [_summary(number, entry, refs, _picture(folder, entry["slug"])) for number, entry in ranked]
    counts = {slug: sum(p.category.slug == slug for p in products) for slug in refs}
    categories = [
        Category.model_validate(
            {**refs[entry["slug"]], "position": entry["position"], "product_count": counts[entry["slug"]]}
        )
        for entry in catalogue["categories"]
    ]
    prices = [product.price_from for product in products]
    menu = {
        "items": products[:PAGE_SIZE],
        "page": 1,
        "limit": PAGE_SIZE,
        "total": len(products),
        "pages": -(-len(products) // PAGE_SIZE),
        "facets": {
            "categories": [{"slug": slug, "count": count} for slug, count in counts.items()],
            "occasions": _occasions(catalogue["products"]),
            "min_price": min(prices),
            "max_price": max(prices),
            "in_stock": sum(product.in_stock for product in products),
        },
    }
    featured = [product for product in products if product.in_stock][:FEATURED]
    return Snapshot(featured=featured, menu=ProductPage.model_validate(menu), categories=categories)


def _occasions(products: list[dict[str, Any]]) -> list[dict[str, Any]]:
    counts = {one: sum(one in product["occasions"] for product in products) for one in Occasion}
    return [{"occasion": one, "count": count} for one, count in counts.items() if count]


def _picture(folder: Path, slug: str) -> str:
    """Return where the seed puts a cake's picture: the backend names pictures by their content."""
    content = (folder / "illustrations" / f"{slug}.svg").read_bytes()
    return f"/media/products/{slug}-{hashlib.blake2b(content, digest_size=4).hexdigest()}.svg"


def _summary(number: int, entry: dict[str, Any], refs: dict[str, dict[str, Any]], image: str) -> ProductSummary:
    return ProductSummary.model_validate(
        {
            "id": number,
            "slug": entry["slug"],
            "name": entry["name"],
            "name_en": entry["nameEn"],
            "category": refs[entry["category"]],
            "image": image,
            "price_from": min(size["price"] for size in entry["sizes"]),
            "in_stock": any(size["stock"] > 0 for size in entry["sizes"]),
            "sizes": entry["sizes"],
        }
    )


if __name__ == "__main__":
    written = from_seed(Path(sys.argv[1])).model_dump(by_alias=True, mode="json")
    COMMITTED.write_bytes(orjson.dumps(written, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
