"""No event reaches a State of the back office unless the tab's session is a live admin's.

A handler cannot forget to check, for it is not asked: what counts is where its State is written. Background events
and uploads come this way too.
"""

import reflex as rx
from reflex.event import Event, EventSpec
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.registry import RegistrationContext

from storefront.access import STAFF_ROOT, Standing, is_staff_path, sign_in_path, standing_of
from storefront.i18n import href, language_of, split, t
from storefront.state.session import SessionState, start_over

STAFF_STATES = "storefront.state.admin."
"""The package of the back office's States."""


def is_for_staff(event_name: str) -> bool:
    """Tell whether an event's handler belongs to a State of the back office."""
    registered = RegistrationContext.get().event_handlers.get(event_name)
    return registered is not None and any(state.__module__.startswith(STAFF_STATES) for state in registered.states)


class BackOffice(Middleware):
    """Refuses events of the back office from everybody but staff, and sends the tab where its person belongs."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Let an event pass (None), or answer in its stead; its handler is not called then, and no State changes."""
        if not is_for_staff(event.name):
            return None
        session = await state.get_state(SessionState)
        standing = await standing_of(session._sid)
        if standing is Standing.STAFF:
            return None
        return StateUpdate(events=Event.from_event_type([_turn_away(session, standing)]))


def _turn_away(session: SessionState, standing: Standing) -> EventSpec:
    lang, path = language_of(session), split(session.router.url.path)[1]
    told: EventSpec
    match standing:
        case Standing.UNKNOWN:
            told = rx.toast.error(t(lang, "session.unavailable"), id="session-unavailable")
        case Standing.STRANGER:
            told = session._show_out(sign_in_path(lang, path if is_staff_path(path) else STAFF_ROOT))
        case _:
            # An address that leads nowhere: the edge answers with the 404 page.
            told = rx.call_script(start_over(href(lang, "/404")))
    return told
