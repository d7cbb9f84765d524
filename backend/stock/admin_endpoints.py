"""HTTP of stock for staff: what runs low, and how a stock came to be what it is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from backend.http import RowId
from backend.stock import queries
from shopkit.auth import current_admin
from shopkit.contracts.base import MAX_ID
from shopkit.contracts.catalog import LowStockList, StockHistory
from shopkit.errors import NotFound
from shopkit.http import Db, as_json
from shopkit.text import Line

router = APIRouter(tags=["stock, staff"], dependencies=[Depends(current_admin)])


@router.get("/api/admin/stock/low", responses={200: {"model": LowStockList}}, summary="List sizes that run low")
async def list_low_stock(request: Request, db: Db, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Response:
    """List the sizes on sale of which few or none are left, the emptiest first, with what open orders hold of them."""
    low_at: int = request.app.state.service.settings.low_stock_at
    async with db.pool.connection() as connection:
        found = await connection.execute(queries.LOW, {"low_at": low_at, "limit": limit})
        row = await found.fetchone()
    assert row is not None  # the statement always answers one row
    return as_json(row[0])


@router.get(
    "/api/admin/products/{id}/stock-history",
    responses={200: {"model": StockHistory}},
    summary="Read how a product's stock moved",
)
async def read_stock_history(
    db: Db,
    product_id: RowId,
    size: Annotated[Line | None, Query(max_length=20)] = None,
    after: Annotated[int | None, Query(ge=1, le=MAX_ID, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Response:
    """Read the moves of a product's stock, newest first; of one size, also one that was removed, with `size`."""
    values = {"product_id": product_id, "size": size or None, "after": after, "limit": limit}
    async with db.pool.connection() as connection:
        exists = await (await connection.execute(queries.PRODUCT_EXISTS, (product_id,))).fetchone()
        row = await (await connection.execute(queries.HISTORY, values)).fetchone()
    if not (exists and exists[0]):
        raise NotFound("There is no such product.")
    assert row is not None  # an aggregate
    return as_json(row[0])
