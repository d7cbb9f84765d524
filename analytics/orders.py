"""The events of an order's life, made from what the order service notes when it commits a move."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from analytics.events import Event, OrderCancelled, OrderStatusChanged, event

CANCELLED = "CANCELLED"


def moved(order_id: UUID, noted: Mapping[str, Any]) -> list[Event]:
    """Return the events of a move: that it moved, and that it was cancelled if it was.

    `noted` has eventId, at (ISO 8601), userId, from, to, actor, kind and totalAmount. Made again from the same note,
    the events have the same ids.
    """
    event_id = UUID(noted["eventId"])
    common: dict[str, Any] = {
        "service": "order_service",
        "user_id": noted["userId"],
        "session_id": None,  # staff move most orders; whose visit it was says nothing
        "occurred_at": datetime.fromisoformat(noted["at"]),
    }
    changed = OrderStatusChanged(
        order_id=order_id,
        from_status=noted["from"],
        to_status=noted["to"],
        actor=noted["actor"],
        kind=noted["kind"],
    )
    events = [event(changed, event_id=event_id, **common)]
    if noted["to"] == CANCELLED:
        cancelled = OrderCancelled(order_id=order_id, total_amount=noted["totalAmount"], actor=noted["actor"])
        events.append(event(cancelled, event_id=uuid5(event_id, CANCELLED), **common))
    return events
