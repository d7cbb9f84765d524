"""HTTP of the catalogue: what everyone may read."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Path, Query, Request, Response

from analytics.events import Payload, ProductSearch, ProductUnavailable, ProductViewed
from analytics.recorder import Recorder
from backend.catalog import facets, listing, queries
from backend.catalog.cache import CachedRoute
from backend.catalog.listing import Listing
from shopkit.auth import LOGIN_OPTIONAL, MaybePerson, Person
from shopkit.contracts.base import MAX_OFFSET
from shopkit.contracts.catalog import Category, Occasion, Product, ProductPage, ProductSort, ProductSummary, SearchReply
from shopkit.db import Database
from shopkit.errors import NotFound
from shopkit.text import FILLED_LINE_PATTERN, Line
from shopkit.visit import VISIT_HEADER, VISIT_PATTERN, opts_out

RELATED = 4
INT4_MAX = 2**31 - 1

router = APIRouter(tags=["catalogue"], route_class=CachedRoute)

SessionId = Annotated[
    str | None,
    Header(
        alias=VISIT_HEADER,
        pattern=VISIT_PATTERN,
        description="A visitor's session. With it, or with a token, the view or search is recorded as an event.",
    ),
]
ProductKey = Annotated[str, Path(alias="id", pattern=r"^[a-z0-9-]{1,120}$", description="An id or a slug.")]
Price = Annotated[int | None, Query(ge=0, le=INT4_MAX)]


def _json(body: str) -> Response:
    return Response(body.encode(), media_type="application/json")


def _record(request: Request, payload: Payload, person: Person | None, session_id: str | None) -> None:
    """Record an event, if there is somebody whose it is, who does not ask for none."""
    if person is None and (session_id is None or opts_out(request.headers)):
        return
    recorder: Recorder = request.app.state.recorder
    recorder.record(payload, person, session_id)


@router.get(
    "/api/products", responses={200: {"model": ProductPage}}, summary="List products", openapi_extra=LOGIN_OPTIONAL
)
async def list_products(
    request: Request,
    person: MaybePerson,
    session_id: SessionId = None,
    page: Annotated[int, Query(ge=1, le=MAX_OFFSET + 1)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 24,
    category: Annotated[str | None, Query(pattern=r"^[a-z0-9-]{1,120}$", description="A category's slug.")] = None,
    occasion: Annotated[Occasion | None, Query(description="What the cake is for.")] = None,
    q: Annotated[Line | None, Query(max_length=100, description="Words, with or without accents.")] = None,
    min_price: Annotated[Price, Query(alias="minPrice", description="Smallest size's price, VND.")] = None,
    max_price: Annotated[Price, Query(alias="maxPrice", description="Smallest size's price, VND.")] = None,
    in_stock: Annotated[bool | None, Query(alias="inStock", description="Only what can be bought now.")] = None,
    sort: ProductSort | None = None,
    after: Annotated[str | None, Query(max_length=600, pattern=r"^[A-Za-z0-9_-]*$")] = None,
) -> Response:
    """List products that match every filter given.

    Pages are asked for by number, or by `after` with the `next` of the page before, which works at any depth. Without
    `sort`, a list with `q` has the best match first, and any other the most popular.
    """
    wanted = Listing(page, limit, category, occasion, q, min_price, max_price, in_stock, sort, after or None)
    database: Database = request.app.state.database
    async with database.pool.connection() as connection:
        match = await listing.find_match(connection, wanted)
        items, follows = await listing.items(connection, wanted, match)
        total, facts = await facets.read(connection, wanted, match)
    if q and page == 1 and not after:
        _record(request, ProductSearch(search_query=q, results_count=total), person, session_id)
    pages = -(-total // limit)
    return _json(
        f'{{"items":[{",".join(items)}],"page":{page},"limit":{limit},"total":{total},"pages":{pages},'
        f'"facets":{facts},"fuzzy":{orjson.dumps(match.fuzzy).decode()},"next":{orjson.dumps(follows).decode()}}}'
    )


@router.get(
    "/api/products/search",
    responses={200: {"model": SearchReply}},
    summary="Search products",
    openapi_extra=LOGIN_OPTIONAL,
)
async def search_products(
    request: Request,
    person: MaybePerson,
    q: Annotated[Line, Query(min_length=1, max_length=100, json_schema_extra={"pattern": FILLED_LINE_PATTERN})],
    session_id: SessionId = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 8,
) -> Response:
    """Search as one types: every word may be unfinished and without accents; near spellings when nothing matches."""
    database: Database = request.app.state.database
    wanted = Listing(q=q, limit=limit)
    async with database.pool.connection() as connection:
        match = await listing.find_match(connection, wanted)
        items, _ = await listing.items(connection, wanted, match)
        total = len(items) if len(items) < limit else await listing.count(connection, wanted, match)
    _record(request, ProductSearch(search_query=q, results_count=total), person, session_id)
    return _json(
        f'{{"query":{orjson.dumps(q).decode()},"fuzzy":{orjson.dumps(match.fuzzy).decode()},"total":{total},'
        f'"items":[{",".join(items)}]}}'
    )


@router.get(
    "/api/products/{id}", responses={200: {"model": Product}}, summary="Read a product", openapi_extra=LOGIN_OPTIONAL
)
async def read_product(
    request: Request,
    person: MaybePerson,
    product: ProductKey,
    session_id: SessionId = None,
) -> Response:
    """Read a product by its id or its slug. One that is archived, or was never there, is 404."""
    row = await _product_row(request.app.state.database, product)
    if row is None:
        raise NotFound("There is no such product.")
    body, product_id, name, price, category, in_stock = row
    viewed = ProductViewed(product_id=product_id, product_name=name, price=price, category=category)
    _record(request, viewed, person, session_id)
    if not in_stock:
        missed = ProductUnavailable(product_id=product_id, product_name=name, requested=1, available=0)
        _record(request, missed, person, session_id)
    return _json(body)


async def _product_row(database: Database, product: str) -> tuple[Any, ...] | None:
    async with database.pool.connection() as connection:
        return await (await connection.execute(queries.PRODUCT_ON_SALE, _key(product))).fetchone()


def _key(product: str) -> dict[str, Any]:
    """Return what the statements look for: digits are an id, anything else a slug."""
    is_id = product.isdecimal() and int(product) <= INT4_MAX
    return {"id": int(product) if is_id else None, "slug": None if is_id else product}


@router.get(
    "/api/products/{id}/related", responses={200: {"model": list[ProductSummary]}}, summary="Products of the same kind"
)
async def related_products(request: Request, product: ProductKey) -> Response:
    """Return up to four products of the same category, what can be bought now first."""
    database: Database = request.app.state.database
    async with database.pool.connection() as connection:
        rows = await connection.execute(queries.RELATED, {**_key(product), "limit": RELATED})
        return _json(f"[{','.join([row[0] async for row in rows])}]")


@router.get("/api/categories", responses={200: {"model": list[Category]}}, summary="List categories")
async def list_categories(request: Request) -> Response:
    """List the shelves of the shop in their order, with the number of products on sale."""
    return await category_list(request.app.state.database)


async def category_list(database: Database) -> Response:
    """Return every category as JSON."""
    async with database.pool.connection() as connection:
        row = await (await connection.execute(queries.CATEGORIES)).fetchone()
        return _json(row[0] if row else "[]")
