"""One order, for staff: what it is, what was done with it, and what is to do."""

from functools import partial
from typing import Any
from uuid import UUID

import reflex as rx
from pydantic import ValidationError
from reflex.event import EventSpec

from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.orders import NoteInput, Order, OrderNote, OrderStatus, StatusChange
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.i18n import t
from storefront.state.admin.base import AdminState, Events
from storefront.state.admin.dialogs import close_dialog, open_dialog
from storefront.state.admin.moves import MovesState, conflict_text
from storefront.state.admin.order_sheet import NoteView, OrderSheet, show_note, show_sheet
from storefront.state.admin.people import names_of
from storefront.state.validate import focus_script

CANCEL_DIALOG = "cancel-order"
_ORDER_PLACE = 3
"""Where the order's id stands in /admin/orders/<id>/slip, cut at its slashes."""


class OrderSheetState(AdminState):
    """The order of the page's address."""

    order: OrderSheet = OrderSheet()
    notes: list[NoteView] = []  # noqa: RUF012 - Reflex copies a default for each tab
    is_found: bool = False
    is_missing: bool = False
    is_unreachable: bool = False
    is_busy: bool = False
    note_error: str = ""
    cancel_error: str = ""
    cancel_notice: str = ""
    """What has happened to the order since somebody asked to cancel it."""
    note_form: int = 0
    """Counts notes added: a new number makes a new, empty form."""

    _seen_version: int = 0
    """The order's version when the cancel dialog was opened: whatever happened since is told before it is cancelled."""

    @rx.event
    async def load(self) -> Events:
        """Show the order of the address."""
        if self.order.id != self._order_id():
            self.order, self.notes, self.is_found = OrderSheet(), [], False
        self.is_missing = self.is_unreachable = self.is_busy = False
        self.note_error = self.cancel_error = self.cancel_notice = ""
        yield None
        await self._fetch()

    @rx.event
    async def retry(self) -> None:
        """Try again because somebody asked."""
        await self._fetch()

    @rx.event
    async def changed(self, changes: list[dict[str, str]]) -> None:
        """Show what has happened to the order, if it was this one."""
        if not changes or any(change["id"] == self._order_id() for change in changes):
            await self._fetch()

    @rx.event
    async def add_note(self, form: dict[str, Any]) -> Events:
        """Note something for staff."""
        lang, order_id = self._language(), self._order_id()
        if str(form.get("form")) != str(self.note_form):
            return  # sent twice, by a double click: a note cannot be taken back
        try:
            text = NoteInput(text=str(form.get("text", ""))).text
        except ValidationError:
            self.note_error = t(lang, "admin_orders.note_missing")
            yield rx.call_script(focus_script("text"))
            return
        self.note_error, self.is_busy = "", True
        yield None
        try:
            await self._call(lambda token: wiring.orders().add_note(order_id, text, token))
        except (ServiceProblem, ServiceUnavailable, SessionEnded) as error:
            yield self._explain(error)
            return
        finally:
            self.is_busy = False
        self.note_form += 1
        await self._fetch()

    @rx.event
    async def ask_cancel(self) -> EventSpec:
        """Ask whether the order is really to be cancelled, and why. What was to happen to it meanwhile does not."""
        await (await self.get_state(MovesState))._take(self.order.id)
        self.cancel_error, self.cancel_notice, self._seen_version = "", "", self.order.version
        return open_dialog(CANCEL_DIALOG)

    @rx.event
    async def cancel(self, form: dict[str, Any]) -> Events:
        """Cancel the order, for a reason that the buyer is told. Its stock goes back."""
        lang, order_id = self._language(), self._order_id()
        reason = str(form.get("reason", "")).strip()
        if not reason:
            self.cancel_error = t(lang, "admin_orders.reason_missing")
            yield rx.call_script(focus_script("reason"))
            return
        self.cancel_error, self.cancel_notice, self.is_busy = "", "", True
        yield None
        try:
            change = StatusChange(status=OrderStatus.CANCELLED, note=reason[:500], version=self._seen_version)
            await self._call(lambda token: wiring.orders().move(order_id, change, token))
        except ServiceProblem as problem:
            # The dialog stays open with what was typed, beside what happened.
            self.cancel_notice = t(lang, "session.failed")
            if problem.status == 409:
                self.cancel_notice = await conflict_text(order_id, self.order.number, self._sid, lang)
            await self._fetch()
            self._seen_version = self.order.version
            return
        except (ServiceUnavailable, SessionEnded) as error:
            yield self._explain(error)
            return
        finally:
            self.is_busy = False
        yield close_dialog(CANCEL_DIALOG)
        yield rx.toast.success(t(lang, "admin_orders.cancelled_done", number=self.order.number))
        await self._fetch()

    def _order_id(self) -> str:
        """Return the id in the page's address, "" if it is none."""
        parts = self._path().split("/")
        try:
            return str(UUID(parts[_ORDER_PLACE]))
        except (IndexError, ValueError):
            return ""

    async def _fetch(self) -> None:
        order_id = self._order_id()
        try:
            if not order_id:
                raise ServiceProblem(404, "not_found", "", {})
            order = await self._call(lambda token: wiring.orders().read(order_id, token))
            notes = await self._call(partial(wiring.orders().notes, order_id))
            names = await names_of(_people(order, notes), self._sid)
        except ServiceProblem as problem:
            self.is_missing = problem.status in {404, 422}
            self.is_found, self.is_unreachable = self.is_found and not self.is_missing, not self.is_missing
            return
        except (ServiceUnavailable, SessionEnded):
            self.is_unreachable = True
            return
        lang = self._language()
        self.order = show_sheet(order, names, lang)
        self.notes = [show_note(note, names, lang) for note in notes]
        self.is_found, self.is_missing, self.is_unreachable = True, False, False


def _people(order: Order, notes: list[OrderNote]) -> set[int]:
    ids = {order.user_id, *(note.actor_id for note in notes)}
    return ids | {entry.actor_id for entry in order.timeline if entry.actor_id is not None}
