"""HTTP of holds, for the order service alone."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from backend.stock.service import Holds
from shopkit.auth import calling_service
from shopkit.contracts.holds import Hold, HoldRequest, HoldsConfirmation, HoldsConfirmed

router = APIRouter(
    prefix="/internal/holds", tags=["holds, internal"], dependencies=[Depends(calling_service("order_service"))]
)


async def _holds(request: Request) -> Holds:
    return request.app.state.holds  # type: ignore[no-any-return]


HoldsDep = Annotated[Holds, Depends(_holds)]


@router.post("", summary="Hold stock for an order")
async def take(holds: HoldsDep, wanted: HoldRequest) -> Hold:
    """Take the stock of all lines or of none. Asking again with the same order id returns the same hold."""
    return await holds.take(wanted)


@router.post("/confirm", summary="Many orders stand: their stock is sold")
async def confirm_all(holds: HoldsDep, wanted: HoldsConfirmation) -> HoldsConfirmed:
    """Make many holds final, and tell for each what became of it; one that cannot be holds up no other."""
    return HoldsConfirmed(results=await holds.confirm_all(wanted.order_ids))


@router.post("/{order_id}/confirm", summary="The order stands: its stock is sold")
async def confirm(holds: HoldsDep, order_id: UUID) -> Hold:
    """Make a hold final; after its time limit this takes the stock anew, or answers 409 when it is gone."""
    return await holds.confirm(order_id)


@router.post("/{order_id}/release", summary="The order is off: its stock goes back")
async def release(holds: HoldsDep, order_id: UUID) -> Hold:
    """Give the stock back, before or after the confirmation; a hold that comes later takes nothing."""
    return await holds.release(order_id)


@router.post("/{order_id}/write-off", summary="The order came back, and its cakes are lost")
async def write_off(holds: HoldsDep, order_id: UUID) -> Hold:
    """Note that what was sold is lost: its stock does not go back. Once more changes nothing."""
    return await holds.write_off(order_id)
