"""HTTP of categories for staff."""

from fastapi import APIRouter, Depends, Response

from backend.catalog import categories
from backend.catalog.endpoints import category_list
from backend.http import RowId
from backend.staff import Staff
from shopkit.auth import current_admin
from shopkit.contracts.catalog import Category, CategoryChange, CategoryInput, CategoryOrder, CategoryRef

router = APIRouter(tags=["catalogue, staff"], dependencies=[Depends(current_admin)])


@router.post("/api/categories", status_code=201, summary="Create a category")
async def create_category(staff: Staff, wanted: CategoryInput) -> CategoryRef:
    """Create a category."""
    async with staff.work() as work:
        return CategoryRef.model_validate(await categories.create(work, wanted))


@router.patch("/api/categories/{id}", summary="Change a category")
async def change_category(staff: Staff, category_id: RowId, wanted: CategoryChange) -> CategoryRef:
    """Change the fields given."""
    async with staff.work() as work:
        return CategoryRef.model_validate(await categories.change(work, category_id, wanted))


@router.delete("/api/categories/{id}", status_code=204, summary="Delete an empty category")
async def delete_category(staff: Staff, category_id: RowId) -> None:
    """Delete a category that no product, archived or not, stands in."""
    async with staff.work() as work:
        await categories.delete(work, category_id)


@router.put(
    "/api/admin/categories/order", responses={200: {"model": list[Category]}}, summary="Put the categories in order"
)
async def order_categories(staff: Staff, wanted: CategoryOrder) -> Response:
    """Show the categories in this order from now on. All must be named; 409 when there are others by now."""
    async with staff.work() as work:
        await categories.reorder(work, wanted.ids)
    return await category_list(staff.database)
