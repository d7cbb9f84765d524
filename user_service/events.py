"""The events of this service, written after the commit that made them true."""

from analytics.events import Payload, UserLoggedIn, UserRegistered, emit, event
from shopkit.auth import Person
from shopkit.contracts.users import Session


def registered(session: Session, caller: Person | None, *, from_guest: bool) -> None:
    """Tell that a person became a customer; `caller` is whom they called as, if anybody."""
    _emit(UserRegistered(from_guest=from_guest), session, caller)


def logged_in(session: Session, caller: Person | None) -> None:
    """Tell that a person logged in; `caller` is whom they called as, if anybody."""
    _emit(UserLoggedIn(role=session.user.role), session, caller)


def _emit(payload: Payload, session: Session, caller: Person | None) -> None:
    # A visit that began before the login goes on under its own name.
    visit = caller.visit if caller is not None else None
    emit(event(payload, service="user_service", user_id=session.user.id, session_id=visit or str(session.session_id)))
