"""Moving orders on: one click, and a few seconds to think better of it before anything is sent."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import reflex as rx
from pydantic import ValidationError
from reflex.event import EventSpec

from shopkit import log, tasks
from shopkit.client import ServiceProblem, ServiceUnavailable
from shopkit.contracts.orders import Actor, Order, OrderStatus, StatusChange, TimelineEntry
from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.dates import format_time
from storefront.i18n import Lang, t
from storefront.settings import get_settings
from storefront.state.admin.base import FAILURES, AdminState, Events
from storefront.state.admin.live import follower_of
from storefront.state.admin.order_cards import next_of
from storefront.state.admin.people import names_of

UNDO_S = get_settings().undo_s
"""How long a move waits before it is sent."""

SAME_CLICK_S = 0.6
"""An "undo" so soon is the second half of a double click."""


SENDING_S = 20
"""For so long nobody else sends a move that a process has begun to send: longer than the order service may take."""
FORGOTTEN_S = 3.0
"""A move that is not sent so long after its time was forgotten: its process is gone."""
GIVE_UP_S = 600.0
LOOK_S = 2.0

MESSAGE_ID = "message"
_FIELDS = ("order_id", "number", "status", "version")


@dataclass(frozen=True)
class Move:
    """A move that waits: what to send, for which order, and when it was asked for (by the clock on the wall).

    Plain values only: a background event sees what a State holds through a proxy, which cannot be sent.
    """

    order_id: str
    number: str
    before: str
    status: str
    version: int
    note: str
    asked_at: float

    @property
    def name(self) -> str:
        """Its name among what all processes keep."""
        return f"move:{self.order_id}:{self.asked_at}"

    def kept_for(self, sid: str) -> str:
        """Return what is kept of it, with the session of whoever decided it."""
        values = {field.name: getattr(self, field.name) for field in fields(Move)}
        return json.dumps({"move": values, "sid": sid})

    def request(self) -> StatusChange:
        """Return what is sent."""
        return StatusChange(status=OrderStatus(self.status), version=self.version, note=self.note)


class MovesState(AdminState):
    """The moves of this tab that are not sent yet. They wait on the server: closing the tab loses none."""

    waiting_moves: dict[str, str] = {}  # noqa: RUF012 - Reflex copies a default for each tab
    """Order id -> what people call it."""

    _moves: dict[str, Move] = {}  # noqa: RUF012

    @rx.event
    def advance(self, order_id: str, number: str, status: str, version: int, note: str = "") -> EventSpec | None:
        """Move an order, as this tab saw it in its `version`, to its next status once nobody has undone it."""
        if order_id in self._moves:
            return None
        try:
            change = StatusChange.model_validate({"status": status, "version": version, "note": note})
        except ValidationError:
            return self._explain(ServiceProblem(422, "validation_error", "", {}))
        asked_at = time.time()
        self._moves[order_id] = Move(
            order_id, number, _before(change.status), change.status.value, version, change.note, asked_at
        )
        self.waiting_moves[order_id] = number
        send: Any = MovesState.send
        sending: EventSpec = send(order_id)
        return sending

    @rx.event
    def advance_with_message(self, form: dict[str, Any]) -> EventSpec | None:
        """Move an order with a word to its buyer: `form` holds what `advance` takes."""
        order_id, number, status, version = (str(form.get(name, "")) for name in _FIELDS)
        message = str(form.get(MESSAGE_ID, "")).strip()
        if not version.isdecimal():
            return None
        advance: Any = MovesState.advance
        asking: EventSpec = advance(order_id, number, status, int(version), message)
        return asking

    @rx.event
    async def undo(self, order_id: str) -> None:
        """Take a move back that is not sent yet."""
        move = self._moves.get(order_id)
        if move and time.time() - move.asked_at > SAME_CLICK_S:
            await self._take(order_id)

    @rx.event
    def resume(self) -> list[EventSpec]:
        """Go on with what waits: the process that counted its seconds may be gone. In each page's load."""
        send: Any = MovesState.send
        return [send(order_id) for order_id in self._moves]

    @rx.event(background=True)
    async def send(self, order_id: str) -> Events:
        """Send a move when its time has come and it has not been undone."""
        async with self:
            move, sid, lang = self._moves.get(order_id), self._sid, self._language()
        if move is None:
            return
        shared, left = wiring.shared(), move.asked_at + UNDO_S - time.time()
        # Late and not kept: another process may have sent it. Its version keeps it from being done twice.
        is_perhaps_done = left < -FORGOTTEN_S and move.name not in await shared.kept()
        await shared.keep(move.name, move.kept_for(sid))
        with suppress(asyncio.CancelledError):  # the storefront stops: what was decided is sent without the wait
            await asyncio.sleep(max(0.0, left))
        async with self:
            waiting = self._moves.get(order_id)
            if waiting is None or waiting.asked_at != move.asked_at:
                return
        if not await shared.first(f"sending:{move.name}", SENDING_S):
            return
        event: EventSpec | None = None
        try:
            await wiring.tokens().call(sid, partial(wiring.orders().move, order_id, move.request()))
            event = _clear_message(move.note)
        except ServiceProblem as problem:
            if not (is_perhaps_done and problem.status == 409):
                event = await _told_of(problem, move, sid, lang)
        except (ServiceUnavailable, SessionEnded) as error:
            async with self:
                event = self._explain(error)
        finally:
            async with self:
                await self._take(order_id)
                follower = follower_of(self._path())
        yield event
        if follower is not None:
            # The stream tells it too; what this tab did itself is shown even while the stream is away.
            yield follower([{"id": order_id, "number": move.number, "status": move.status, "before": move.before}])

    async def _send_what_waits(self) -> list[EventSpec]:
        told: list[EventSpec] = []
        for move in [*self._moves.values()]:
            await self._take(move.order_id)
            try:
                await self._call(partial(wiring.orders().move, move.order_id, move.request()))
            except ServiceProblem as problem:
                told.append(await _told_of(problem, move, self._sid, self._language()))
            except (ServiceUnavailable, SessionEnded) as error:
                told.append(self._explain(error))
        return told

    def _staff_left(self) -> None:
        """Keep what waits: it is sent in a moment, as whoever decided it, and forgotten then."""

    async def _take(self, order_id: str) -> None:
        if move := self._moves.pop(order_id, None):
            await wiring.shared().drop(move.name)
        self.waiting_moves.pop(order_id, None)


async def send_forgotten() -> None:
    """Send, for ever, the moves whose time came while the process that was to send them was gone."""
    shared = wiring.shared()
    while True:
        for name, kept in (await shared.kept()).items():
            told = json.loads(kept)
            move = Move(**told["move"])
            overdue = time.time() - move.asked_at - UNDO_S
            if overdue < FORGOTTEN_S or not await shared.first(f"sending:{name}", SENDING_S):
                continue
            try:
                await wiring.tokens().call(told["sid"], partial(wiring.orders().move, move.order_id, move.request()))
            except ServiceUnavailable:
                if overdue < GIVE_UP_S:
                    continue
                log.get().error("move_not_sent", order=move.order_id, status=move.status)
            except (ServiceProblem, SessionEnded) as error:  # somebody else was faster
                log.get().warning("move_refused", order=move.order_id, status=move.status, error=str(error))
            await shared.drop(name)
        await tasks.pause(LOOK_S)


def _clear_message(sent: str) -> EventSpec:
    """Return the event that empties the message's field of what was sent; what does not come through is kept."""
    script: EventSpec = rx.call_script(
        f"(e=>{{if(e&&e.value.trim()==={json.dumps(sent)})e.value=''}})(document.getElementById('{MESSAGE_ID}'))"
    )
    return script


def _before(status: OrderStatus) -> str:
    return next((before for before in OrderStatus if next_of(before) is status), "")


async def _told_of(problem: ServiceProblem, move: Move, sid: str, lang: Lang) -> EventSpec:
    """Return the toast that says why an order was not moved: if somebody else was faster, who and what they did."""
    text = t(lang, "admin_orders.move_failed", number=move.number)
    if problem.status == 409:
        text = await conflict_text(move.order_id, move.number, sid, lang)
    toast: EventSpec = rx.toast.warning(text, duration=15_000, close_button=True)
    return toast


async def conflict_text(order_id: str, number: str, sid: str, lang: Lang) -> str:
    """Return what happened to an order that somebody else changed first."""
    tokens = wiring.tokens()
    try:
        order: Order = await tokens.call(sid, partial(wiring.orders().read, order_id))
        last = order.timeline[-1]
        who = await _who(last, sid, lang)
    except FAILURES:
        return t(lang, "admin_orders.conflict_unknown", number=number)
    status = t(lang, f"order.{order.status.lower()}")
    return t(lang, "admin_orders.conflict", number=number, who=who, status=status, at=format_time(last.at))


async def _who(entry: TimelineEntry, sid: str, lang: Lang) -> str:
    if entry.actor is not Actor.ADMIN or entry.actor_id is None:
        return t(lang, f"admin_orders.by_{entry.actor.lower()}")
    names = await names_of({entry.actor_id}, sid)
    return names.get(entry.actor_id) or t(lang, "admin_orders.by_admin")
