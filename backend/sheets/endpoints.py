"""HTTP of the catalogue's file, for staff."""

from typing import Annotated, Any

from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from backend.sheets.service import SHEET, Importer, export
from backend.staff import Staff
from shopkit.auth import current_admin
from shopkit.clock import shop_day
from shopkit.contracts.catalog import ImportReport
from shopkit.errors import Invalid

IMPORT_PATH = "/api/admin/products/import"
MAX_IMPORT_BYTES = 5 * 1024 * 1024

CSV = {"text/csv": {"schema": {"type": "string"}}}
FILE: dict[str, Any] = {"requestBody": {"required": True, "content": CSV}}

router = APIRouter(tags=["catalogue, staff"], dependencies=[Depends(current_admin)])


@router.get(
    "/api/admin/products.csv",
    response_class=Response,
    responses={200: {"content": CSV, "description": "The catalogue, one line per size."}},
    summary="Export the catalogue as CSV",
)
async def export_products(staff: Staff) -> StreamingResponse:
    """Write the whole catalogue, archived products too, as a file that spreadsheets open and an import reads back.

    Cells that a spreadsheet would take for a formula begin with an apostrophe. A dash says: no allergens, no occasions.
    """
    name = f"{SHEET.removesuffix('.csv')}-{shop_day(staff.clock.now())}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(export(staff.database), media_type="text/csv; charset=utf-8", headers=headers)


@router.post(
    IMPORT_PATH, responses={200: {"model": ImportReport}}, summary="Import the catalogue from CSV", openapi_extra=FILE
)
async def import_products(
    request: Request,
    staff: Staff,
    dry_run: Annotated[bool, Query(alias="dryRun", description="Only tell what would be done.")] = True,
    digest: Annotated[
        str | None, Query(pattern=r"^[0-9a-f]{32}$", description="The dry run's, without which nothing is done.")
    ] = None,
) -> Response:
    """Create and change products and sizes as a file says; what it does not name stays as it is.

    One line per size, in at most 5 MB and 100,000 lines; `slug` and `size` are required columns. An empty cell keeps
    name, category, price, stock, allergens, archived and occasions, and empties the others; a dash takes away all
    allergens, or occasions.

    A dry run answers what would be done and every problem. The real one does exactly what the dry run with this
    `digest` showed, or nothing: 422 `import_problems` and 409 `catalogue_changed` carry the report's fields.
    """
    if not dry_run and digest is None:
        raise Invalid("digest: make a dry run first, and send its digest", code="digest_required")
    content = await request.body()
    importer = Importer(staff.database, staff.clock, _limiter(request))
    report = await (
        importer.dry_run(content) if dry_run or digest is None else importer.run(staff.person, content, digest)
    )
    return Response(report.model_dump_json(by_alias=True), media_type="application/json")


def _limiter(request: Request) -> CapacityLimiter:
    return request.app.state.import_limiter  # type: ignore[no-any-return]
