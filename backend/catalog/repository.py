"""Changes to the catalogue."""

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.catalog.models import Category, Product, Size
from shopkit.errors import Conflict, NotFound


async def category(session: AsyncSession, category_id: int) -> Category:
    """Return a category, locked against other changes."""
    found = await session.get(Category, category_id, with_for_update=True)
    if found is None:
        raise NotFound("There is no such category.")
    return found


async def product(session: AsyncSession, product_id: int) -> Product:
    """Return a product, archived or not, locked against other changes."""
    found = await session.get(Product, product_id, with_for_update=True)
    if found is None:
        raise NotFound("There is no such product.")
    return found


async def size(session: AsyncSession, product_id: int, code: str) -> Size:
    """Return a size, locked: its stock cannot move before the transaction ends."""
    found = await session.get(Size, (product_id, code), with_for_update=True)
    if found is None:
        raise NotFound("There is no such size.")
    return found


async def products_in(session: AsyncSession, category_id: int) -> int:
    """Return how many products, archived ones too, stand in a category."""
    counted = await session.exec(select(func.count()).where(Product.category_id == category_id))
    return counted.one()


async def sizes_of(session: AsyncSession, product_id: int) -> list[Size]:
    """Return a product's sizes in their order."""
    found = await session.exec(
        select(Size).where(Size.product_id == product_id).order_by(col(Size.position), col(Size.code))
    )
    return list(found.all())


async def remove_size(session: AsyncSession, product_id: int, code: str) -> None:
    """Remove a size for good."""
    await session.exec(delete(Size).where(col(Size.product_id) == product_id, col(Size.code) == code))


async def touch(session: AsyncSession, product_id: int) -> None:
    """Note that something about a product changed just now."""
    await session.exec(update(Product).where(col(Product.id) == product_id).values(updated_at=func.now()))


async def flush_unique(session: AsyncSession, code: str, detail: str) -> None:
    """Write what is pending; a taken slug or size becomes the problem `code`."""
    try:
        await session.flush()
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", "") == "23505":
            raise Conflict(detail, code=code) from None
        raise
