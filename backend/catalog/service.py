"""What staff may do to the catalogue."""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.catalog import repository
from backend.catalog.models import Category, Product, Size
from shopkit.clock import Clock
from shopkit.contracts.catalog import (
    CategoryChange,
    CategoryInput,
    ProductChange,
    ProductInput,
    SizeChange,
    SizeInput,
    StockChange,
)
from shopkit.errors import Conflict, Invalid, NotFound
from shopkit.text import slugify

MAX_STOCK = 1_000_000
SLUG_TAKEN = "slug_taken"
SLUG_TAKEN_DETAIL = "slug: another one has this address already"


def _slug(given: str | None, name: str) -> str:
    slug = given or slugify(name)[:120].strip("-")
    if not slug or slug.isdecimal():
        raise Invalid("slug: give one with a letter in it; none can be made from the name", code="slug_required")
    return slug


async def create_category(session: AsyncSession, wanted: CategoryInput) -> Category:
    """Create a category."""
    category = Category(
        slug=_slug(wanted.slug, wanted.name), name=wanted.name, name_en=wanted.name_en, position=wanted.position
    )
    session.add(category)
    await repository.flush_unique(session, SLUG_TAKEN, SLUG_TAKEN_DETAIL)
    return category


async def change_category(session: AsyncSession, category_id: int, wanted: CategoryChange) -> Category:
    """Change the fields given."""
    category = await repository.category(session, category_id)
    for name, value in _given(wanted).items():
        setattr(category, name, value)
    await repository.flush_unique(session, SLUG_TAKEN, SLUG_TAKEN_DETAIL)
    return category


async def delete_category(session: AsyncSession, category_id: int) -> None:
    """Delete a category that no product stands in."""
    category = await repository.category(session, category_id)
    if await repository.products_in(session, category_id):
        raise Conflict("Products still stand in this category; move them first.", code="category_not_empty")
    await session.delete(category)


async def create_product(session: AsyncSession, wanted: ProductInput) -> int:
    """Create a product with its sizes and return its id."""
    await _require_category(session, wanted.category_id)
    codes = [size.size for size in wanted.sizes]
    if len(set(codes)) < len(codes):
        raise Invalid("sizes: a size is named twice", code="duplicate_size")
    product = Product(
        slug=_slug(wanted.slug, wanted.name),
        category_id=wanted.category_id,
        name=wanted.name,
        name_en=wanted.name_en,
        description=wanted.description,
        description_en=wanted.description_en,
        allergens=[*wanted.allergens],
    )
    session.add(product)
    await repository.flush_unique(session, SLUG_TAKEN, SLUG_TAKEN_DETAIL)
    assert product.id is not None  # the flush gave it one
    for position, size in enumerate(wanted.sizes):
        session.add(_size(product.id, size, position))
    return product.id


async def change_product(session: AsyncSession, product_id: int, wanted: ProductChange, clock: Clock) -> None:
    """Change the fields given; `archived` takes the product off the shelf or puts it back."""
    given = _given(wanted)
    product = await repository.product(session, product_id)
    if "category_id" in given:
        await _require_category(session, given["category_id"])
    if "archived" in given:
        archived = given.pop("archived")
        if archived != (product.archived_at is not None):
            product.archived_at = clock.now() if archived else None
    if "allergens" in given:
        given["allergens"] = [*given["allergens"]]
    for name, value in given.items():
        setattr(product, name, value)
    product.updated_at = clock.now()
    await repository.flush_unique(session, SLUG_TAKEN, SLUG_TAKEN_DETAIL)


async def add_size(session: AsyncSession, product_id: int, wanted: SizeInput) -> None:
    """Add a size to a product."""
    await repository.product(session, product_id)
    existing = await repository.sizes_of(session, product_id)
    if wanted.size in {size.code for size in existing}:
        raise Conflict("size: the product has this size already", code="size_exists")
    position = existing[-1].position + 1 if existing else 0
    session.add(_size(product_id, wanted, position))
    await repository.touch(session, product_id)


async def change_size(session: AsyncSession, product_id: int, code: str, wanted: SizeChange) -> None:
    """Change a size's price or how many it serves."""
    size = await repository.size(session, product_id, code)
    for name, value in _given(wanted).items():
        setattr(size, name, value)
    await repository.touch(session, product_id)


async def remove_size(session: AsyncSession, product_id: int, code: str) -> None:
    """Remove a size; a product keeps at least one."""
    await repository.product(session, product_id)
    codes = [size.code for size in await repository.sizes_of(session, product_id)]
    if code not in codes:
        raise NotFound("There is no such size.")
    if len(codes) == 1:
        raise Conflict("This is the product's last size; archive the product instead.", code="last_size")
    await repository.remove_size(session, product_id, code)
    await repository.touch(session, product_id)


async def change_stock(session: AsyncSession, product_id: int, code: str, wanted: StockChange) -> None:
    """Set a size's stock, or move it by a number that may be negative."""
    if (wanted.stock is None) == (wanted.delta is None):
        raise Invalid("Send either `stock` or `delta`.", code="stock_or_delta")
    size = await repository.size(session, product_id, code)
    stock = wanted.stock if wanted.stock is not None else size.stock + (wanted.delta or 0)
    if not 0 <= stock <= MAX_STOCK:
        raise Conflict(
            f"The stock would be {stock}; there are {size.stock}.", code="stock_out_of_range", available=size.stock
        )
    size.stock = stock
    await repository.touch(session, product_id)


def _size(product_id: int, wanted: SizeInput, position: int) -> Size:
    return Size(
        product_id=product_id,
        code=wanted.size,
        price=wanted.price,
        stock=wanted.stock,
        serves=wanted.serves,
        position=position,
    )


def _given(change: ProductChange | CategoryChange | SizeChange) -> dict[str, Any]:
    """Return the fields that were sent with a value: null, like absence, leaves a field as it is."""
    given = {name: value for name, value in change.model_dump(exclude_unset=True).items() if value is not None}
    if "slug" in given:
        given["slug"] = _slug(given["slug"], "")
    return given


async def _require_category(session: AsyncSession, category_id: int) -> None:
    # Locked against being deleted before the product stands in it.
    lock = {"read": True, "key_share": True}
    if category_id >= 2**31 or await session.get(Category, category_id, with_for_update=lock) is None:
        raise Invalid("categoryId: there is no such category", code="unknown_category")
