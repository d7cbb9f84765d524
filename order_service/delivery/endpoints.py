"""HTTP of what staff do beside an order's way."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from order_service.delivery.service import Delivery
from order_service.http import OrderId
from shopkit.auth import Admin
from shopkit.contracts.delivery import Correction, DeliveryFailure, DeliveryRetry, OrderReturn
from shopkit.contracts.orders import Order
from shopkit.http import as_json

router = APIRouter(prefix="/api/orders", tags=["orders, staff"])


async def _delivery(request: Request) -> Delivery:
    return request.app.state.delivery  # type: ignore[no-any-return]


DeliveryDep = Annotated[Delivery, Depends(_delivery)]


@router.post("/{id}/fail-delivery", responses={200: {"model": Order}}, summary="Note that a delivery failed")
async def fail_delivery(delivery: DeliveryDep, admin: Admin, order_id: OrderId, wanted: DeliveryFailure) -> Response:
    """Note that an order on its way did not reach its buyer, or was not collected. It stays SHIPPED."""
    return as_json(await delivery.fail(admin, order_id, wanted))


@router.post("/{id}/retry-delivery", responses={200: {"model": Order}}, summary="Try a failed delivery again")
async def retry_delivery(delivery: DeliveryDep, admin: Admin, order_id: OrderId, wanted: DeliveryRetry) -> Response:
    """Send an order out once more after its delivery failed."""
    return as_json(await delivery.retry(admin, order_id, wanted))


@router.post("/{id}/return", responses={200: {"model": Order}}, summary="Take back what could not be delivered")
async def return_order(delivery: DeliveryDep, admin: Admin, order_id: OrderId, wanted: OrderReturn) -> Response:
    """Cancel an order whose delivery failed; its stock goes back on the shelf, or is written off, as `stock` says."""
    return as_json(await delivery.return_order(admin, order_id, wanted))


@router.post("/{id}/correct", responses={200: {"model": Order}}, summary="Take a wrong step back")
async def correct(delivery: DeliveryDep, admin: Admin, order_id: OrderId, wanted: Correction) -> Response:
    """Take the last step back, within 24 hours of it and for a reason; never out of CANCELLED."""
    return as_json(await delivery.correct(admin, order_id, wanted))
