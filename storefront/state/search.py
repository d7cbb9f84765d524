"""What the search fields suggest while somebody types. One State for all of them: one at a time is typed into."""

import reflex as rx

from shopkit.client import ServiceProblem, ServiceUnavailable
from storefront.clients import wiring
from storefront.state.catalog import Card, card
from storefront.state.menu_query import MenuQuery

SUGGESTIONS = 6
SHORTEST = 2
"""Letters from which on there are suggestions."""


class SearchState(rx.State):
    """The suggestions for what was typed last, and which of them is picked out."""

    where: str = ""
    """The name of the field that is typed into; "" while no suggestions show."""
    suggesting_for: str = ""
    suggestions: list[Card] = []  # noqa: RUF012
    active: int = -1

    @rx.event
    async def suggest(self, where: str, text: str) -> None:
        """Suggest cakes for what has been typed into the field `where` so far."""
        typed = MenuQuery.parse({"q": text}).q
        found: list[Card] | None = None
        if len(typed) >= SHORTEST:
            try:
                reply = await wiring.catalog().search(typed, SUGGESTIONS)
            except (ServiceProblem, ServiceUnavailable):
                pass  # the field still searches
            else:
                found = [card(product) for product in reply.items]
        self.suggesting_for, self.active = typed, -1
        self.suggestions, self.where = found or [], "" if found is None else where

    @rx.event
    def press(self, where: str, key: str) -> None:
        """Move through the suggestions with the arrow keys, which open them first; Escape closes them."""
        last = len(self.suggestions) - 1
        if key == "Escape" or last < 0:
            self.where, self.active = "", -1
        elif self.where != where:
            self.where = where
        elif key == "ArrowDown":
            self.active = -1 if self.active == last else self.active + 1
        elif key == "ArrowUp":
            self.active = last if self.active == -1 else self.active - 1

    @rx.event
    def close(self) -> None:
        """Close the suggestions; the field keeps its text."""
        self.where, self.active = "", -1
