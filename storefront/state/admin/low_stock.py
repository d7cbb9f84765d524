"""What runs low, live."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from shopkit.contracts.catalog import MAX_STOCK, LowStockLine
from storefront.clients import wiring
from storefront.i18n import t
from storefront.state.admin.base import FAILURES, AdminState, Events
from storefront.state.admin.product_form import number
from storefront.state.admin.stock import StockState
from storefront.state.catalog import PLACEHOLDER
from storefront.state.recovering import Recovering

STEP = 50
"""Rows shown at first, and added by each "load more"."""
MOST = 500
"""What the backend lists; the list of products, narrowed to what runs low, has the rest."""


@dataclass(frozen=True)
class LowRow:
    """A size that runs low. `key` names its field."""

    key: str
    product_id: int
    name: str
    name_en: str
    slug: str
    image: str
    size: str
    stock: int
    held: int


def low_row(line: LowStockLine) -> LowRow:
    """Return a size ready to show."""
    return LowRow(
        key=f"{line.product_id}-{line.size.encode().hex()}",
        product_id=line.product_id,
        name=line.name,
        name_en=line.name_en or line.name,
        slug=line.slug,
        image=line.image or PLACEHOLDER,
        size=line.size,
        stock=line.stock,
        held=line.held,
    )


class LowStockState(Recovering, AdminState):
    """The sizes that run low, emptiest first."""

    rows: list[LowRow] = []  # noqa: RUF012 - Reflex copies a default for each tab
    total: int = 0
    out: int = 0
    low_at: int = 0
    has_more: bool = False
    is_loaded: bool = False
    is_loading_more: bool = False

    _limit: int = STEP

    @rx.event
    async def load(self) -> Events:
        """Show what runs low now."""
        self._limit = STEP
        if not await self._fetch():
            yield LowStockState.recover

    @rx.event
    async def load_more(self) -> Events:
        """Show more of it, and all as it is by now: what is sold meanwhile moves up, and must not fall between."""
        if not self.has_more or self.is_loading_more:
            return
        self.is_loading_more = True
        yield None
        self._limit = min(self._limit + STEP, MOST)
        if not await self._fetch():
            yield LowStockState.recover
        self.is_loading_more = False

    @rx.event
    async def renew(self) -> Events:
        """Show it as it is by now; what stands there stays if that cannot be learned."""
        if not await self._fetch():
            yield LowStockState.recover

    @rx.event
    def add(self, form: dict[str, Any]) -> Any:
        """Put as many pieces on the shelf as a row's field says."""
        amount, product_id = number(str(form.get("amount", ""))), number(str(form.get("product", "")))
        if not amount or amount > MAX_STOCK or not product_id:
            return rx.toast.warning(t(self._language(), "admin_stock.amount_wrong"), id="amount")
        add: Any = StockState.add
        renew: Any = LowStockState.renew
        return [add(product_id, str(form.get("size", "")), amount), renew]

    async def _fetch(self) -> bool:
        limit = self._limit
        try:
            low = await self._call(lambda token: wiring.catalog().low_stock(limit, token))
        except FAILURES:
            self.is_unreachable = True
            return False
        self.rows = [low_row(line) for line in low.items]
        self.total, self.out, self.low_at = low.total, low.out, low.low_at
        self.has_more = len(low.items) < low.total and limit < MOST
        self.is_loaded, self.is_unreachable = True, False
        return True
