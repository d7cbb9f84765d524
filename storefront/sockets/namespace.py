"""Reflex's end of the websockets, with each connection bound to its own browser and session."""

import asyncio
from typing import Any
from uuid import uuid4

import reflex as rx
from reflex.app import EventNamespace
from reflex.event import Event
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex.state import StateUpdate
from reflex.utils.token_manager import RedisTokenManager
from reflex_base.config import get_config

from shopkit import log
from storefront.clients import wiring
from storefront.i18n import split, t
from storefront.sockets.events import BadEvent, check_event, is_too_long
from storefront.sockets.handshake import SCOPE_KEY, SOCKET_KEY
from storefront.sockets.identity import tab_id
from storefront.sockets.limits import Socket
from storefront.state.session import SessionState

LEAVING_S = (0.1, 0.2, 0.3, 0.4, 0.0)
"""How long to wait between looks at whether the connection that a tab had is still there."""


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
        if await self._is_open(tab, sid) or not await self._may_resume(tab, environ.get("HTTP_COOKIE", "")):
            token = str(uuid4())
            tab = tab_id(browser, token)
            await self.emit("new_token", token, to=sid)
        await super().link_token_to_sid(sid, tab, update_state=update_state)

    async def on_event(self, sid: str, data: Any) -> None:
        """Take an event. Raises BadEvent for one that no page of ours sends."""
        check_event(data)
        if is_too_long(data):
            log.get().warning("event_refused", handler=data["name"])
            lang = split(str((data.get("router_data") or {}).get("pathname", "")))[0]
            told = rx.toast.error(t(lang, "shell.too_long"), id="too-long")
            await self.emit_update(StateUpdate(events=Event.from_event_type([told])), self.sid_to_token[sid])
            return
        await super().on_event(sid, data)

    async def _is_open(self, tab: str, sid: str) -> bool:
        """Tell whether another connection speaks to a tab's State, of this process or another one.

        Forgets a connection of a process that is gone: a page that has lost it comes here and goes on.
        """
        manager = self._token_manager
        if not isinstance(manager, RedisTokenManager):
            return tab in manager.token_to_socket
        for wait in LEAVING_S:
            if not await manager.is_token_connected(tab):
                return False
            record = manager.token_to_socket.get(tab)
            if record is None or record.sid == sid:
                return False
            if record.instance_id != manager.instance_id and not await wiring.shared().lives(record.instance_id):
                await manager.redis.delete(manager._get_redis_key(tab))
                manager.token_to_socket.pop(tab, None)
                manager.sid_to_token.pop(record.sid, None)
                return False
            # Its process may be about to say that it has left.
            await asyncio.sleep(wait)
        return True

    async def _may_resume(self, tab: str, cookie_header: str) -> bool:
        manager = self.app.state_manager
        state: Any
        if isinstance(manager, StateManagerMemory):
            state = manager.states.get(tab)
            if state is None:
                return True
        else:
            state = await manager.get_state(BaseStateToken(ident=tab, cls=SessionState))  # the root of its branch
        session: SessionState = state.get_substate(SessionState.get_full_name().split("."))
        return session._answers_to(wiring.signer().read_header(cookie_header))


def process_id(app: rx.App) -> str:
    """Return the id under which Reflex writes down that this process holds a tab's connection."""
    namespace = app.event_namespace
    return namespace._token_manager.instance_id if namespace else ""


def bind_tabs(app: rx.App) -> None:
    """Put `TabNamespace` in the place of Reflex's own, and close sockets that send nonsense."""
    namespace = TabNamespace(get_config().get_event_namespace(), app)
    app._event_namespace = namespace
    server: Any = app.sio
    server.register_namespace(namespace)
    take = server.eio.handlers["message"]

    async def guarded(connection: str, message: str) -> None:
        try:
            await take(connection, message)
        except Exception as error:
            socket: Socket = server.environ[connection]["asgi.scope"][SOCKET_KEY]
            await socket.close(str(error) if isinstance(error, BadEvent) else type(error).__name__)

    server.eio.on("message", guarded)
