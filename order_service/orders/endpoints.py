"""HTTP of orders."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from order_service.http import OrderId, ServiceDep
from order_service.orders import queries, repository
from order_service.orders.lookup import Lookup
from order_service.orders.repository import Viewer
from order_service.orders.service import Orders
from order_service.orders.stream import OrderStream, Wanted, Watcher
from order_service.orders.terms import terms
from order_service.settings import OrderSettings
from shopkit.addresses import ClientAddress
from shopkit.auth import LOGIN_OPTIONAL, Admin, AnyPerson, MaybePerson, Person, TokenVerifier
from shopkit.contracts.base import MAX_ID, MAX_OFFSET
from shopkit.contracts.orders import (
    CancelRequest,
    DeliveryTerms,
    Order,
    OrderFilter,
    OrderInput,
    OrderLink,
    OrderLookup,
    OrderPage,
    StatusChange,
)
from shopkit.errors import NotFound, Unauthenticated
from shopkit.http import Db, as_json

SESSION_CHECK_S = 5.0
TRACKING_PATTERN = r"^[A-Za-z0-9_-]{20,64}$"

router = APIRouter(prefix="/api/orders", tags=["orders"])

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,100}$",
        description="Any string of your own, new for each order. Sent again with the same order, it answers the first.",
    ),
]


async def _orders(request: Request) -> Orders:
    return request.app.state.orders  # type: ignore[no-any-return]


OrdersDep = Annotated[Orders, Depends(_orders)]


@router.post("", status_code=201, responses={201: {"model": Order}}, summary="Place an order")
async def place(
    orders: OrdersDep, person: AnyPerson, address: ClientAddress, wanted: OrderInput, key: IdempotencyKey = None
) -> Response:
    """Place an order, as a customer or a guest.

    The server owns prices and stock: 409 `price_changed` and 409 `insufficient_stock` name the lines concerned, and
    nothing is ordered; so does 422 `outside_delivery_area` the `place` of an address that is too far away. Send an
    `Idempotency-Key`, and a repetition after a lost answer orders nothing twice, for days.

    There is a limit to what one orders: 422 `too_many_pieces`, `too_many_pieces_of_one` and `too_many_open_pieces` tell
    the `most` there may be in an order, of one cake, and on the way to one person; 429 tells when to try again.

    An order of what is in the buyer's cart names the cart's `state` as `cartState`: what it bought is taken out, what
    was added later stays. Without it the cart is left alone. A shop that is behind with earlier orders answers 503
    `busy` before it takes anything.
    """
    return as_json(await orders.place(person, address, wanted, key), 201)


@router.get("", responses={200: {"model": OrderPage}}, summary="List orders")
async def list_orders(db: Db, admin: Admin, wanted: Annotated[OrderFilter, Query()]) -> Response:
    """List everyone's orders, for staff."""
    async with db.pool.connection() as connection:
        return as_json(await repository.page(connection, wanted, Viewer(admin.id, staff=True)))


@router.get("/delivery-terms", summary="What delivery costs, and when a cake comes")
async def delivery_terms(request: Request, service: ServiceDep) -> DeliveryTerms:
    """Return the delivery fee, the order sum from which delivery is free, the area, the hours and what they promise."""
    settings: OrderSettings = request.app.state.service.settings
    return terms(settings, service.clock.now())


@router.get("/user/{userId}", responses={200: {"model": OrderPage}}, summary="List a person's orders")
async def list_own_orders(
    db: Db,
    person: AnyPerson,
    user_id: Annotated[int, Path(alias="userId", ge=1, le=MAX_ID)],
    page: Annotated[int, Query(ge=1, le=MAX_OFFSET + 1)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: UUID | None = None,
) -> Response:
    """List one's own orders, newest first; staff may list anyone's."""
    if not person.may_see(user_id):
        raise NotFound("There is no such person.")
    wanted = OrderFilter(page=page, limit=limit, user_id=user_id, after=after)
    async with db.pool.connection() as connection:
        return as_json(await repository.page(connection, wanted, Viewer(person.id, staff=person.is_admin)))


async def _lookup(request: Request) -> Lookup:
    return request.app.state.lookup  # type: ignore[no-any-return]


@router.post("/lookup", summary="Find an order by its number and phone")
async def look_up(
    lookup: Annotated[Lookup, Depends(_lookup)], address: ClientAddress, wanted: OrderLookup
) -> OrderLink:
    """Return the tracking link of an order, for whoever knows its number and the phone given with it.

    404 does not tell which of the two is wrong. Failed attempts are limited by address and by number: 429 tells when to
    try again.
    """
    return await lookup.find(wanted, address)


@router.get("/track/{token}", responses={200: {"model": Order}}, summary="Track an order by its link")
async def track(db: Db, token: Annotated[str, Path(pattern=TRACKING_PATTERN)]) -> Response:
    """Read the order that an unguessable tracking link opens, without a login."""
    async with db.pool.connection() as connection:
        order = await repository.read_tracked(connection, token)
    if order is None:
        raise NotFound("There is no such order.")
    return as_json(order)


async def _wanted(
    db: Db,
    person: MaybePerson,
    tracking: Annotated[str | None, Query(pattern=TRACKING_PATTERN, description="A tracking link's token.")] = None,
) -> tuple[Wanted, str]:
    """Return which changes the caller may follow, and as whom the stream counts."""
    if tracking is not None:
        async with db.pool.connection() as connection:
            row = await (await connection.execute(queries.TRACKED_ID, (tracking,))).fetchone()
        if row is None:
            raise NotFound("There is no such order.")
        order_id = row[0]
        return lambda change: change.order_id == order_id, f"order {order_id}"
    if person is None:
        raise Unauthenticated
    return lambda change: person.may_see(change.user_id), f"person {person.id}"


async def _watcher(request: Request, wanted: Annotated[tuple[Wanted, str], Depends(_wanted)]) -> AsyncIterator[Watcher]:
    """Give a watcher until the stream ends. A dependency: once a stream has begun, it is too late to refuse."""
    orders: OrderStream = request.app.state.stream
    with orders.watch(*wanted) as watcher:
        yield watcher


@router.get(
    "/stream",
    response_class=EventSourceResponse,
    summary="Follow changes live",
    openapi_extra=LOGIN_OPTIONAL,
    responses={200: {"description": "Events `order` (an OrderChanged each) and `resync`: read anew."}},
)
async def stream(
    request: Request, person: MaybePerson, watcher: Annotated[Watcher, Depends(_watcher)]
) -> AsyncIterator[ServerSentEvent]:
    """Follow changes as server-sent events: one's own orders', all orders' as staff, or one order's by its link.

    A stream ends with the session that opened it, and when the service stops. It begins with `resync`: what changed
    before it is not repeated. A person, or a link, may follow a few at once: 429 `too_many_streams`.
    """
    verifier: TokenVerifier = request.app.state.verifier
    yield ServerSentEvent(event="resync", data={})
    while _goes_on(watcher, verifier, person):
        try:
            async with asyncio.timeout(SESSION_CHECK_S):
                change = await watcher.next()
        except TimeoutError:
            continue
        if not _goes_on(watcher, verifier, person):
            return
        if change is None:
            yield ServerSentEvent(event="resync", data={})
        else:
            yield ServerSentEvent(event="order", data=change.model_dump(mode="json", by_alias=True))


def _goes_on(watcher: Watcher, verifier: TokenVerifier, person: Person | None) -> bool:
    if watcher.ended or person is None:
        return not watcher.ended
    return person.expires_at > datetime.now(UTC) and str(person.session_id) not in verifier.ended


@router.get("/{id}", responses={200: {"model": Order}}, summary="Read an order")
async def read(db: Db, person: AnyPerson, order_id: OrderId) -> Response:
    """Read one's own order with its timeline; staff may read anyone's."""
    async with db.pool.connection() as connection:
        order = await repository.read(connection, order_id, Viewer(person.id, staff=person.is_admin))
    if order is None:
        raise NotFound("There is no such order.")
    return as_json(order)


@router.patch("/{id}/status", responses={200: {"model": Order}}, summary="Move an order to its next status")
async def change_status(orders: OrdersDep, admin: Admin, order_id: OrderId, wanted: StatusChange) -> Response:
    """Move an order one step on its way, or cancel it before it is shipped, for staff.

    409 `invalid_transition` names the steps allowed. With the `version` one has seen, 409 `version_conflict` tells
    that somebody else was faster.
    """
    return as_json(await orders.move(admin, order_id, wanted))


@router.post("/{id}/cancel", responses={200: {"model": Order}}, summary="Cancel an order")
async def cancel(
    orders: OrdersDep, person: AnyPerson, order_id: OrderId, wanted: CancelRequest | None = None
) -> Response:
    """Cancel one's own order while it is PENDING; its stock goes back. Cancelling once more changes nothing."""
    return as_json(await orders.cancel(person, order_id, wanted.reason if wanted else ""))
