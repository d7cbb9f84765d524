"""Reflex's end of the websockets, with each connection bound to its own browser and session."""

from typing import Any, cast
from uuid import uuid4

import reflex as rx
from reflex.app import EventNamespace
from reflex.istate.manager.memory import StateManagerMemory
from reflex_base.config import get_config

from storefront.clients import wiring
from storefront.sockets.handshake import SCOPE_KEY
from storefront.sockets.identity import tab_id
from storefront.state.session import SessionState


class TabNamespace(EventNamespace):
    """Gives each connection the State of its own browser's tab, and no other."""

    async def link_token_to_sid(self, sid: str, token: str, *, update_state: bool = True) -> None:
        """Decide which State the connection `sid` speaks to, once and for all of its events.

        A tab whose State is in use (it was duplicated) or belongs to a person whose cookie the connection does not
        bring (who signed out elsewhere while the tab slept) is told a new token, and begins with an empty State.
        """
        environ: dict[str, Any] = self.app.sio.get_environ(sid, self.namespace)  # type: ignore[union-attr]
        browser = environ["asgi.scope"][SCOPE_KEY]
        tab = tab_id(browser, token)
        is_connected = tab in self._token_manager.token_to_socket
        if is_connected or not self._may_resume(tab, environ.get("HTTP_COOKIE", "")):
            token = str(uuid4())
            tab = tab_id(browser, token)
            await self.emit("new_token", token, to=sid)
        await super().link_token_to_sid(sid, tab, update_state=update_state)

    def _may_resume(self, tab: str, cookie_header: str) -> bool:
        states = cast(StateManagerMemory, self.app.state_manager).states
        state = states.get(tab)
        if state is None:
            return True
        session: SessionState = state.get_substate(SessionState.get_full_name().split("."))
        return session._answers_to(wiring.signer().read_header(cookie_header))


def bind_tabs(app: rx.App) -> None:
    """Put `TabNamespace` in the place of Reflex's own."""
    namespace = TabNamespace(get_config().get_event_namespace(), app)
    app._event_namespace = namespace
    app.sio.register_namespace(namespace)  # type: ignore[union-attr]
