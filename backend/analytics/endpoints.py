"""HTTP of the live table of events, for the other services."""

from typing import Annotated
from uuid import UUID, uuid5

from fastapi import APIRouter, Depends, Request

from analytics.events import VisitStarted, event
from analytics.ingest import EventBatch, EventsStored
from analytics.recorder import Recorder
from backend.analytics.live import LiveEvents
from shopkit.auth import calling_service
from shopkit.contracts.visits import VisitStart

VISITS = UUID("6f0e6f53-1f4c-4b7e-9d8e-1f5b2a6c7d80")
"""The namespace of the ids that visits' first events get."""

internal = APIRouter(prefix="/internal", tags=["events, internal"])


async def _live(request: Request) -> LiveEvents:
    return request.app.state.live_events  # type: ignore[no-any-return]


async def _recorder(request: Request) -> Recorder:
    return request.app.state.recorder  # type: ignore[no-any-return]


LiveDep = Annotated[LiveEvents, Depends(_live)]
RecorderDep = Annotated[Recorder, Depends(_recorder)]


@internal.post(
    "/events",
    dependencies=[Depends(calling_service("order_service", "user_service"))],
    summary="Store events in the live table",
)
async def store_events(live: LiveDep, batch: EventBatch) -> EventsStored:
    """Store events of a service. What is answered is durable; sent again, an event is stored once.

    An event that can never be stored is refused by itself, with the reason; the others are stored.
    """
    return await live.add(batch.events)


@internal.post(
    "/visits",
    status_code=204,
    dependencies=[Depends(calling_service("storefront"))],
    summary="Record that a visit began",
)
async def start_visit(recorder: RecorderDep, visit: VisitStart) -> None:
    """Record the beginning of a visit at the storefront; sent again, it is recorded once."""
    recorder.add(
        event(
            VisitStarted.model_validate(visit.model_dump(exclude={"visit_id", "began_at", "user_id"})),
            service="storefront",
            user_id=visit.user_id,
            session_id=visit.visit_id,
            event_id=uuid5(VISITS, visit.visit_id),
            occurred_at=visit.began_at,
        )
    )
