"""HTTP of the reports, for staff."""

import csv
from collections.abc import Iterable
from datetime import date, timedelta
from io import StringIO
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response

from analytics.reports import MAX_ROWS, REPORTS
from analytics.reports import Report as Definition
from backend.analytics.endpoints import LiveDep
from shopkit.app import Service
from shopkit.auth import Admin
from shopkit.clock import shop_day
from shopkit.contracts.base import MAX_ID, ShopDay
from shopkit.contracts.reports import Report, ReportColumn, Segment
from shopkit.errors import Invalid, NotFound

router = APIRouter(prefix="/api/admin/reports", tags=["reports"])

USUAL_DAYS = 30
CSV = {"text/csv": {"schema": {"type": "string"}}}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a text must not begin with in a spreadsheet, which would run it: searches are what strangers typed."""


@router.get("", summary="List the reports")
async def list_reports(person: Admin) -> list[str]:
    """Return the names of the reports there are."""
    return list(REPORTS)


@router.get(
    "/{name}",
    response_model=Report,
    responses={200: {"content": CSV}},
    summary="Read a report",
)
async def read_report(
    request: Request,
    person: Admin,
    live: LiveDep,
    name: str,
    since: Annotated[ShopDay | None, Query(alias="from", description="The first shop day; 30 when absent.")] = None,
    until: Annotated[ShopDay | None, Query(alias="to", description="The last shop day; today when absent.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS, description="Rows at most.")] = 1_000,
    segment: Annotated[Segment | None, Query(description="Of `customers` alone.")] = None,
    user_id: Annotated[
        int, Query(alias="userId", ge=0, le=MAX_ID, description="One customer, of `customers` and `best_sellers`.")
    ] = 0,
    accept: Annotated[str, Header(description="`text/csv` for a file.")] = "application/json",
) -> Response:
    """Return a report over the live events: all that happened until a moment ago. With `Accept: text/csv` as a file."""
    definition = REPORTS.get(name)
    if definition is None:
        raise NotFound(f"There is no such report. There are: {', '.join(REPORTS)}.", code="no_report")
    service: Service = request.app.state.service
    until = until or shop_day(service.clock.now())
    since = since or until - timedelta(days=USUAL_DAYS - 1)
    if since > until:
        raise Invalid("from: the period ends before it begins", code="bad_period")
    statement = definition.sql(since, until, most=limit, segment=segment.value if segment else "", user_id=user_id)
    async with live.require().pool.connection() as connection:
        rows = await (await connection.execute(statement.encode())).fetchall()
    if "text/csv" in accept:
        headers = {"Content-Disposition": f'attachment; filename="{name}-{since}-{until}.csv"'}
        return Response(as_csv(definition, rows), media_type="text/csv; charset=utf-8", headers=headers)
    report = Report(
        name=name,
        since=since,
        until=until,
        columns=[ReportColumn(name=column, kind=kind) for column, kind in definition.columns],
        rows=[[_plain(value) for value in row] for row in rows],
    )
    return JSONResponse(report.model_dump(mode="json", by_alias=True), headers={"Cache-Control": "no-store"})


def as_csv(definition: Definition, rows: Iterable[tuple[Any, ...]]) -> str:
    """Return a report as a spreadsheet reads it: with a mark of its encoding, and without formulas."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(column for column, _ in definition.columns)
    for row in rows:
        plain = (_plain(value) for value in row)
        writer.writerow(
            f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value for value in plain
        )
    return f"\ufeff{out.getvalue()}"


def _plain(value: Any) -> int | str | None:
    return value.isoformat() if isinstance(value, date) else value
