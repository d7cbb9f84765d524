"""One order made ready to show to staff: everything there is to know about it, and what can be done next."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shopkit.contracts.delivery import TimelineKind
from shopkit.contracts.orders import Actor, Fulfilment, Order, OrderNote, OrderStatus, TimelineEntry
from shopkit.money import format_vnd
from storefront.dates import format_moment
from storefront.i18n import Lang, t
from storefront.state.admin.order_cards import failed_text, has_steps, next_step, next_text, reason_text
from storefront.state.order_view import LineView, show_line

CANCELLABLE = {OrderStatus.PENDING, OrderStatus.PROCESSING}


@dataclass
class Entry:
    """An entry of the order's timeline. `event` is what happened besides a step, "" for a step.

    `note` is the one the buyer sees, unless it `is_internal`.
    """

    status: str
    event: str
    is_internal: bool
    at: str
    who: str
    note: str


@dataclass
class NoteView:
    """A note of staff's."""

    at: str
    who: str
    text: str


@dataclass
class OrderSheet:
    """An order. `due` is what is still to be collected from the buyer, "" for nothing."""

    id: str = ""
    number: str = ""
    version: int = 0
    status: str = ""
    is_pickup: bool = False
    placed_at: str = ""
    changed_at: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    note: str = ""
    customer_id: int = 0
    customer: str = ""
    payment: str = ""
    pieces: int = 0
    total: str = ""
    fee: str = ""
    grand_total: str = ""
    due: str = ""
    next: str = ""
    next_text: str = ""
    can_cancel: bool = False
    failed: str = ""
    has_steps: bool = False
    returned: bool = False
    tracking_path: str = ""
    lines: list[LineView] = field(default_factory=list)
    steps: list[Entry] = field(default_factory=list)


def show_sheet(order: Order, names: Mapping[int, str], lang: Lang) -> OrderSheet:
    """Return an order ready to show; `names` are those of people by id, as far as they are known."""
    pickup = order.fulfilment is Fulfilment.PICKUP
    following = next_step(order)
    unpaid = order.status not in {OrderStatus.DELIVERED, OrderStatus.CANCELLED}
    return OrderSheet(
        id=str(order.id),
        number=order.number,
        version=order.version,
        status=order.status,
        is_pickup=pickup,
        placed_at=format_moment(order.created_at, lang),
        changed_at=order.updated_at.isoformat(),
        name=order.contact_name or t(lang, "admin_orders.nameless"),
        phone=order.contact_phone or "",
        email=order.contact_email or "",
        address=order.shipping_address,
        note=order.note,
        customer_id=order.user_id,
        customer=names.get(order.user_id) or t(lang, "admin_orders.person", number=order.user_id),
        payment=t(lang, f"order.payment_{order.payment.lower()}"),
        pieces=order.item_count,
        total=format_vnd(order.total_amount),
        fee=format_vnd(order.delivery_fee) if order.delivery_fee else t(lang, "order.free"),
        grand_total=format_vnd(order.grand_total),
        due=format_vnd(order.grand_total) if unpaid else "",
        next=following or "",
        next_text=next_text(following, pickup=pickup, lang=lang),
        can_cancel=order.status in CANCELLABLE,
        failed=failed_text(order, lang),
        has_steps=has_steps(order),
        returned=order.returned,
        tracking_path=f"/track/{order.tracking_token}",
        lines=[show_line(line, lang) for line in order.items],
        steps=[_entry(entry, names, pickup, lang) for entry in reversed(order.timeline)],
    )


def show_note(note: OrderNote, names: Mapping[int, str], lang: Lang) -> NoteView:
    """Return a note ready to show."""
    who = names.get(note.actor_id) or t(lang, "admin_orders.by_admin")
    return NoteView(at=format_moment(note.at, lang), who=who, text=note.text)


def _entry(entry: TimelineEntry, names: Mapping[int, str], pickup: bool, lang: Lang) -> Entry:
    who = names.get(entry.actor_id or 0, "")
    told = t(lang, f"admin_orders.by_{entry.actor.lower()}")
    note = t(lang, "order.cancelled_sold_out") if entry.actor is Actor.SYSTEM and entry.note else entry.note
    return Entry(
        status=entry.to_status,
        event=_event(entry, pickup, lang),
        is_internal=entry.kind is TimelineKind.CORRECTED,
        at=format_moment(entry.at, lang),
        who=f"{who} ({told})" if who else told.capitalize(),
        note=note,
    )


def _event(entry: TimelineEntry, pickup: bool, lang: Lang) -> str:
    if entry.kind is TimelineKind.MOVED:
        return ""
    happened = t(lang, f"admin_delivery.event_{entry.kind.lower()}")
    why = reason_text(entry.reason, pickup, lang) if entry.reason else ""
    return f"{happened}: {why}" if why else happened
