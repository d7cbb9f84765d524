"""Product lists: filters, pages, search with a second try for typing errors."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from backend.catalog import queries
from backend.catalog.search import words_query
from shopkit import paging
from shopkit.contracts.catalog import ProductSort
from shopkit.errors import Invalid
from shopkit.text import fold

Connection = AsyncConnection[TupleRow]


@dataclass(frozen=True)
class Listing:
    """What a caller asks for. `sort` None means best match first where there is a `q`, else most popular."""

    page: int = 1
    limit: int = 24
    category: str | None = None
    q: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    in_stock: bool | None = None
    sort: ProductSort | None = None
    after: str | None = None


@dataclass(frozen=True)
class Filter:
    """A WHERE clause made of constant pieces, and the values it names."""

    clause: str
    values: Mapping[str, Any]


def _filter(listing: Listing, match: str | None) -> Filter:
    clauses = ["p.archived_at is null"]
    values: dict[str, Any] = {}
    if listing.category is not None:
        clauses.append("p.category_id = (select id from category where slug = %(category)s)")
        values["category"] = listing.category
    if listing.min_price is not None:
        clauses.append("p.price_from >= %(min_price)s")
        values["min_price"] = listing.min_price
    if listing.max_price is not None:
        clauses.append("p.price_from <= %(max_price)s")
        values["max_price"] = listing.max_price
    if listing.in_stock:
        clauses.append("p.in_stock")
    if match is not None:
        clauses.append(match)
        values["words"] = words_query(listing.q or "")
        values["folded"] = fold(listing.q or "")
    return Filter(" and ".join(clauses), values)


async def _matching(connection: Connection, listing: Listing) -> tuple[str | None, bool]:
    """Return the clause that finds `listing.q`, and whether it allows for typing errors."""
    if not listing.q:
        return None, False
    words = words_query(listing.q)
    if words is None:
        return "false", False
    found = await connection.execute(
        queries.ANY_MATCH,
        {"words": words},
    )
    row = await found.fetchone()
    exact = bool(row and row[0])
    return (queries.MATCHES, False) if exact else (queries.RESEMBLES, True)


def encode_cursor(sort: ProductSort, key: Any, product_id: int) -> str:
    """Return an opaque token for the place behind a product."""
    return base64.urlsafe_b64encode(orjson.dumps([sort, key, product_id])).decode().rstrip("=")


def decode_cursor(token: str, sort: ProductSort) -> tuple[Any, int]:
    """Return the sort key and id that `encode_cursor` put into `token`.

    Raises:
        Invalid: the token is not one of ours, or belongs to another sort.
    """
    try:
        made_for, key, product_id = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        # `type`, because isinstance takes true for an int, and PostgreSQL does not.
        right_key = type(key) is (str if sort is ProductSort.NAME else int)
        if made_for != sort or not right_key or type(product_id) is not int or "\x00" in str(key):
            raise ValueError(token)
    except (ValueError, TypeError, binascii.Error):
        raise Invalid("after: not a continuation of this list", code="invalid_cursor") from None
    if not -(2**31) <= product_id < 2**31 or (isinstance(key, int) and not -(2**31) <= key < 2**31):
        raise Invalid("after: not a continuation of this list", code="invalid_cursor")
    return key, product_id


async def items(connection: Connection, listing: Listing) -> tuple[list[str], str | None, bool]:
    """Return a page's items as JSON, the token of what follows, and whether near spellings were searched."""
    offset = paging.offset(listing.page, listing.limit)
    match, fuzzy = await _matching(connection, listing)
    wanted = _filter(listing, match)
    values = {**wanted.values, "limit": listing.limit + 1, "offset": offset}
    if match is not None and listing.sort is None:
        if listing.after is not None:
            raise Invalid("after: best-match lists are paged by `page`", code="invalid_cursor")
        rank = queries.RANK_RESEMBLANCE if fuzzy else queries.RANK_WORDS
        statement, sort = queries.ranked(wanted.clause, rank), None
    else:
        sort = listing.sort or ProductSort.POPULAR
        order, clause = queries.ORDERS[sort], wanted.clause
        if listing.after is not None:
            values["key"], values["id"] = decode_cursor(listing.after, sort)
            values["offset"] = 0
            clause += f" and {order.after}"
        statement = queries.page(clause, order)
    rows = await (await connection.execute(statement, values)).fetchall()
    more = len(rows) > listing.limit
    rows = rows[: listing.limit]
    follows = encode_cursor(sort, rows[-1][2], rows[-1][1]) if more and sort else None
    return [row[0] for row in rows], follows, fuzzy


async def totals(connection: Connection, listing: Listing) -> tuple[int, str]:
    """Return how many products `listing` has over all pages, and its facets as JSON."""
    match, _ = await _matching(connection, listing)
    wanted = _filter(listing, match)
    statement = queries.summary(
        wanted.clause,
        _filter(replace(listing, category=None), match).clause,
        _filter(replace(listing, in_stock=None), match).clause,
    )
    row = await (await connection.execute(statement, wanted.values)).fetchone()
    assert row is not None  # an aggregate without GROUP BY has one row
    return row[0], row[1]
