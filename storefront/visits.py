"""Every event of a tab is handled under a request id and its visit, which go along to the services and into logs."""

import hashlib
from uuid import uuid4

import reflex as rx
import structlog
from reflex.event import Event
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate

from storefront.settings import get_settings


def visit_id(state: BaseState) -> str:
    """Return what a tab's visit is called: made from the tab's token, from which nobody can get the token back."""
    key = get_settings().session_secret.get_secret_value().encode()[:64]
    return hashlib.blake2b(state.router.session.client_token.encode(), digest_size=12, key=key).hexdigest()


class VisitContext(Middleware):
    """Binds the ids before a handler runs; `shopkit.client` sends them along, `shopkit.log` writes them."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Bind the ids for what follows in this task."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=uuid4().hex, visit=visit_id(state))
        return None
