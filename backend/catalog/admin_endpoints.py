"""HTTP of the catalogue for staff."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from backend.catalog import admin_list, queries, service
from backend.http import RowId
from backend.staff import Staff
from backend.stock import moves
from shopkit.auth import current_admin
from shopkit.contracts.catalog import (
    AdminProductFilter,
    AdminProductPage,
    Product,
    ProductChange,
    ProductInput,
    SizeChange,
    SizeInput,
    StockChange,
)
from shopkit.db import Database
from shopkit.errors import NotFound
from shopkit.http import Db, as_json

# Checked before the body is even looked at: whoever is no admin learns nothing about what a valid request is.
router = APIRouter(tags=["catalogue, staff"], dependencies=[Depends(current_admin)])

SizeName = Annotated[str, Path(alias="size", min_length=1, max_length=20, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]


async def product_answer(db: Database, product_id: int, status: int = 200) -> Response:
    """Return a product, archived or not, past every cache."""
    async with db.pool.connection() as connection:
        row = await (await connection.execute(queries.ANY_PRODUCT_BY_ID, (product_id,))).fetchone()
    if row is None:
        raise NotFound("There is no such product.")
    return as_json(row[0], status)


@router.get(
    "/api/admin/products", responses={200: {"model": AdminProductPage}}, summary="List products as staff see them"
)
async def list_all_products(request: Request, db: Db, wanted: Annotated[AdminProductFilter, Query()]) -> Response:
    """List products on sale or archived, past every cache, the last changed first unless sorted otherwise."""
    low_at: int = request.app.state.service.settings.low_stock_at
    async with db.pool.connection() as connection:
        return as_json(await admin_list.read(connection, wanted, low_at))


@router.get("/api/admin/products/{id}", responses={200: {"model": Product}}, summary="Read a product, archived or not")
async def read_any_product(db: Db, product_id: RowId) -> Response:
    """Read a product as it is, past every cache."""
    return await product_answer(db, product_id)


@router.post("/api/products", status_code=201, responses={201: {"model": Product}}, summary="Create a product")
async def create_product(staff: Staff, db: Db, wanted: ProductInput) -> Response:
    """Create a product with its sizes."""
    async with staff.work() as work:
        product_id = await service.create_product(work, wanted)
    return await product_answer(db, product_id, 201)


@router.patch("/api/products/{id}", responses={200: {"model": Product}}, summary="Change or archive a product")
async def change_product(staff: Staff, db: Db, product_id: RowId, wanted: ProductChange) -> Response:
    """Change the fields given. `archived: true` takes it off the shelf; carts that hold it are told."""
    async with staff.work() as work:
        await service.change_product(work, product_id, wanted)
    return await product_answer(db, product_id)


@router.delete("/api/products/{id}", status_code=204, summary="Archive a product")
async def archive_product(staff: Staff, product_id: RowId) -> None:
    """Take a product off the shelf. Nothing is lost: orders keep naming it, and it can be put back."""
    async with staff.work() as work:
        await service.change_product(work, product_id, ProductChange(archived=True))


@router.post(
    "/api/products/{id}/sizes", status_code=201, responses={201: {"model": Product}}, summary="Add a size to a product"
)
async def add_size(staff: Staff, db: Db, product_id: RowId, wanted: SizeInput) -> Response:
    """Add a size behind the others."""
    async with staff.work() as work:
        await service.add_size(work, product_id, wanted)
    return await product_answer(db, product_id, 201)


@router.patch("/api/products/{id}/sizes/{size}", responses={200: {"model": Product}}, summary="Change a size's price")
async def change_size(staff: Staff, db: Db, product_id: RowId, code: SizeName, wanted: SizeChange) -> Response:
    """Change a size's price or how many it serves (null: not known). Carts show it; orders placed keep their price."""
    async with staff.work() as work:
        await service.change_size(work, product_id, code, wanted)
    return await product_answer(db, product_id)


@router.delete("/api/products/{id}/sizes/{size}", responses={200: {"model": Product}}, summary="Remove a size")
async def remove_size(staff: Staff, db: Db, product_id: RowId, code: SizeName) -> Response:
    """Remove a size; a product keeps at least one."""
    async with staff.work() as work:
        await service.remove_size(work, product_id, code)
    return await product_answer(db, product_id)


@router.patch(
    "/api/products/{id}/sizes/{size}/stock", responses={200: {"model": Product}}, summary="Set or move a size's stock"
)
async def change_stock(staff: Staff, db: Db, product_id: RowId, code: SizeName, wanted: StockChange) -> Response:
    """Set the stock, or move it by `delta`; below zero is refused and changes nothing."""
    async with staff.work() as work:
        await moves.change(work, product_id, code, wanted)
    return await product_answer(db, product_id)
