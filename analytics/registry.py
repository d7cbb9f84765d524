"""All events there are, by name and version, and their JSON Schemas as `docs/events` commits them."""

from typing import Any

from pydantic import ValidationError

from analytics import events
from analytics.events import Event, Payload

PAYLOADS: tuple[type[Payload], ...] = (
    events.VisitStarted,
    events.ProductViewed,
    events.ProductSearch,
    events.ProductUnavailable,
    events.AddToCart,
    events.RemovedFromCart,
    events.CheckoutStarted,
    events.OrderCompleted,
    events.OrderStatusChanged,
    events.OrderCancelled,
    events.UserRegistered,
    events.UserLoggedIn,
)
"""Every version of every event that was ever written. Nothing is taken away: old lines are read for years."""

REGISTRY = {(payload.NAME, payload.VERSION): payload for payload in PAYLOADS}
NAMES = tuple(dict.fromkeys(payload.NAME for payload in PAYLOADS))


class UnknownEvent(ValueError):
    """No event of this name and version was ever written by the shop, or its fields are not that event's."""


def payload_of(event: Event) -> Payload:
    """Return an event's payload, typed.

    Raises:
        UnknownEvent: the registry does not know it, or it lacks fields.
    """
    kind = REGISTRY.get((event.name, event.version))
    if kind is None:
        raise UnknownEvent(f"{event.name} version {event.version} is not in the registry")
    try:
        return kind.model_validate(event.payload)
    except ValidationError as error:
        where = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors())
        raise UnknownEvent(f"{event.name} version {event.version}: {where}") from None


def schema(kind: type[Payload]) -> dict[str, Any]:
    """Return the JSON Schema of a whole event: its envelope with this payload."""
    whole = Event.model_json_schema(by_alias=True)
    payload = kind.model_json_schema(by_alias=True)
    definitions = payload.pop("$defs", {})
    properties = whole["properties"]
    properties["name"] = {"const": kind.NAME}
    properties["version"] = {"const": kind.VERSION}
    properties["payload"] = payload
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{kind.NAME}, version {kind.VERSION}",
        "description": kind.__doc__,
        "type": "object",
        "properties": properties,
        "required": whole["required"],
        **({"$defs": definitions} if definitions else {}),
    }


def file_name(kind: type[Payload]) -> str:
    """Return the name of an event's schema in `docs/events`: "order-completed.v1.json"."""
    return f"{kind.NAME.lower().replace(' ', '-')}.v{kind.VERSION}.json"
