"""Stock: changed with a reason, and how it came to be what it is."""

from dataclasses import dataclass, replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.catalog import MAX_STOCK, Product, StockChange, StockMove
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.dates import format_moment
from storefront.i18n import Lang, href, t
from storefront.state.admin.base import FAILURES, AdminState, Events
from storefront.state.admin.dialogs import close_dialog, open_dialog
from storefront.state.admin.people import names_of
from storefront.state.admin.product import ProductState
from storefront.state.admin.product_form import number
from storefront.state.validate import focus_script

DIALOG = "stock-dialog"
AMOUNT, WHY, REASON = "stock-amount", "stock-why", "stock-reason"
MAX_REASON = 200
OTHER = "other"
"""The choice of a reason in words of one's own."""
REASONS = {
    "add": ("restocked", "counted"),
    "take": ("broken", "counter", "counted"),
    "set": ("counted", "broken", "counter"),
}
"""The usual reasons by the way in which a stock is changed."""
SHOWN = 10
"""Moves of the history's first page, and of every further one."""


@dataclass(frozen=True)
class StockView:
    """The size in the dialog. `ways` is how its stock is changed: add, take or set."""

    product_id: int = 0
    name: str = ""
    size: str = ""
    stock: int = 0
    way: str = "add"
    problem: str = ""
    reason_problem: str = ""
    is_busy: bool = False
    opened: int = 0
    """Counts how often the dialog was opened: a new number makes a new, empty form."""


@dataclass(frozen=True)
class MoveRow:
    """A move of a stock, in words. `order` is the address of the order that it was for, "" for none."""

    id: int
    at: str
    size: str
    kind: str
    delta: str
    is_less: bool
    stock: int
    reason: str
    who: str
    order: str


def move_row(move: StockMove, names: dict[int, str], lang: Lang) -> MoveRow:
    """Return a move ready to show; `names` are the staff's by id, as far as they are known."""
    who = "" if move.actor_id is None else names.get(move.actor_id) or t(lang, "admin_stock.staff", id=move.actor_id)
    return MoveRow(
        id=move.id,
        at=format_moment(move.at, lang),
        size=move.size,
        kind=t(lang, f"admin_stock.kind_{move.kind.value.lower()}"),
        delta=f"{move.delta:+d}".replace("-", "\u2212"),
        is_less=move.delta < 0,
        stock=move.stock,
        reason=move.reason,
        who=who,
        order=href(lang, f"/admin/orders/{move.order_id}") if move.order_id else "",
    )


class StockState(AdminState):
    """The dialog in which a size's stock is changed, and a product's history."""

    dialog: StockView = StockView()
    moves: list[MoveRow] = []  # noqa: RUF012 - Reflex copies a default for each tab
    has_moves: bool = False
    """Whether the history is known."""
    has_more: bool = False

    _after: int | None = None

    @rx.event
    def ask(self, product_id: int, name: str, size: str, stock: int) -> list[EventSpec]:
        """Open the dialog for a size."""
        self.dialog = StockView(product_id, name, size, stock, opened=self.dialog.opened + 1)
        return [open_dialog(DIALOG), rx.call_script(focus_script(AMOUNT))]

    @rx.event
    def choose(self, way: str) -> None:
        """Choose how the stock is changed."""
        if way in REASONS:
            self.dialog = replace(self.dialog, way=way, problem="", reason_problem="")

    @rx.event
    async def submit(self, form: dict[str, Any]) -> Events:
        """Change the stock as the dialog says."""
        shown, lang = replace(self.dialog, problem="", reason_problem=""), self._language()
        amount, reason = number(str(form.get(AMOUNT, ""))), self._reason(form)
        if amount is None or amount > MAX_STOCK or (amount == 0 and shown.way != "set"):
            amount, shown = None, replace(shown, problem=t(lang, "admin_stock.amount_wrong"))
        if not reason:
            shown = replace(shown, reason_problem=t(lang, "admin_stock.reason_missing"))
        if amount is None or not reason:
            self.dialog = shown
            where = REASON if form.get(WHY) == OTHER else f"{WHY}-{REASONS[shown.way][0]}"
            yield rx.call_script(focus_script(AMOUNT if amount is None else where))
            return
        change = (
            StockChange(stock=amount, expected=shown.stock, reason=reason)
            if shown.way == "set"
            else StockChange(delta=amount if shown.way == "add" else -amount, reason=reason)
        )
        self.dialog = replace(shown, is_busy=True)
        yield None
        try:
            product = await self._call(
                lambda token: wiring.staff_catalog().change_stock(shown.product_id, shown.size, change, token)
            )
        except SessionEnded as error:
            yield self._explain(error)
            return
        except (ServiceProblem, ServiceUnavailable) as error:
            self.dialog = self._refused(error)
            yield rx.call_script(focus_script(AMOUNT))
            renew: Any = StockState.renew
            yield renew
            return
        finally:
            self.dialog = replace(self.dialog, is_busy=False)
        yield close_dialog(DIALOG)
        for event in self._done(product, shown.size):
            yield event

    @rx.event
    async def add(self, product_id: int, size: str, amount: int) -> Events:
        """Put pieces on the shelf, with one click."""
        change = StockChange(delta=amount, reason=t(self._language(), "admin_stock.reason_restocked"))
        try:
            product = await self._call(
                lambda token: wiring.staff_catalog().change_stock(product_id, size, change, token)
            )
        except FAILURES as error:
            yield self._explain(error, {"not_found": "admin_products.gone"})
            return
        for event in self._done(product, size):
            yield event

    @rx.event
    async def load_history(self) -> None:
        """Show how the stock of the page's product came to be."""
        self.moves, self.has_moves, self.has_more, self._after = [], False, False, None
        await self._more()

    @rx.event
    async def renew(self) -> None:
        """Show the stock of the page's product, and its history, as they are by now. The form's fields stay."""
        product_id = self._id_in_path()
        if not product_id:
            return
        try:
            product = await self._call(lambda token: wiring.staff_catalog().product(product_id, token))
        except FAILURES:
            return  # what stands there stays
        (await self.get_state(ProductState))._show_stock(product)
        await self._more(newest=True)

    @rx.event
    async def load_more(self) -> Events:
        """Show what was before that."""
        if not await self._more():
            yield rx.toast.error(t(self._language(), "session.unavailable"), id="trouble")

    async def _more(self, *, newest: bool = False) -> bool:
        """Read on behind the moves that are shown, or the `newest` ones before them."""
        product_id, lang = self._id_in_path(), self._language()
        after = None if newest else self._after
        if not product_id:
            return True
        try:
            page = await self._call(lambda token: wiring.staff_catalog().stock_history(product_id, after, SHOWN, token))
            names = await names_of([move.actor_id for move in page.items if move.actor_id is not None], self._sid)
        except FAILURES:
            return False
        known = {move.id for move in self.moves}
        rows = [move_row(move, names, lang) for move in page.items if move.id not in known]
        if newest and len(rows) < len(page.items):
            self.moves = [*rows, *self.moves]
            return True
        # Where nothing of a page is known, there may be a gap before what is shown: that is read anew on demand.
        self.moves = rows if newest else [*self.moves, *rows]
        self.has_moves, self.has_more, self._after = True, page.next is not None, page.next
        return True

    def _reason(self, form: dict[str, Any]) -> str:
        """Return the reason chosen or written, "" for none."""
        why = str(form.get(WHY, ""))
        if why == OTHER:
            return str(form.get(REASON, "")).strip()[:MAX_REASON]
        return t(self._language(), f"admin_stock.reason_{why}") if why in REASONS[self.dialog.way] else ""

    def _done(self, product: Product, code: str) -> list[Any]:
        lang = self._language()
        stock = next((size.stock for size in product.sizes if size.size == code), 0)
        text = t(lang, "admin_stock.done", name=product.name, size=code, stock=stock)
        return [rx.toast.success(text, id=f"stock-{product.id}-{code}"), StockState.renew]

    def _refused(self, error: ServiceProblem | ServiceUnavailable) -> StockView:
        lang, shown = self._language(), self.dialog
        if isinstance(error, ServiceUnavailable):
            return replace(shown, problem=t(lang, "session.unavailable"))
        now = error.body.get("available")
        if error.code in {"stock_changed", "stock_out_of_range"} and isinstance(now, int):
            return replace(shown, stock=now, problem=t(lang, f"admin_stock.{error.code}", stock=now))
        gone = error.status == 404
        return replace(shown, problem=t(lang, "admin_stock.size_gone" if gone else "session.failed"))
