"""HTTP of old holds, for the order service's housekeeping alone."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from backend.stock import purge
from shopkit.auth import calling_service
from shopkit.contracts.holds import HoldsForgotten, HoldsToForget, OldHolds
from shopkit.http import Db

router = APIRouter(
    prefix="/internal/holds", tags=["holds, internal"], dependencies=[Depends(calling_service("order_service"))]
)


@router.get("/old", summary="List old holds")
async def list_old_holds(
    db: Db,
    before: Annotated[AwareDatetime, Query(description="When they were made at the latest.")],
    after: Annotated[UUID | None, Query(description="The last id of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 500,
) -> OldHolds:
    """List the orders, by id, whose holds were made before then and wait for nothing."""
    return OldHolds(order_ids=await purge.old(db, before, after, limit))


@router.post("/forget", summary="Remove holds that nobody needs any more")
async def forget_holds(db: Db, wanted: HoldsToForget) -> HoldsForgotten:
    """Remove the holds of orders that are over for good; once more changes nothing. One that still waits stays."""
    return HoldsForgotten(count=await purge.forget(db, wanted.order_ids))
