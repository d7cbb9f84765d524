"""What a page of the back office is."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from storefront.i18n import Lang, t
from storefront.pages.base import Page
from storefront.shop import NAME
from storefront.state.admin.live import follow_catalogue, follow_orders
from storefront.state.admin.moves import MovesState
from storefront.state.admin.shell import ShellState
from storefront.state.session import SessionState


@dataclass(frozen=True)
class AdminPage(Page):
    """A page for staff. `path` begins with /admin; `section` is its entry of the navigation, which names it too.

    `on_orders` is an event handler that is called with the changes of orders while the page is open, as they happen
    (see `storefront.state.admin.live`); `on_catalogue` one that is called when the catalogue has changed.
    """

    indexed: bool = False
    section: str = ""
    on_orders: Any = None
    on_catalogue: Any = None

    def register(self, app: rx.App) -> None:
        """Add the page to the app, once per language."""
        if self.on_orders is not None:
            follow_orders(self.path, self.on_orders)
        if self.on_catalogue is not None:
            follow_catalogue(self.path, self.on_catalogue)
        super().register(app)

    def title_in(self, lang: Lang) -> str:
        """Return the navigation's name for it."""
        return f"{t(lang, f'admin_shell.{self.section}')} · {NAME}"

    def description_in(self, lang: Lang) -> str:
        """Return the title: no search engine gets here."""
        return self.title_in(lang)

    def first_events(self) -> list[Any]:
        """Return what happens when the page loads: who it is, the page's own, then what the frame shows."""
        return [SessionState.restore, *self.on_load, MovesState.resume, ShellState.load]
