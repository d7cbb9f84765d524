"""What a page is to the rest of the storefront."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from storefront.i18n import LANGS, Lang, href, t
from storefront.state.cart import CartState
from storefront.state.session import SessionState
from storefront.state.terms import TermsState
from storefront.state.visit import VisitState


@dataclass(frozen=True)
class Page:
    """A page: its address without a language, what builds it, and what its state does on loading.

    `meta.toml` holds its title and description under `<key>_title` and `<key>_description`. Pages that are one
    person's own are not `indexed` by search engines. `title` gives a title that its state knows, instead.
    """

    key: str
    path: str
    build: Callable[[Lang], rx.Component]
    on_load: Sequence[Any] = ()
    indexed: bool = True
    title: Callable[[Lang], Any] | None = None

    def register(self, app: rx.App) -> None:
        """Add the page to the app, once per language."""
        for lang in LANGS:
            app.add_page(
                _in_language(self.build, lang),
                route=href(lang, self.path),
                title=self.title(lang) if self.title else self.title_in(lang),
                description=self.description_in(lang),
                on_load=self.first_events(),
            )

    def title_in(self, lang: Lang) -> str:
        """Return the title that the page's document has before any state has come."""
        return t(lang, f"meta.{self.key}_title")

    def description_in(self, lang: Lang) -> str:
        """Return what search engines say of the page."""
        return t(lang, f"meta.{self.key}_description")

    def first_events(self) -> list[Any]:
        """Return what happens when the page loads: who it is first, then the page's own; last what only we want."""
        return [SessionState.restore, CartState.load, TermsState.load, *self.on_load, VisitState.begin]


def _in_language(build: Callable[[Lang], rx.Component], lang: Lang) -> Callable[[], rx.Component]:
    def page() -> rx.Component:
        return build(lang)

    # Reflex splits the bundle by module: a module per language keeps one language's texts out of the other's pages.
    page.__module__ = f"{build.__module__}_{lang}"
    page.__name__ = page.__qualname__ = f"{build.__name__}_{lang}"
    return page
