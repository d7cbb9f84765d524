"""One order as staff see it: its page, its notes, and cancelling it."""

from typing import Any

import httpx
import pytest

from storefront.i18n import t
from storefront.state.admin.moves import MovesState
from storefront.state.admin.order import OrderSheetState
from tests.unit.storefront.admin import STAFF, page_of, staff_at
from tests.unit.storefront.fakes import NOW, ORDER_ID, Services, order, problem, run, user

pytestmark = pytest.mark.anyio
ONE = f"/api/orders/{ORDER_ID}"
OTHER_ID = ORDER_ID[:-1] + "2"
PAGE = f"/admin/orders/{ORDER_ID}"


def sheet(services: Services, **change: Any) -> None:
    entry = {"at": NOW, "actor": "CUSTOMER", "actorId": 7, "from": None, "to": "PENDING", "note": ""}
    services.answers["GET", ONE] = order(**{"timeline": [entry], **change})
    services.answers["GET", f"{ONE}/notes"] = [{"id": 1, "at": NOW, "actorId": 1, "text": "Gọi trước"}]
    services.answers["GET", "/api/customers"] = page_of(STAFF, user(name="Mai"))


async def test_an_order_tells_who_did_what(services: Services) -> None:
    sheet(services)
    state = await staff_at(services, OrderSheetState, PAGE)
    await run(state.load())
    assert (state.is_found, state.order.customer, state.order.due) == (True, "Mai", "598.000\u00a0₫")
    assert [(step.status, step.who) for step in state.order.steps] == [("PENDING", "Mai (khách)")]
    assert [(note.who, note.text) for note in state.notes] == [("Admin", "Gọi trước")]


async def test_an_order_is_shown_without_names_when_there_are_none_to_be_had(services: Services) -> None:
    sheet(services)
    services.answers["GET", "/api/customers"] = httpx.ConnectError("down")
    state = await staff_at(services, OrderSheetState, PAGE)
    await run(state.load())
    assert (state.is_found, state.order.customer, state.notes[0].who) == (True, "Khách số 7", "nhân viên")


@pytest.mark.parametrize("path", ["/admin/orders/none", PAGE, f"{PAGE}/slip"])
async def test_an_order_that_is_not_there_is_missing(services: Services, path: str) -> None:
    state = await staff_at(services, OrderSheetState, path)
    await run(state.load())
    assert (state.is_missing, state.is_found, state.is_unreachable) == (True, False, False)


async def test_only_news_of_this_order_is_read(services: Services) -> None:
    sheet(services)
    state = await staff_at(services, OrderSheetState, f"{PAGE}/slip")
    await run(state.changed([{"id": OTHER_ID, "number": "SD-1002", "status": "SHIPPED", "before": "PROCESSING"}]))
    assert services.sent("GET", ONE) == []
    await run(state.changed([]))
    assert state.is_found


async def test_a_note_is_added_and_the_field_emptied(services: Services) -> None:
    sheet(services)
    services.answers["POST", f"{ONE}/notes"] = {"id": 2, "at": NOW, "actorId": 1, "text": "x"}
    state = await staff_at(services, OrderSheetState, PAGE)
    await run(state.add_note({"text": " ", "form": "0"}))
    assert (state.note_error, services.sent("POST", f"{ONE}/notes")) == (t("vi", "admin_orders.note_missing"), [])
    await run(state.add_note({"text": "Gọi trước", "form": "0"}))
    await run(state.add_note({"text": "Gọi trước", "form": "0"}))  # the second half of a double click
    assert (services.sent("POST", f"{ONE}/notes"), state.note_form, state.is_busy) == (
        [{"text": "Gọi trước"}],
        1,
        False,
    )


async def test_cancelling_asks_why_and_tells_the_version_that_was_seen(services: Services) -> None:
    sheet(services, version=4)
    services.answers["PATCH", f"{ONE}/status"] = order(status="CANCELLED")
    state = await staff_at(services, OrderSheetState, PAGE)
    await run(state.load())
    await run(state.ask_cancel())
    await run(state.cancel({"reason": "  "}))
    assert (state.cancel_error, services.sent("PATCH", f"{ONE}/status")) == (
        t("vi", "admin_orders.reason_missing"),
        [],
    )
    events = await run(state.cancel({"reason": "Hết xoài"}))
    assert services.sent("PATCH", f"{ONE}/status") == [{"status": "CANCELLED", "note": "Hết xoài", "version": 4}]
    assert "close" in str(events[0])


async def test_asking_to_cancel_takes_back_the_move_that_waits(services: Services) -> None:
    sheet(services, version=4)
    state = await staff_at(services, OrderSheetState, PAGE)
    await run(state.load())
    moves = await state.get_state(MovesState)
    moves.advance(ORDER_ID, "SD-1001", "PROCESSING", 4)
    await run(state.ask_cancel())
    assert moves.waiting_moves == {}


async def test_whoever_cancels_second_is_told_what_happened(services: Services) -> None:
    sheet(services, version=1)
    state = await staff_at(services, OrderSheetState, PAGE)
    await run(state.load())
    await run(state.ask_cancel())
    entry = {"at": NOW, "actor": "ADMIN", "actorId": 7, "from": "PENDING", "to": "PROCESSING", "note": ""}
    sheet(services, version=2, status="PROCESSING", timeline=[entry])
    # The page has been told already; what counts is what was seen when the question was asked.
    await run(state.changed([]))
    services.answers["PATCH", f"{ONE}/status"] = problem(409, "version_conflict")
    events = await run(state.cancel({"reason": "Hết xoài"}))
    assert services.sent("PATCH", f"{ONE}/status")[0]["version"] == 1
    assert events == []  # the dialog stays open
    told = t("vi", "admin_orders.conflict", number="SD-1001", who="Mai", status=t("vi", "order.processing"), at="09:00")
    assert (state.cancel_notice, state.order.status) == (told, "PROCESSING")
    services.answers["PATCH", f"{ONE}/status"] = order(status="CANCELLED")
    await run(state.cancel({"reason": "Hết xoài"}))
    assert services.sent("PATCH", f"{ONE}/status")[1]["version"] == 2
