"""Keeps the tabs of one browser together: what one does to session or cart, the others follow without a reload."""

import reflex as rx

from storefront.state.cart import CartState
from storefront.state.session import HANDOFF_SCRIPT, SYNC_KEY


def session_sync() -> rx.Component:
    """Return the invisible listener. Belongs once into every page."""
    follow = rx.call_script(HANDOFF_SCRIPT, callback=CartState.sync)
    return rx.window_event_listener(
        on_storage=lambda key, _old, _new, _url: rx.cond(key == SYNC_KEY, follow, rx.noop()),
        on_focus=CartState.refresh.temporal,
    )
