"""What pages that show products do by themselves: follow what changes."""

import asyncio
import random
from collections.abc import Collection, Sequence
from dataclasses import replace

import reflex as rx

from storefront.clients import wiring
from storefront.lasting import lasting
from storefront.shelf import Changed
from storefront.state.catalog import Card, card
from storefront.state.recovering import Recovering

SPREAD_S = 2.0
"""Open pages read their lists anew within this time, not all in the same moment."""


class ShelfPage(Recovering, mixin=True):
    """For States of pages that show products.

    `_shown` names the products on the page, and `_take` shows what became of some of them.
    """

    @rx.event(background=True, supersedes=True)
    @lasting
    async def follow(self) -> None:
        """Show what changes of the page's products, while it is open. Last in the page's load, which ends it."""
        async with self:
            shown = self._shown()
        async for changed in wiring.shelf().changes(shown):
            if changed is None:
                await asyncio.sleep(random.uniform(0, SPREAD_S))  # noqa: S311 - no secret
            async with self:
                if changed is None:
                    await self._fetch()
                else:
                    self._take(changed)

    def _shown(self) -> Collection[int]:
        raise NotImplementedError

    def _take(self, changed: Changed) -> None:
        raise NotImplementedError


def renewed(cards: Sequence[Card], changed: Changed) -> list[Card]:
    """Return cards as the products on them are now; what is sold no more is sold out."""
    return [_renewed(old, changed) for old in cards]


def _renewed(old: Card, changed: Changed) -> Card:
    if old.id not in changed:
        return old
    product = changed[old.id]
    return card(product) if product else replace(old, sold_out=True)
