"""Internal routes of sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from shopkit.auth import calling_service
from shopkit.contracts.users import SessionToken
from user_service.http import NO_STORE
from user_service.sessions.service import Sessions
from user_service.tokens.service import SERVICES

router = APIRouter(prefix="/internal/sessions", tags=["internal"], dependencies=[NO_STORE])


async def _sessions(request: Request) -> Sessions:
    return request.app.state.sessions  # type: ignore[no-any-return]


LiveSessions = Annotated[Sessions, Depends(_sessions)]


@router.get("/ended", summary="Sessions that ended lately", dependencies=[Depends(calling_service(*sorted(SERVICES)))])
async def ended(sessions: LiveSessions) -> list[str]:
    """Answer the ids of sessions that ended within the life of an access token, for services that missed a NOTIFY."""
    return await sessions.recently_ended()


@router.post(
    "/{session_id}/token",
    summary="An access token for the storefront's browser session",
    dependencies=[Depends(calling_service("storefront"))],
)
async def token(session_id: UUID, sessions: LiveSessions) -> SessionToken:
    """Answer a fresh access token of a live session, which counts as use of it. Problem: 404 when it has ended."""
    return await sessions.token(session_id)
