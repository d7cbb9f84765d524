"""An order made ready to show: texts in a language, amounts as strings, and its way as steps."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from shopkit.contracts.orders import Actor, Fulfilment, Order, OrderLine, OrderStatus, OrderSummary
from shopkit.money import format_vnd
from storefront.dates import format_moment, format_promise
from storefront.i18n import Lang, t
from storefront.state.catalog import PLACEHOLDER, unbroken
from storefront.state.delivery_text import headline, reached, shipped_note, status_text

WAY = (OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.DELIVERED)
FINAL = {OrderStatus.DELIVERED, OrderStatus.CANCELLED}


@dataclass
class LineView:
    """A line of an order."""

    name: str
    slug: str
    image: str
    size: str
    quantity: int
    price: str
    total: str


@dataclass
class StepView:
    """A step on the order's way. `place` is "done", "now" or "next"; `at` is "" for what is still to come."""

    status: str
    title: str
    place: str
    at: str = ""
    note: str = ""


@dataclass
class OrderView:
    """An order. `title` and `text` say where it stands, `expected` when it comes; "" where that says nothing more."""

    id: str = ""
    number: str = ""
    status: str = ""
    status_text: str = ""
    title: str = ""
    text: str = ""
    expected: str = ""
    placed_at: str = ""
    is_pickup: bool = False
    is_final: bool = False
    is_cancelled: bool = False
    can_cancel: bool = False
    contact: str = ""
    phone: str = ""
    address: str = ""
    note: str = ""
    payment: str = ""
    total: str = ""
    fee: str = ""
    grand_total: str = ""
    tracking_path: str = ""
    lines: list[LineView] = field(default_factory=list)
    steps: list[StepView] = field(default_factory=list)


@dataclass
class OrderRow:
    """An order in the history."""

    id: str
    number: str
    placed_at: str
    status: str
    status_text: str
    cakes: str
    image: str
    grand_total: str


def show_order(order: Order, lang: Lang) -> OrderView:
    """Return an order ready to show in a language."""
    pickup = order.fulfilment is Fulfilment.PICKUP
    title, text = headline(order, pickup, lang)
    return OrderView(
        id=str(order.id),
        number=order.number,
        status=order.status,
        status_text=_status(order.status, pickup, lang),
        title=title or t(lang, f"order.{_key(order.status, pickup)}_title"),
        text=text or t(lang, f"order.{_key(order.status, pickup)}_text"),
        expected=_expected(order, pickup, lang),
        placed_at=format_moment(order.created_at, lang),
        is_pickup=pickup,
        is_final=order.status in FINAL,
        is_cancelled=order.status is OrderStatus.CANCELLED,
        can_cancel=order.can_cancel,
        contact=order.contact_name or "",
        phone=order.contact_phone or "",
        address=order.shipping_address,
        note=order.note,
        payment=t(lang, f"order.payment_{order.payment.lower()}"),
        total=format_vnd(order.total_amount),
        fee=format_vnd(order.delivery_fee) if order.delivery_fee else t(lang, "order.free"),
        grand_total=format_vnd(order.grand_total),
        tracking_path=f"/track/{order.tracking_token}",
        lines=[show_line(line, lang) for line in order.items],
        steps=_steps(order, pickup, lang),
    )


def show_row(order: OrderSummary, lang: Lang) -> OrderRow:
    """Return an order ready to show in the history."""
    pickup = order.fulfilment is Fulfilment.PICKUP
    names = [_name(line, lang) for line in order.items]
    cakes = names[0] if names else ""
    if len(names) > 1:
        cakes = t(lang, "order.and_more", first=cakes, count=len(names) - 1)
    return OrderRow(
        id=str(order.id),
        number=order.number,
        placed_at=format_moment(order.created_at, lang),
        status=order.status,
        status_text=status_text(order, pickup, lang) or _status(order.status, pickup, lang),
        cakes=cakes,
        image=next((line.image for line in order.items if line.image), "") or PLACEHOLDER,
        grand_total=format_vnd(order.grand_total),
    )


def _expected(order: Order, pickup: bool, lang: Lang) -> str:
    ready = order.status in FINAL or (pickup and order.status is OrderStatus.SHIPPED)
    if ready or order.failed_delivery is not None or order.expected_from is None or order.expected_until is None:
        return ""
    begin, end = order.expected_from, order.expected_until
    when = format_promise(begin, end, lang, placed_at=order.created_at, now=datetime.now(UTC))
    return t(lang, "order.expected_pickup" if pickup else "order.expected_delivery", when=when)


def _steps(order: Order, pickup: bool, lang: Lang) -> list[StepView]:
    steps_taken = reached(order.timeline)
    way: tuple[OrderStatus, ...] = WAY
    if order.status is OrderStatus.CANCELLED:
        way = (*(status for status in WAY if status in steps_taken), OrderStatus.CANCELLED)
    steps = []
    for status in way:
        entry = steps_taken.get(status)
        place = "next" if entry is None else "now" if status is order.status else "done"
        if place == "now" and status in FINAL:
            place = "done"
        step = StepView(status=status, title=_status(status, pickup, lang), place=place)
        if entry:
            step.at = format_moment(entry.at, lang)
            step.note = entry.note
            if entry.actor is Actor.SYSTEM:  # its notes are in one language; there is one reason for which it acts
                step.note = t(lang, "order.cancelled_sold_out")
            if status is order.status is OrderStatus.SHIPPED:
                step.note = shipped_note(order, pickup, lang) or step.note
            if order.returned and status is OrderStatus.CANCELLED:
                step.title = t(lang, "delivery.returned")
        steps.append(step)
    return steps


def show_line(line: OrderLine, lang: Lang) -> LineView:
    """Return a line ready to show."""
    return LineView(
        name=_name(line, lang),
        slug=line.slug,
        image=line.image or PLACEHOLDER,
        size=line.size,
        quantity=line.quantity,
        price=format_vnd(line.price),
        total=format_vnd(line.line_total),
    )


def _name(line: OrderLine, lang: Lang) -> str:
    return unbroken(line.name_en if lang == "en" and line.name_en else line.name)


def _key(status: OrderStatus, pickup: bool) -> str:
    """Return the key of a status's texts. Fetching a cake oneself is told otherwise than having it brought."""
    different = {OrderStatus.SHIPPED, OrderStatus.DELIVERED}
    return status.lower() + ("_pickup" if pickup and status in different else "")


def _status(status: OrderStatus, pickup: bool, lang: Lang) -> str:
    return t(lang, f"order.{_key(status, pickup)}")
