"""HTTP of the cart, for customers and guests; staff may read, nobody else's cart exists for the others."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from analytics.events import AddToCart, CheckoutStarted, ProductUnavailable, RemovedFromCart
from analytics.recorder import Recorder
from backend.analytics.endpoints import RecorderDep
from backend.cart import service
from shopkit.auth import AnyPerson, Person, calling_service
from shopkit.contracts.base import MAX_ID
from shopkit.contracts.cart import Cart, CartAdd, CartChange, CartMerge, CartPurchases, CartRemoval, CartsForgotten
from shopkit.errors import Conflict, Forbidden, NotFound
from shopkit.http import Db

router = APIRouter(prefix="/api/cart", tags=["cart"])
internal = APIRouter(prefix="/internal/carts", tags=["cart, internal"])

LineId = Annotated[int, Path(alias="id", ge=1, le=MAX_ID, description="The line's id.")]


@contextmanager
def _recording_shortage(recorder: Recorder, person: Person) -> Iterator[None]:
    """Record what the block refuses for want of stock."""
    try:
        yield
    except Conflict as refusal:
        if refusal.code == "insufficient_stock":
            for line in refusal.extra["lines"]:
                recorder.record(ProductUnavailable.model_validate(line), person)
        raise


@router.post("", status_code=201, summary="Put something into the cart")
async def add(db: Db, recorder: RecorderDep, person: AnyPerson, wanted: CartAdd) -> Cart:
    """Put more of a product's size into one's own cart; pieces of a size that is there already are added up."""
    if wanted.user_id not in {None, person.id}:
        raise Forbidden("userId: this is not your account", code="wrong_user")
    with _recording_shortage(recorder, person):
        cart, price = await service.add(db, person.id, wanted)
    name = next((item.name for item in cart.items if item.product_id == wanted.product_id), None)
    added = AddToCart(
        product_id=wanted.product_id, product_name=name, quantity=wanted.quantity, size=wanted.size, price=price
    )
    recorder.record(added, person)
    return cart


@router.post("/checkout", summary="Begin the checkout")
async def begin_checkout(db: Db, recorder: RecorderDep, person: AnyPerson) -> Cart:
    """Return one's cart as it will be ordered, and record that the checkout began. An empty cart is 409."""
    cart = await service.read(db, person.id)
    if not cart.items:
        raise Conflict("The cart is empty.", code="cart_empty")
    started = CheckoutStarted(cart_total=cart.total_amount, item_count=cart.item_count)
    recorder.record(started, person, service="storefront")
    return cart


@router.get("/{userId}", summary="Read a cart")
async def read(
    db: Db, person: AnyPerson, user_id: Annotated[int, Path(alias="userId", ge=1, le=MAX_ID)], response: Response
) -> Cart:
    """Read one's own cart; staff may read anyone's."""
    if not person.may_see(user_id):
        raise NotFound("There is no such cart.")
    response.headers["Cache-Control"] = "no-store"
    return await service.read(db, user_id)


@router.patch("/{id}", summary="Change a line's quantity")
async def change(db: Db, recorder: RecorderDep, person: AnyPerson, line_id: LineId, wanted: CartChange) -> Cart:
    """Set the quantity of a line of one's own cart."""
    with _recording_shortage(recorder, person):
        cart, before = await service.change(db, person.id, line_id, wanted.quantity)
    item = next((item for item in cart.items if item.id == line_id), None)
    if item is not None and before != wanted.quantity:
        # More pieces are put in, fewer are taken out, whichever control of the page did it.
        kind = AddToCart if wanted.quantity > before else RemovedFromCart
        recorder.record(
            kind(
                product_id=item.product_id,
                product_name=item.name,
                quantity=abs(wanted.quantity - before),
                size=item.size,
                price=item.price,
            ),
            person,
        )
    return cart


@router.delete("/{id}", summary="Take a line out of the cart")
async def remove(db: Db, recorder: RecorderDep, person: AnyPerson, line_id: LineId) -> Cart:
    """Take a line out of one's own cart."""
    cart, removed = await service.remove(db, person.id, line_id)
    recorder.record(RemovedFromCart.model_validate(removed), person)
    return cart


@internal.post("/merge", dependencies=[Depends(calling_service("user_service"))], summary="Merge a guest's cart")
async def merge(db: Db, wanted: CartMerge) -> Cart:
    """Move a guest's cart into the account the guest logged in to."""
    return await service.merge(db, wanted)


@internal.post(
    "/forget",
    status_code=204,
    dependencies=[Depends(calling_service("user_service"))],
    summary="Empty the carts of guests who are gone",
)
async def forget(db: Db, forgotten: CartsForgotten) -> None:
    """Empty the carts of guests whose accounts were removed; repeating it changes nothing."""
    await service.forget(db, forgotten)


@internal.post(
    "/bought",
    status_code=204,
    dependencies=[Depends(calling_service("order_service"))],
    summary="Take out what was bought",
)
async def take_out(db: Db, bought: CartRemoval) -> None:
    """Take an order's lines out of its buyer's cart, once per order."""
    await service.take_out(db, bought)


@internal.post(
    "/bought-by-many",
    status_code=204,
    dependencies=[Depends(calling_service("order_service"))],
    summary="Take out what many orders bought",
)
async def take_out_bought(db: Db, bought: CartPurchases) -> None:
    """Take the lines of many orders out of the carts they came from, once per order; what was added since stays."""
    await service.take_out_bought(db, bought)
