"""Product lists: filters, pages, search with a second try for typing errors."""

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from backend.catalog import queries
from backend.catalog.search import words_query
from shopkit import paging
from shopkit.contracts.catalog import Occasion, ProductSort
from shopkit.errors import Invalid
from shopkit.text import fold

Connection = AsyncConnection[TupleRow]


@dataclass(frozen=True)
class Listing:
    """What a caller asks for. `sort` None means best match first where there is a `q`, else most popular."""

    page: int = 1
    limit: int = 24
    category: str | None = None
    occasion: Occasion | None = None
    q: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    in_stock: bool | None = None
    sort: ProductSort | None = None
    after: str | None = None


@dataclass(frozen=True)
class Match:
    """How a search is looked for: `clause` finds it, or is None without one; `fuzzy` allows for typing errors."""

    clause: str | None = None
    fuzzy: bool = False

    @property
    def prepare(self) -> bool | None:
        """Whether statements are prepared: a word's plan depends on how common it is, so each search gets its own."""
        return None if self.clause is None else False


@dataclass(frozen=True)
class Where:
    """A WHERE clause made of constant pieces, and the values it names."""

    clause: str
    values: Mapping[str, Any]


def where(listing: Listing, match: Match, but: Collection[str] = ()) -> Where:
    """Return what picks out a list's products, without the filters named in `but`."""
    filters = {
        "category": ("p.category_id = (select id from category where slug = %(category)s)", listing.category),
        "occasion": ("p.occasions @> array[%(occasion)s::text]", listing.occasion),
        "min_price": ("p.price_from >= %(min_price)s", listing.min_price),
        "max_price": ("p.price_from <= %(max_price)s", listing.max_price),
        "in_stock": ("p.in_stock", listing.in_stock or None),
    }
    active = {name: one for name, one in filters.items() if one[1] is not None and name not in but}
    clauses = ["p.archived_at is null", *(clause for clause, _ in active.values())]
    values: dict[str, Any] = {name: value for name, (_, value) in active.items()}
    if match.clause is not None:
        clauses.append(match.clause)
        values["words"] = words_query(listing.q or "")
        values["folded"] = fold(listing.q or "")
    return Where(" and ".join(clauses), values)


async def find_match(connection: Connection, listing: Listing) -> Match:
    """Return how `listing.q` is looked for: as typed where anything is called so, else by resemblance."""
    if not listing.q:
        return Match()
    words = words_query(listing.q)
    if words is None:
        return Match("false")
    row = await (await connection.execute(queries.ANY_MATCH, {"words": words}, prepare=False)).fetchone()
    exact = bool(row and row[0])
    return Match(queries.MATCHES) if exact else Match(queries.RESEMBLES, fuzzy=True)


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


async def count(connection: Connection, listing: Listing, match: Match) -> int:
    """Return how many products `listing` has, counted no further than `queries.CANDIDATES`."""
    wanted = where(listing, match)
    row = await (
        await connection.execute(queries.count(wanted.clause), wanted.values, prepare=match.prepare)
    ).fetchone()
    return row[0] if row else 0


async def items(connection: Connection, listing: Listing, match: Match) -> tuple[list[str], str | None]:
    """Return a page's items as JSON, and the token of what follows them."""
    offset = 0 if listing.after is not None else paging.offset(listing.page, listing.limit)
    wanted = where(listing, match)
    values, one_more = {**wanted.values}, listing.limit + 1
    if match.clause is not None and listing.sort is None:
        if listing.after is not None:
            raise Invalid("after: best-match lists are paged by `page`", code="invalid_cursor")
        rank = queries.RANK_RESEMBLANCE if match.fuzzy else queries.RANK_WORDS
        statement, sort = queries.ranked(wanted.clause, rank, one_more, offset), None
    else:
        sort = listing.sort or ProductSort.POPULAR
        order, clause = queries.ORDERS[sort], wanted.clause
        if listing.after is not None:
            values["key"], values["id"] = decode_cursor(listing.after, sort)
            clause += f" and {order.after}"
        statement = queries.page(clause, order, one_more, offset)
    rows = await (await connection.execute(statement, values, prepare=match.prepare)).fetchall()
    more = len(rows) > listing.limit
    rows = rows[: listing.limit]
    follows = encode_cursor(sort, rows[-1][2], rows[-1][1]) if more and sort else None
    return [row[0] for row in rows], follows
