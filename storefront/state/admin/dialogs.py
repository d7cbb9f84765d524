"""Opening and closing the dialogs of `storefront.components.admin.dialog`, from a page or from a handler."""

import reflex as rx
from reflex.event import EventSpec


def open_dialog(name: str) -> EventSpec:
    """Return the event that opens a dialog over the page."""
    script: EventSpec = rx.call_script(f"document.getElementById('{name}')?.showModal?.()")
    return script


def close_dialog(name: str) -> EventSpec:
    """Return the event that closes it."""
    script: EventSpec = rx.call_script(f"document.getElementById('{name}')?.close?.()")
    return script
