"""The events of this service, written after the commit that made them true."""

from analytics.events import Payload, UserLoggedIn, UserRegistered, emit, event
from shopkit.contracts.users import Session


def registered(session: Session, *, from_guest: bool) -> None:
    """Tell that a person became a customer."""
    _emit(UserRegistered(from_guest=from_guest), session)


def logged_in(session: Session) -> None:
    """Tell that a person logged in."""
    _emit(UserLoggedIn(role=session.user.role), session)


def _emit(payload: Payload, session: Session) -> None:
    emit(event(payload, service="user_service", user_id=session.user.id, session_id=str(session.session_id)))
