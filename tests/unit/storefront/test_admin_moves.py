"""Moving orders on: nothing is sent that is undone in time, and nothing is overwritten silently."""

import asyncio
from typing import Any

import pytest

from shopkit.contracts.orders import OrderChanged
from storefront.i18n import t
from storefront.state.admin import moves
from storefront.state.admin.live import follow_orders, follower_of, told
from storefront.state.admin.moves import MovesState
from storefront.state.admin.shell import ShellState, news
from tests.unit.storefront.admin import page_of, staff_at
from tests.unit.storefront.fakes import NOW, ORDER_ID, SID, Entered, Services, order, problem, run, user

pytestmark = pytest.mark.anyio
ONE = f"/api/orders/{ORDER_ID}"
MOVE = f"{ONE}/status"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "UNDO_S", 0.05)
    monkeypatch.setattr(moves, "SAME_CLICK_S", 0.0)


async def send(state: Any) -> list[Any]:
    return await run(MovesState.event_handlers["send"].fn(Entered(state), ORDER_ID))


async def ready(services: Services) -> Any:
    services.answers["PATCH", MOVE] = order(status="PROCESSING")
    return await staff_at(services, MovesState, "/admin/customers")


async def test_a_move_is_sent_once_its_time_has_come(services: Services) -> None:
    state = await ready(services)
    assert "send" in str(state.advance(ORDER_ID, "SD-1001", "PROCESSING", 3))
    assert state.waiting_moves == {ORDER_ID: "SD-1001"}
    assert services.sent("PATCH", MOVE) == []
    await send(state)
    assert services.sent("PATCH", MOVE) == [{"status": "PROCESSING", "note": "", "version": 3}]
    assert state.waiting_moves == {}


async def test_what_is_undone_in_time_is_never_sent(services: Services) -> None:
    state = await ready(services)
    state.advance(ORDER_ID, "SD-1001", "PROCESSING", 3)
    sending = asyncio.create_task(send(state))
    await asyncio.sleep(0.01)
    await state.undo(ORDER_ID)
    await sending
    assert (services.sent("PATCH", MOVE), state.waiting_moves) == ([], {})


async def test_undone_and_done_again_is_sent_once(services: Services) -> None:
    state = await ready(services)
    state.advance(ORDER_ID, "SD-1001", "PROCESSING", 3)
    first = asyncio.create_task(send(state))
    await asyncio.sleep(0.01)
    await state.undo(ORDER_ID)
    state.advance(ORDER_ID, "SD-1001", "PROCESSING", 3)
    await asyncio.gather(first, send(state))
    assert len(services.sent("PATCH", MOVE)) == 1


async def test_a_double_click_is_one_wish(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "SAME_CLICK_S", 10.0)
    state = await ready(services)
    state.advance(ORDER_ID, "SD-1001", "PROCESSING", 3)
    assert state.advance(ORDER_ID, "SD-1001", "PROCESSING", 3) is None
    await state.undo(ORDER_ID)
    assert state.waiting_moves == {ORDER_ID: "SD-1001"}


async def test_a_storefront_that_stops_sends_what_was_decided(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "UNDO_S", 60.0)
    state = await ready(services)
    state.advance(ORDER_ID, "SD-1001", "PROCESSING", 3)
    sending = asyncio.create_task(send(state))
    await asyncio.sleep(0.01)
    sending.cancel()
    await sending
    assert len(services.sent("PATCH", MOVE)) == 1


async def test_whoever_is_second_is_told_who_was_first(services: Services) -> None:
    state = await ready(services)
    entry = {"at": NOW, "actor": "ADMIN", "actorId": 8, "from": "PENDING", "to": "PROCESSING", "note": ""}
    services.answers["PATCH", MOVE] = problem(409, "version_conflict")
    services.answers["GET", ONE] = order(status="PROCESSING", timeline=[entry])
    services.answers["GET", "/api/customers"] = page_of(user(id=8, name="Bình"))
    state.advance(ORDER_ID, "SD-1001", "PROCESSING", 1)
    (toast,) = await send(state)
    status = t("vi", "order.processing")
    assert t("vi", "admin_orders.conflict", number="SD-1001", who="Bình", status=status, at="09:00") in str(toast)
    assert len(services.sent("PATCH", MOVE)) == 1
    assert state.waiting_moves == {}


async def test_a_customer_who_cancels_first_is_told_too(services: Services) -> None:
    state = await ready(services)
    entry = {"at": NOW, "actor": "CUSTOMER", "actorId": 7, "from": "PENDING", "to": "CANCELLED", "note": ""}
    services.answers["PATCH", MOVE] = problem(409, "invalid_transition")
    services.answers["GET", ONE] = order(status="CANCELLED", timeline=[entry])
    state.advance(ORDER_ID, "SD-1001", "PROCESSING", 1)
    (toast,) = await send(state)
    assert t("vi", "admin_orders.by_customer") in str(toast)


@pytest.mark.parametrize("failure", [problem(500, "internal_error"), problem(422, "validation_error")])
async def test_a_move_that_fails_is_told_and_over(services: Services, failure: Any) -> None:
    state = await ready(services)
    services.answers["PATCH", MOVE] = failure
    state.advance(ORDER_ID, "SD-1001", "PROCESSING", 1)
    (toast,) = await send(state)
    assert t("vi", "admin_orders.move_failed", number="SD-1001") in str(toast)
    assert state.waiting_moves == {}


@pytest.mark.parametrize(("status", "version"), [("LOST", 1), ("PROCESSING", 0)])
async def test_what_makes_no_sense_is_not_kept(services: Services, status: str, version: int) -> None:
    state = await ready(services)
    state.advance(ORDER_ID, "SD-1001", status, version)
    assert state.waiting_moves == {}


async def test_a_word_to_the_buyer_goes_with_the_move(services: Services) -> None:
    state = await ready(services)
    form = {"order_id": ORDER_ID, "number": "SD-1001", "status": "PROCESSING", "version": "3", "message": " Sắp có! "}
    asking = state.advance_with_message(form)
    assert "Sắp có!" in str(asking.args)
    assert state.advance_with_message({**form, "version": "x"}) is None


def test_a_page_is_found_by_its_address() -> None:
    follow_orders("/admin/test/[order_id]", "handler")
    assert follower_of("/admin/test/1") == "handler"
    assert follower_of("/admin/test/1/2") is None


def test_news_with_a_gap_in_it_means_read_anew() -> None:
    change: Any = {"orderId": ORDER_ID, "number": "SD-1", "userId": 7, "status": "PENDING", "fromStatus": None}
    placed = OrderChanged.model_validate({**change, "version": 1, "at": NOW})
    assert news([placed]) == [told(placed)] == [{"id": ORDER_ID, "number": "SD-1", "status": "PENDING", "before": ""}]
    assert news([placed, None]) == []


def placed(number: int) -> dict[str, Any]:
    return order(id=f"{ORDER_ID[:-2]}{number:02}", number=f"SD-{number}")


def came(number: int) -> OrderChanged:
    one = placed(number)
    return OrderChanged.model_validate(
        {
            "orderId": one["id"],
            "number": one["number"],
            "userId": 7,
            "status": "PENDING",
            "fromStatus": None,
            "version": 1,
            "at": NOW,
        }
    )


async def test_orders_that_came_while_nobody_told_of_them_are_told_late(services: Services) -> None:
    state: Any = Entered(await staff_at(services, ShellState, "/admin/orders"))
    services.answers["GET", "/api/orders"] = {**page_of(placed(3), total=3), "next": None}
    state._newest = placed(3)["id"]
    assert await ShellState._count(state, SID, [None]) == []
    services.answers["GET", "/api/orders"] = {**page_of(placed(4), total=4), "next": None}
    assert await ShellState._count(state, SID, [came(4)]) == []  # told in time
    services.answers["GET", "/api/orders"] = {**page_of(placed(6), placed(5), placed(4), total=6), "next": None}
    missed = await ShellState._count(state, SID, [None])
    assert [(one["number"], one["status"], one["before"]) for one in missed] == [
        ("SD-5", "PENDING", ""),
        ("SD-6", "PENDING", ""),
    ]
    assert await ShellState._count(state, SID, [None]) == []
    assert (state.waiting, state.is_live) == (6, True)


async def test_what_runs_low_is_counted(services: Services) -> None:
    services.answers["GET", "/api/admin/stock/low"] = {"items": [], "total": 3, "out": 1, "lowAt": 5}
    state = await staff_at(services, ShellState, "/admin")
    await run(state.load())
    assert state.low_stock == 3
