"""What services send each other of events: batches to the backend, and what became of them."""

from typing import Annotated

from pydantic import Field

from analytics.events import Event
from shopkit.contracts.base import Reply, Request

MAX_BATCH = 500


class EventBatch(Request):
    """Events of one service. Sending a batch again stores nothing twice: an event is known by its `eventId`."""

    events: Annotated[list[Event], Field(min_length=1, max_length=MAX_BATCH)]


class RefusedEvent(Reply):
    """An event that was not stored, and never will be."""

    event_id: str
    reason: str


class EventsStored(Reply):
    """What became of a batch: how many events are stored now, were there before, and which are refused.

    `enabled` is false where the backend keeps no live table; nothing is stored then.
    """

    stored: int
    duplicates: int
    refused: list[RefusedEvent]
    enabled: bool = True
