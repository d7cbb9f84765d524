"""Staff's product list: what shoppers see and what they do not."""

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from backend.catalog import queries
from shopkit import paging
from shopkit.contracts.catalog import AdminProductFilter, ShelfStatus, StockLevel
from shopkit.text import fold, like_literal

INT4_MAX = 2**31 - 1
HAS_SIZE = "exists (select from size s where s.product_id = p.id and s.stock <= {bound})"


async def read(connection: AsyncConnection[TupleRow], wanted: AdminProductFilter, low_at: int) -> str:
    """Return a page of the list as JSON; `low_at` is the stock from which, down, a size runs low."""
    offset = paging.offset(wanted.page, wanted.limit)
    where, values = _where(wanted)
    values["low_at"] = low_at
    statement = queries.staffs_page(where, queries.STAFFS_ORDERS[wanted.sort], wanted.limit, offset)
    counted = await (await connection.execute(queries.staffs_count(where), values)).fetchone()
    total: int = counted[0] if counted else 0
    items = [row[0] for row in await (await connection.execute(statement, values)).fetchall()] if total else []
    pages = paging.pages(total, wanted.limit)
    return (
        f'{{"items":[{",".join(items)}],"page":{wanted.page},"limit":{wanted.limit},"total":{total},"pages":{pages},'
        f'"lowAt":{low_at}}}'
    )


def _where(wanted: AdminProductFilter) -> tuple[str, dict[str, Any]]:
    clauses, values = ["true"], dict[str, Any]()
    if wanted.status is not ShelfStatus.ALL:
        clauses.append("p.archived_at is null" if wanted.status is ShelfStatus.ACTIVE else "p.archived_at is not null")
    if wanted.category is not None:
        clauses.append("p.category_id = (select id from category where slug = %(category)s)")
        values["category"] = wanted.category
    if wanted.stock is not StockLevel.ANY:
        clauses.append(HAS_SIZE.format(bound="0" if wanted.stock is StockLevel.OUT else "%(low_at)s"))
    if wanted.q:
        words = fold(wanted.q).split()
        values["words"] = [f"%{like_literal(word)}%" for word in words]
        values["slug"] = f"%{like_literal('-'.join(words))}%"
        values["id"] = int(wanted.q) if wanted.q.isdecimal() and int(wanted.q) <= INT4_MAX else None
        clauses.append("(p.name_key like all(%(words)s::text[]) or p.slug like %(slug)s or p.id = %(id)s::int)")
    return " and ".join(clauses), values
