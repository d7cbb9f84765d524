"""What staff may do to products and their sizes. Sizes are locked before their product, as orders lock them."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from backend.catalog import repository
from backend.catalog.models import Category, Product, Size
from backend.staff import Work
from backend.stock import moves
from shopkit.contracts.catalog import (
    MAX_SIZES,
    Occasion,
    ProductChange,
    ProductInput,
    SizeChange,
    SizeInput,
    StockMoveKind,
    size_key,
)
from shopkit.errors import Conflict, Invalid, NotFound
from shopkit.text import slugify

SLUG_TAKEN = "slug_taken"
SLUG_TAKEN_DETAIL = "slug: another one has this address already"

ROUTES = frozenset({"search", "changes"})
"""Words that stand where a product's slug would: `/api/products/search`."""


@dataclass(frozen=True)
class Picture:
    """Where a product's picture is: paths under `/media/`, and a `srcset` of all widths."""

    image: str | None
    image_set: str | None
    preview: str | None


NO_PICTURE = Picture(None, None, None)


def slug_for(given: str | None, name: str) -> str:
    """Return the slug given, or one made from `name`; never a number, which would be taken for an id."""
    slug = given or slugify(name)[:120].strip("-")
    if slug in ROUTES:
        raise Conflict(SLUG_TAKEN_DETAIL, code=SLUG_TAKEN)
    if not slug or slug.isdecimal():
        raise Invalid("slug: give one with a letter in it; none can be made from the name", code="slug_required")
    return slug


async def create_product(work: Work, wanted: ProductInput) -> int:
    """Create a product with its sizes and return its id."""
    category = await _category(work, wanted.category_id)
    if len({size_key(size.size) for size in wanted.sizes}) < len(wanted.sizes):
        raise Invalid("sizes: a size is named twice", code="duplicate_size")
    product = Product(
        slug=slug_for(wanted.slug, wanted.name),
        category_id=wanted.category_id,
        name=wanted.name,
        name_en=wanted.name_en,
        description=wanted.description,
        description_en=wanted.description_en,
        allergens=[*wanted.allergens],
        occasions=_in_order(wanted.occasions),
    )
    work.session.add(product)
    await repository.flush_unique(work.session, SLUG_TAKEN, SLUG_TAKEN_DETAIL)
    assert product.id is not None  # the flush gave it one
    for position, size in enumerate(wanted.sizes):
        _add_size(work, product.id, size, position)
    sizes = [size.model_dump(mode="json") for size in wanted.sizes]
    after = {**_told(product, category), "sizes": sizes}
    await work.record("product.created", product.id, product.name, after=after)
    return product.id


async def change_product(work: Work, product_id: int, wanted: ProductChange) -> None:
    """Change the fields given; `archived` takes the product off the shelf or puts it back.

    Raises:
        Conflict: `version_conflict` when the product is not as the caller saw it; `slug_taken`.
    """
    given = given_fields(wanted)
    product = await repository.product(work.session, product_id)
    _require_seen(product, wanted.seen_at)
    was_archived = product.archived_at is not None
    category = await work.session.get(Category, product.category_id)
    assert category is not None  # a foreign key says so
    before = _told(product, category)
    if "category_id" in given:
        category = await _category(work, given["category_id"])
    archived = given.pop("archived", was_archived)
    if "occasions" in given:
        given["occasions"] = _in_order(given["occasions"])
    for name, value in given.items():
        setattr(product, name, value)
    after = _told(product, category)
    if after == before and archived == was_archived:
        return
    if archived != was_archived:
        product.archived_at = work.clock.now() if archived else None
    product.updated_at = work.clock.now()
    await repository.flush_unique(work.session, SLUG_TAKEN, SLUG_TAKEN_DETAIL)
    if after != before:
        await work.record("product.changed", product_id, product.name, before=before, after=after)
    if archived != was_archived:
        action = "product.archived" if archived else "product.restored"
        states = ({"archived": was_archived}, {"archived": archived})
        await work.record(action, product_id, product.name, before=states[0], after=states[1])


async def set_picture(work: Work, product_id: int, picture: Picture) -> None:
    """Show the product with another picture, or without one."""
    product = await repository.product(work.session, product_id)
    before = product.image
    if before == picture.image:
        return
    for name, value in asdict(picture).items():
        setattr(product, name, value)
    product.updated_at = work.clock.now()
    action = "product.picture_set" if picture.image else "product.picture_removed"
    await work.record(action, product_id, product.name, before={"image": before}, after={"image": picture.image})


async def add_size(work: Work, product_id: int, wanted: SizeInput) -> None:
    """Add a size to a product."""
    product = await repository.product(work.session, product_id)
    existing = await repository.sizes_of(work.session, product_id)
    if size_key(wanted.size) in {size_key(size.code) for size in existing}:
        raise Conflict("size: the product has this size already", code="size_exists")
    if len(existing) >= MAX_SIZES:
        raise Conflict(f"A product has {MAX_SIZES} sizes at most.", code="too_many_sizes")
    _add_size(work, product_id, wanted, existing[-1].position + 1 if existing else 0)
    product.updated_at = work.clock.now()
    after = wanted.model_dump(include={"price", "stock", "serves"})
    await work.record("size.added", product_id, product.size_label(wanted.size), after=after)


async def change_size(work: Work, product_id: int, code: str, wanted: SizeChange) -> None:
    """Change a size's price or how many it serves, which may also become unknown.

    Raises:
        Conflict: `version_conflict` when the product is not as the caller saw it.
    """
    size = await repository.size(work.session, product_id, code)
    product = await repository.product(work.session, product_id)
    _require_seen(product, wanted.seen_at)
    before = {"price": size.price, "serves": size.serves}
    given = given_fields(wanted)
    if "serves" in wanted.model_fields_set:
        given["serves"] = wanted.serves
    for name, value in given.items():
        setattr(size, name, value)
    after = {"price": size.price, "serves": size.serves}
    if after != before:
        product.updated_at = work.clock.now()
        await work.record("size.changed", product_id, product.size_label(code), before=before, after=after)


async def remove_size(work: Work, product_id: int, code: str) -> None:
    """Remove a size; a product keeps at least one. What was left of it leaves the stock's history at nothing."""
    sizes = {size.code: size for size in await repository.sizes_of(work.session, product_id, locked=True)}
    product = await repository.product(work.session, product_id)
    if code not in sizes:
        raise NotFound("There is no such size.")
    if len(sizes) == 1:
        raise Conflict("This is the product's last size; archive the product instead.", code="last_size")
    size = sizes[code]
    await work.session.delete(size)
    if size.stock:
        moves.add(work, size, StockMoveKind.SET, -size.stock, 0)
    product.updated_at = work.clock.now()
    before = {"price": size.price, "stock": size.stock, "serves": size.serves}
    await work.record("size.removed", product_id, product.size_label(code), before=before)


def given_fields(change: Any) -> dict[str, Any]:
    """Return the fields that were sent with a value: null, like absence, leaves a field as it is."""
    sent = change.model_dump(exclude_unset=True, exclude={"seen_at"})
    given = {name: value for name, value in sent.items() if value is not None}
    if "slug" in given:
        given["slug"] = slug_for(given["slug"], "")
    return given


def _add_size(work: Work, product_id: int, wanted: SizeInput, position: int) -> None:
    size = Size(
        product_id=product_id,
        code=wanted.size,
        price=wanted.price,
        stock=wanted.stock,
        serves=wanted.serves,
        position=position,
    )
    work.session.add(size)
    moves.add(work, size, StockMoveKind.CREATED, size.stock, size.stock)


def _told(product: Product, category: Category) -> dict[str, Any]:
    """Return what the audit log tells of a product."""
    return {
        "slug": product.slug,
        "name": product.name,
        "nameEn": product.name_en,
        "category": category.slug,
        "description": product.description,
        "descriptionEn": product.description_en,
        "allergens": [str(each) for each in product.allergens],
        "occasions": [str(each) for each in product.occasions],
    }


def _in_order(occasions: Collection[Occasion]) -> list[str]:
    """Return each occasion once, in the enumeration's order: products for the same ones are then the same to facets."""
    return [one.value for one in Occasion if one in occasions]


def _require_seen(product: Product, seen_at: datetime | None) -> None:
    if seen_at is not None and seen_at != product.updated_at:
        raise Conflict(
            "Somebody else has changed this product meanwhile.", code="version_conflict", updatedAt=product.updated_at
        )


async def _category(work: Work, category_id: int) -> Category:
    # Locked against being deleted before the product stands in it.
    lock = {"read": True, "key_share": True}
    found = None if category_id >= 2**31 else await work.session.get(Category, category_id, with_for_update=lock)
    if found is None:
        raise Invalid("categoryId: there is no such category", code="unknown_category")
    return found
