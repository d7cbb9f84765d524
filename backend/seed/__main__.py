"""`python -m backend.seed [--products N]`: fill an empty catalogue; with N, grow it to N products by variations."""

import argparse
import asyncio
import hashlib
import json
from importlib.resources import files
from typing import Any

from sqlalchemy import text
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.analytics.live import LiveEvents
from backend.catalog.models import Category, Product, Size
from backend.media.storage import MediaStorage, storage
from backend.seed import history
from backend.settings import BackendSettings
from backend.stock.queries import OPENING
from backend.tables import SCHEMA
from shopkit.clock import SystemClock
from shopkit.db import Database
from shopkit.settings import Environment, load

# Variations keep names, prices and shelves plausible, so that searches and filters hit as many of them as in a real
# catalogue: every product is copied with a number behind its name and a price and popularity of its own.
VARIATIONS = """
with base as (select p.*, row_number() over (order by id) - 1 as nth, count(*) over () as size from product p),
made as (
    insert into product (slug, category_id, name, name_en, description, description_en, allergens, occasions, image,
        image_set, preview, popularity)
    select b.slug || '-' || n, b.category_id, b.name || ' số ' || n, b.name_en || ' no. ' || n,
           b.description, b.description_en, b.allergens, b.occasions, b.image, b.image_set,
           b.preview, (hashtext(b.slug || n) & 1023)
    from generate_series((select count(*) from product), :products - 1) n join base b on b.nth = n % b.size
    returning id, slug
)
insert into size (product_id, code, price, stock, serves, position)
select m.id, s.code, s.price + (hashtext(m.slug) & 63) * 1000, s.stock, s.serves, s.position
from made m join product p on p.slug = regexp_replace(m.slug, '-[0-9]+$', '') join size s on s.product_id = p.id
"""

# What triggers derive and tell row by row, once for all.
BULK = "select set_config('backend.bulk', 'on', true)"
DERIVE = """
update product p set price_from = s.least, in_stock = s.some_left
from (select product_id, min(price) as least, bool_or(stock > 0) as some_left from size group by product_id) s
where p.id = s.product_id and (p.price_from, p.in_stock) is distinct from (s.least, s.some_left)
"""
TELL_ALL = "select pg_notify('catalog_changed', '')"


async def _store_picture(media: MediaStorage, folder: str, slug: str, suffix: str, media_type: str) -> str:
    content = (files("backend.seed") / folder / f"{slug}.{suffix}").read_bytes()
    key = f"products/{slug}-{hashlib.blake2b(content, digest_size=4).hexdigest()}.{suffix}"
    await media.put(key, content, media_type)
    return f"/media/{key}"


async def seed(session: AsyncSession, media: MediaStorage) -> int:
    """Fill the catalogue if it is empty; return how many products it got."""
    await session.exec(text("select pg_advisory_xact_lock(hashtext('seed'))"))  # type: ignore[call-overload]
    if (await session.exec(select(func.count()).select_from(Product))).one():
        return 0
    catalogue: dict[str, Any] = json.loads((files("backend.seed") / "catalogue.json").read_text())
    shelves: dict[str, int] = {}
    for position, category in enumerate(catalogue["categories"]):
        row = Category(slug=category["slug"], name=category["name"], name_en=category["nameEn"], position=position)
        session.add(row)
        await session.flush()
        assert row.id is not None  # the flush gave it one
        shelves[category["slug"]] = row.id
    for cake in catalogue["products"]:
        product = Product(
            slug=cake["slug"],
            category_id=shelves[cake["category"]],
            name=cake["name"],
            name_en=cake["nameEn"],
            description=cake["description"],
            description_en=cake["descriptionEn"],
            allergens=cake["allergens"],
            occasions=cake["occasions"],
            popularity=cake["popularity"],
            image=await _store_picture(media, "illustrations", cake["slug"], "svg", "image/svg+xml"),
            preview=await _store_picture(media, "previews", cake["slug"], "jpg", "image/jpeg"),
        )
        session.add(product)
        await session.flush()
        assert product.id is not None
        for place, size in enumerate(cake["sizes"]):
            session.add(
                Size(
                    product_id=product.id,
                    code=size["size"],
                    price=size["price"],
                    stock=size["stock"],
                    serves=size.get("serves"),
                    position=place,
                )
            )
    await session.flush()
    await session.exec(text(OPENING))  # type: ignore[call-overload]
    return len(catalogue["products"])


async def grow(session: AsyncSession, products: int) -> None:
    """Make the catalogue as many `products` large by variations of what is there."""
    await session.exec(text(BULK))  # type: ignore[call-overload]
    await session.exec(text(VARIATIONS), params={"products": products})  # type: ignore[call-overload]
    for statement in (DERIVE, OPENING, TELL_ALL):
        await session.exec(text(statement))  # type: ignore[call-overload]


async def _make_history(settings: BackendSettings, database: Database, days: int) -> None:
    clock = SystemClock()
    live = LiveEvents(settings, clock)
    store, events = live.store, live.require()
    assert store is not None
    await database.open()
    await events.open()
    try:
        async with database.pool.connection() as connection:
            cakes = [history.Cake(*row) async for row in await connection.execute(history.CAKES)]
        made = await history.make(store, cakes, clock.now(), days)
    finally:
        await events.close()
    print(f"made {made:,} demo events of {days} days" if days else "removed the demo events")  # noqa: T201


async def main() -> None:
    """Seed the database that the environment names."""
    arguments = argparse.ArgumentParser(prog="python -m backend.seed", description=__doc__)
    arguments.add_argument("--products", type=int, default=0, metavar="N", help="grow the catalogue to N products")
    arguments.add_argument("--history", type=int, metavar="DAYS", help="demo events for the reports; 0 removes them")
    given = arguments.parse_args()
    wanted: int = given.products
    settings = load(BackendSettings)
    settings.statement_timeout_ms = 600_000
    database = Database(settings, SCHEMA)
    try:
        async with database.session() as session:
            media = storage(settings)
            if settings.environment is Environment.DEVELOPMENT:
                await media.prepare()
            count = await seed(session, media)
            if wanted:
                await grow(session, wanted)
        async with database.engine.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("vacuum analyze"))
        if given.history is not None:
            await _make_history(settings, database, given.history)
    finally:
        await database.close()
    print(f"seeded {count} products" if count else "the catalogue has products already")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
