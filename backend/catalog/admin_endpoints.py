"""HTTP of the catalogue for staff."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from backend.catalog import queries, service
from backend.catalog.models import Category as CategoryRow
from shopkit.auth import current_admin
from shopkit.contracts.catalog import (
    CategoryChange,
    CategoryInput,
    CategoryRef,
    Product,
    ProductChange,
    ProductInput,
    SizeChange,
    SizeInput,
    StockChange,
)
from shopkit.db import Database, database
from shopkit.errors import NotFound

# Checked before the body is even looked at: whoever is no admin learns nothing about what a valid request is.
router = APIRouter(tags=["catalogue, staff"], dependencies=[Depends(current_admin)])

Db = Annotated[Database, Depends(database)]
RowId = Annotated[int, Path(alias="id", ge=1, le=2**31 - 1)]
SizeName = Annotated[str, Path(alias="size", min_length=1, max_length=20, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]


async def _product(db: Database, product_id: int, status: int = 200) -> Response:
    async with db.pool.connection() as connection:
        row = await (await connection.execute(queries.ANY_PRODUCT_BY_ID, (product_id,))).fetchone()
    if row is None:
        raise NotFound("There is no such product.")
    return Response(row[0].encode(), status, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get("/api/admin/products/{id}", responses={200: {"model": Product}}, summary="Read a product, archived or not")
async def read_any_product(db: Db, product_id: RowId) -> Response:
    """Read a product as it is, past every cache."""
    return await _product(db, product_id)


@router.post("/api/products", status_code=201, responses={201: {"model": Product}}, summary="Create a product")
async def create_product(db: Db, wanted: ProductInput) -> Response:
    """Create a product with its sizes."""
    async with db.session() as session:
        product_id = await service.create_product(session, wanted)
    return await _product(db, product_id, 201)


@router.patch("/api/products/{id}", responses={200: {"model": Product}}, summary="Change or archive a product")
async def change_product(request: Request, db: Db, product_id: RowId, wanted: ProductChange) -> Response:
    """Change the fields given. `archived: true` takes it off the shelf; carts that hold it are told."""
    async with db.session() as session:
        await service.change_product(session, product_id, wanted, request.app.state.service.clock)
    return await _product(db, product_id)


@router.delete("/api/products/{id}", status_code=204, summary="Archive a product")
async def archive_product(request: Request, db: Db, product_id: RowId) -> None:
    """Take a product off the shelf. Nothing is lost: orders keep naming it, and it can be put back."""
    async with db.session() as session:
        await service.change_product(session, product_id, ProductChange(archived=True), request.app.state.service.clock)


@router.post(
    "/api/products/{id}/sizes", status_code=201, responses={201: {"model": Product}}, summary="Add a size to a product"
)
async def add_size(db: Db, product_id: RowId, wanted: SizeInput) -> Response:
    """Add a size behind the others."""
    async with db.session() as session:
        await service.add_size(session, product_id, wanted)
    return await _product(db, product_id, 201)


@router.patch("/api/products/{id}/sizes/{size}", responses={200: {"model": Product}}, summary="Change a size's price")
async def change_size(db: Db, product_id: RowId, code: SizeName, wanted: SizeChange) -> Response:
    """Change a size's price or how many it serves. Carts show the change; orders placed keep their price."""
    async with db.session() as session:
        await service.change_size(session, product_id, code, wanted)
    return await _product(db, product_id)


@router.delete("/api/products/{id}/sizes/{size}", responses={200: {"model": Product}}, summary="Remove a size")
async def remove_size(db: Db, product_id: RowId, code: SizeName) -> Response:
    """Remove a size; a product keeps at least one."""
    async with db.session() as session:
        await service.remove_size(session, product_id, code)
    return await _product(db, product_id)


@router.patch(
    "/api/products/{id}/sizes/{size}/stock", responses={200: {"model": Product}}, summary="Set or move a size's stock"
)
async def change_stock(db: Db, product_id: RowId, code: SizeName, wanted: StockChange) -> Response:
    """Set the stock, or move it by `delta`; below zero is refused and changes nothing."""
    async with db.session() as session:
        await service.change_stock(session, product_id, code, wanted)
    return await _product(db, product_id)


@router.post("/api/categories", status_code=201, summary="Create a category")
async def create_category(db: Db, wanted: CategoryInput) -> CategoryRef:
    """Create a category."""
    async with db.session() as session:
        return _category(await service.create_category(session, wanted))


@router.patch("/api/categories/{id}", summary="Change a category")
async def change_category(db: Db, category_id: RowId, wanted: CategoryChange) -> CategoryRef:
    """Change the fields given."""
    async with db.session() as session:
        return _category(await service.change_category(session, category_id, wanted))


@router.delete("/api/categories/{id}", status_code=204, summary="Delete an empty category")
async def delete_category(db: Db, category_id: RowId) -> None:
    """Delete a category that no product, archived or not, stands in."""
    async with db.session() as session:
        await service.delete_category(session, category_id)


def _category(row: CategoryRow) -> CategoryRef:
    return CategoryRef.model_validate(row)
