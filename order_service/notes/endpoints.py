"""HTTP of staff's notes."""

from fastapi import APIRouter, Response
from uuid_utils.compat import uuid7

from order_service.http import OrderId, ServiceDep
from order_service.notes import queries
from shopkit import log
from shopkit.auth import Admin
from shopkit.contracts.orders import NoteInput, OrderNote
from shopkit.errors import NotFound
from shopkit.http import Db, as_json

router = APIRouter(prefix="/api/orders", tags=["orders, staff"])


@router.get("/{id}/notes", responses={200: {"model": list[OrderNote]}}, summary="Read staff's notes of an order")
async def read_notes(db: Db, _: Admin, order_id: OrderId) -> Response:
    """Read what staff noted about an order, oldest first. The buyer never sees it."""
    async with db.pool.connection() as connection:
        row = await (await connection.execute(queries.READ, {"order_id": order_id})).fetchone()
    return as_json(_found(row))


@router.post(
    "/{id}/notes", status_code=201, responses={201: {"model": OrderNote}}, summary="Note something about an order"
)
async def add_note(db: Db, service: ServiceDep, admin: Admin, order_id: OrderId, wanted: NoteInput) -> Response:
    """Note something about an order, for staff alone. A note stays: it is neither changed nor deleted."""
    values = {
        "order_id": order_id,
        "now": service.clock.now(),
        "actor": admin.id,
        "text": wanted.text,
        "audit_id": uuid7(),
        "request_id": log.request_id(),
    }
    async with db.pool.connection() as connection:
        row = await (await connection.execute(queries.ADD, values)).fetchone()
    return as_json(_found(row), 201)


def _found(row: tuple[str] | None) -> str:
    if row is None:
        raise NotFound("There is no such order.")
    return row[0]
