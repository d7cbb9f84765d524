"""The catalogue written as CSV, and changed by one: all of a file or nothing, and only what somebody has looked at."""

import csv
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from io import StringIO
from typing import Any

from anyio import CapacityLimiter, to_thread
from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from backend.sheets import queries
from backend.sheets.columns import COLUMNS, NOTHING, written
from backend.sheets.parse import Sheet, parse
from backend.sheets.plan import Catalogue, Known, Plan, ProductPlan, make
from shopkit import audit
from shopkit.audit import Action
from shopkit.auth import Person
from shopkit.clock import Clock
from shopkit.contracts.catalog import ImportReport
from shopkit.db import Database, long_transaction
from shopkit.errors import Conflict, Invalid

Connection = AsyncConnection[TupleRow]

PRODUCTS_AT_ONCE = 1_000
STATEMENT_LIMIT_S = 60
"""How long a statement of an import may take."""
BOM = "\ufeff"
"""Without it, spreadsheets take UTF-8 for something else."""
SHEET = "products.csv"
AUDIT_NAMES = {"name_en": "nameEn", "description_en": "descriptionEn"}


async def export(database: Database) -> AsyncIterator[str]:
    """Yield the whole catalogue as CSV, archived products too, piece by piece."""
    last, head = 0, BOM + ",".join(COLUMNS) + "\r\n"
    yield head
    while True:
        async with database.pool.connection() as connection:
            found = await connection.execute(queries.EXPORT, {"after": last, "limit": PRODUCTS_AT_ONCE})
            rows = await found.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield _as_csv(rows)


def _as_csv(rows: Iterable[TupleRow]) -> str:
    out = StringIO()
    writer = csv.writer(out)
    for _, *texts, price, stock, serves, description, description_en, allergens, archived, occasions in rows:
        writer.writerow(
            [
                *map(written, texts),
                *(price, stock, "" if serves is None else serves),
                *map(written, (description, description_en)),
                " ".join(allergens) or NOTHING,
                "true" if archived else "false",
                " ".join(occasions) or NOTHING,
            ]
        )
    return out.getvalue()


@dataclass(frozen=True)
class Importer:
    """Reads files into the catalogue. Reading and planning are done beside the event loop, one file at a time."""

    database: Database
    clock: Clock
    limiter: CapacityLimiter

    async def dry_run(self, content: bytes) -> ImportReport:
        """Return what the file would do."""
        sheet = await to_thread.run_sync(parse, content, limiter=self.limiter)
        async with self.database.pool.connection() as connection:
            return (await self._plan(connection, content, sheet)).report()

    async def run(self, person: Person, content: bytes, digest: str) -> ImportReport:
        """Do what the file says.

        Raises:
            Invalid: `import_problems`, with the report; nothing was done.
            Conflict: `catalogue_changed`, with a new report: what would be done now is not what `digest` stands for.
        """
        sheet = await to_thread.run_sync(parse, content, limiter=self.limiter)
        async with self.database.pool.connection() as connection:
            plan = _checked(await self._plan(connection, content, sheet), digest)
            try:
                async with long_transaction(connection, STATEMENT_LIMIT_S):
                    await connection.execute(queries.BEGIN)
                    await _lock(connection, plan)
                    plan = _checked(await self._plan(connection, content, sheet, locked=True), digest)
                    await self._apply(connection, person, plan)
            except UniqueViolation:
                plan = await self._plan(connection, content, sheet)
                raise _changed(plan) from None
        return plan.report(applied=True)

    async def _plan(self, connection: Connection, content: bytes, sheet: Sheet, *, locked: bool = False) -> Plan:
        statement = queries.LOCK_CATEGORIES if locked else queries.CATEGORIES
        categories = await (await connection.execute(statement)).fetchall()
        found = await connection.execute(queries.PRODUCTS, ([*sheet.products],))
        products = {slug: Known(number, fields, sizes) for number, slug, fields, sizes in await found.fetchall()}
        catalogue = Catalogue(products, frozenset(slug for (slug,) in categories))
        return await to_thread.run_sync(make, content, sheet, catalogue, limiter=self.limiter)

    async def _apply(self, connection: Connection, person: Person, plan: Plan) -> None:
        if not plan.products:
            return
        values = {"now": self.clock.now(), "actor": person.id}

        async def send(statement: str, rows: list[dict[str, Any]]) -> list[TupleRow]:
            if not rows:
                return []
            done = await connection.execute(statement, {**values, "rows": Jsonb(rows)})
            return await done.fetchall() if done.description else []

        fresh = [_product(product) for product in plan.products if product.id is None]
        ids = {slug: number for number, slug in await send(queries.CREATE_PRODUCTS, fresh)}
        await send(queries.CHANGE_PRODUCTS, [_product(product) for product in plan.products if product.id is not None])
        for product in plan.products:
            ids.setdefault(product.slug, product.id)
        sizes = [_size(ids[product.slug], product, code) for product in plan.products for code in product.sizes]
        await send(queries.PUT_SIZES, sizes)
        await send(queries.ADD_MOVES, [size for size in sizes if size["delta"] or size["fresh"]])
        await self._record(connection, person, plan, ids)
        await connection.execute(queries.TELL_ALL)

    async def _record(self, connection: Connection, person: Person, plan: Plan, ids: dict[str, int]) -> None:
        """Write what became of each product, and of all in one."""
        report = plan.report(applied=True)
        whole = report.model_dump(include={"lines", "created", "changed", "unchanged"})
        actions = [
            Action(
                *(person, "product", "created" if product.id is None else "changed", ids[product.slug]),
                *(str(product.fields["name"]), None if product.id is None else _told(product.before)),
                _told(product.after),
            )
            for product in plan.products
        ]
        actions.append(Action(person, "catalogue", "imported", plan.digest, SHEET, None, whole))
        async with connection.cursor() as cursor:
            await cursor.executemany(audit.ADD, [action.values(self.clock) for action in actions])


async def _lock(connection: Connection, plan: Plan) -> None:
    """Lock what changes: sizes first, as orders do, so that nobody waits in a circle."""
    ids = [product.id for product in plan.products if product.id is not None]
    await connection.execute(queries.LOCK_SIZES, (ids,))
    await connection.execute(queries.LOCK_PRODUCTS, (ids,))


def _checked(plan: Plan, digest: str) -> Plan:
    if plan.sheet.problems:
        report = plan.report().model_dump(mode="json", by_alias=True)
        raise Invalid("There are problems in the file; nothing was changed.", code="import_problems", **report)
    if plan.digest != digest:
        raise _changed(plan)
    return plan


def _changed(plan: Plan) -> Conflict:
    report = plan.report().model_dump(mode="json", by_alias=True)
    return Conflict("The file or the catalogue has changed; look again.", code="catalogue_changed", **report)


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields as the audit log names them everywhere."""
    return {AUDIT_NAMES.get(name, name): value for name, value in fields.items()}


def _product(plan: ProductPlan) -> dict[str, Any]:
    moved = {f"stock ({code})" for code in plan.sizes}
    return {
        **plan.fields,
        "id": plan.id,
        "slug": plan.slug,
        "price_from": plan.price_from,
        "in_stock": plan.in_stock,
        "edited": not plan.after.keys() <= moved,
    }


def _size(product_id: int, plan: ProductPlan, code: str) -> dict[str, Any]:
    return {
        **plan.sizes[code],
        "product_id": product_id,
        "code": code,
        "nth": [*plan.sizes].index(code),
        "delta": plan.moves[code],
        "fresh": code in plan.fresh,
    }
