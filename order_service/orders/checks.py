"""What is asked for, before anything is looked up: refused where it contradicts itself, and as a hold takes it."""

from order_service.orders.area import place_outside
from order_service.settings import OrderSettings
from shopkit.auth import Person
from shopkit.contracts.holds import HoldItem
from shopkit.contracts.orders import Fulfilment, OrderInput, Payment
from shopkit.errors import Forbidden, Invalid

PAYMENTS = {Fulfilment.DELIVERY: Payment.CASH_ON_DELIVERY, Fulfilment.PICKUP: Payment.PAY_AT_PICKUP}
"""How an order is paid, by how it reaches its buyer."""


def checked(person: Person, wanted: OrderInput) -> Payment:
    """Return how the order is paid, after refusing what contradicts itself."""
    if wanted.user_id != person.id:
        raise Forbidden("userId: this is not your account", code="wrong_user")
    if wanted.fulfilment is Fulfilment.DELIVERY and not wanted.shipping_address:
        raise Invalid("shippingAddress: a delivery needs an address", code="address_required")
    payment = PAYMENTS[wanted.fulfilment]
    if wanted.payment not in {None, payment}:
        raise Invalid(f"payment: {wanted.fulfilment} is paid by {payment}", code="payment_mismatch")
    return payment


def merged(wanted: OrderInput) -> list[HoldItem]:
    """Return the lines with equal sizes added up."""
    lines: dict[tuple[int, str], HoldItem] = {}
    for item in wanted.items:
        known = lines.get((item.product_id, item.size))
        if known is None:
            lines[item.product_id, item.size] = HoldItem.model_validate(item.model_dump())
        elif known.price != item.price:
            raise Invalid("items: a size stands at two prices", code="duplicate_line")
        else:
            known.quantity += item.quantity
    return [*lines.values()]


def check_area(settings: OrderSettings, wanted: OrderInput) -> None:
    """Refuse a delivery to where the shop does not deliver."""
    names = [settings.delivery_area, settings.delivery_area_en, *settings.delivery_area_names]
    if wanted.fulfilment is Fulfilment.DELIVERY and (place := place_outside(wanted.shipping_address, names)):
        raise Invalid(
            f"shippingAddress: the shop delivers in {settings.delivery_area_en} only",
            code="outside_delivery_area",
            place=place,
            area=settings.delivery_area,
            areaEn=settings.delivery_area_en,
        )
