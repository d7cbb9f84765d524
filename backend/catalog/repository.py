"""Changes to the catalogue."""

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.catalog.cache import CHANGED_CHANNEL
from backend.catalog.models import Category, Product, Size
from shopkit.errors import Conflict, NotFound

LOCK = {"key_share": True}
"""Against other changes, but not against orders, which only make sure that the product stays."""


async def category(session: AsyncSession, category_id: int) -> Category:
    """Return a category, locked against other changes and against products that would be put into it."""
    found = await session.get(Category, category_id, with_for_update=True)
    if found is None:
        raise NotFound("There is no such category.")
    return found


async def categories(session: AsyncSession) -> list[Category]:
    """Return every category, locked against other changes."""
    found = await session.exec(select(Category).order_by(col(Category.id)).with_for_update(key_share=True))
    return list(found.all())


async def product(session: AsyncSession, product_id: int) -> Product:
    """Return a product, archived or not, locked against other changes."""
    found = await session.get(Product, product_id, with_for_update=LOCK)
    if found is None:
        raise NotFound("There is no such product.")
    return found


async def size(session: AsyncSession, product_id: int, code: str) -> Size:
    """Return a size, locked: its stock cannot move before the transaction ends."""
    found = await session.get(Size, (product_id, code), with_for_update=LOCK)
    if found is None:
        raise NotFound("There is no such size.")
    return found


async def products_in(session: AsyncSession, category_id: int) -> int:
    """Return how many products, archived ones too, stand in a category."""
    counted = await session.exec(select(func.count()).where(Product.category_id == category_id))
    return counted.one()


async def sizes_of(session: AsyncSession, product_id: int, *, locked: bool = False) -> list[Size]:
    """Return a product's sizes in their order; `locked` as orders lock them, by code."""
    query = select(Size).where(Size.product_id == product_id).order_by(col(Size.code))
    found = await session.exec(query.with_for_update() if locked else query)
    return sorted(found.all(), key=lambda each: (each.position, each.code))


async def tell_changed(session: AsyncSession, product_id: int) -> None:
    """Tell every instance that something about a product changed which its own row does not show."""
    await session.exec(select(func.pg_notify(CHANGED_CHANNEL, str(product_id))))


async def flush_unique(session: AsyncSession, code: str, detail: str) -> None:
    """Write what is pending; a taken slug or size becomes the problem `code`."""
    try:
        await session.flush()
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", "") == "23505":
            raise Conflict(detail, code=code) from None
        raise
