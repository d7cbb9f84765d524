"""The events of this service, recorded after the commit that made them true."""

from analytics.events import Payload, UserLoggedIn, UserRegistered
from analytics.recorder import Recorder
from shopkit.auth import Person
from shopkit.contracts.users import Role, Session


class AccountEvents:
    """Records who registers and logs in. `caller` is whom they called as, if anybody."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def registered(self, session: Session, caller: Person | None, *, from_guest: bool) -> None:
        """Record that a person became a customer."""
        self._record(UserRegistered(from_guest=from_guest), session, caller)

    def logged_in(self, session: Session, caller: Person | None) -> None:
        """Record that a person logged in."""
        self._record(UserLoggedIn(role=session.user.role), session, caller)

    def _record(self, payload: Payload, session: Session, caller: Person | None) -> None:
        if session.user.role is Role.ADMIN or (caller is not None and caller.opts_out):
            return
        # A visit that began before the login goes on under its own name.
        visit = caller.visit if caller is not None else None
        self._recorder.tell(payload, session.user.id, visit or str(session.session_id))
