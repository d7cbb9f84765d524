"""What staff do to an order beside its next step, as their dialog asks for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopkit.contracts.orders import Order
from storefront.i18n import t
from storefront.state.admin.delivery import DeliveryState
from storefront.state.admin.moves import MovesState
from storefront.state.admin.order_cards import show_card
from storefront.state.admin.order_sheet import show_sheet
from tests.unit.storefront.admin import staff_at
from tests.unit.storefront.fakes import NOW, ORDER_ID, Services, order, problem, run

pytestmark = pytest.mark.anyio
ONE = f"/api/orders/{ORDER_ID}"
SOON = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
FAILED = {"at": NOW, "reason": "REFUSED", "attempts": 1}


async def opened(services: Services, **change: Any) -> Any:
    services.answers["GET", ONE] = order(**{"status": "SHIPPED", "version": 3, **change})
    state = await staff_at(services, DeliveryState, "/admin/orders")
    events = await run(state.open(ORDER_ID))
    assert ("showModal" in str(events)) == bool(state.choices)
    return state


@pytest.mark.parametrize(
    ("change", "choices"),
    [
        ({}, ["fail"]),
        ({"correctableUntil": SOON}, ["fail", "correct"]),
        ({"correctableUntil": NOW}, ["fail"]),
        ({"failedDelivery": FAILED, "correctableUntil": SOON}, ["retry", "return", "correct"]),
        ({"status": "DELIVERED", "correctableUntil": SOON}, ["correct"]),
        ({"status": "DELIVERED"}, []),
        ({"status": "PENDING"}, []),
        ({"status": "CANCELLED", "returned": True}, []),
    ],
)
async def test_the_dialog_offers_what_can_be_done(
    services: Services, change: dict[str, Any], choices: list[str]
) -> None:
    state = await opened(services, **change)
    assert list(state.choices) == choices
    assert state.step == (choices[0] if choices else "")
    assert show_card(Order.model_validate(order(**{"status": "SHIPPED", **change})), "vi").has_steps == bool(choices)


async def test_a_failure_needs_its_reason(services: Services) -> None:
    state = await opened(services)
    events = await run(state.take({"step-reason": "", "step-note": ""}))
    assert state.errors == {"reason": t("vi", "admin_delivery.reason_missing")}
    assert "step-reason" in str(events)
    assert services.sent("POST", f"{ONE}/fail-delivery") == []

    services.answers["POST", f"{ONE}/fail-delivery"] = order(status="SHIPPED", failedDelivery=FAILED, version=4)
    events = await run(state.take({"step-reason": "REFUSED", "step-note": " Hẹn mai "}))
    sent = {"version": 3, "reason": "REFUSED", "note": "Hẹn mai"}
    assert services.sent("POST", f"{ONE}/fail-delivery") == [sent]
    assert "close" in str(events[0])
    assert (state.errors, state.is_busy) == ({}, False)


async def test_a_return_says_what_becomes_of_the_cakes(services: Services) -> None:
    state = await opened(services, failedDelivery=FAILED)
    state.choose("return")
    await run(state.take({}))
    assert state.errors == {"stock": t("vi", "admin_delivery.stock_missing")}
    services.answers["POST", f"{ONE}/return"] = order(status="CANCELLED", returned=True)
    await run(state.take({"step-stock": "WRITTEN_OFF"}))
    assert services.sent("POST", f"{ONE}/return") == [{"version": 3, "note": "", "stock": "WRITTEN_OFF"}]


async def test_a_step_is_taken_back_for_a_reason(services: Services) -> None:
    state = await opened(services, correctableUntil=SOON)
    state.choose("correct")
    assert state.correction == t("vi", "order.processing")
    await run(state.take({"step-note": "  "}))
    assert state.errors == {"note": t("vi", "admin_delivery.note_missing")}
    services.answers["POST", f"{ONE}/correct"] = order(status="PROCESSING")
    await run(state.take({"step-note": "bấm nhầm"}))
    assert services.sent("POST", f"{ONE}/correct") == [{"version": 3, "note": "bấm nhầm"}]


@pytest.mark.parametrize(("fulfilment", "key"), [("DELIVERY", "done_retry"), ("PICKUP", "done_retry_pickup")])
async def test_another_try(services: Services, fulfilment: str, key: str) -> None:
    state = await opened(services, failedDelivery=FAILED, fulfilment=fulfilment)
    services.answers["POST", f"{ONE}/retry-delivery"] = order(status="SHIPPED")
    events = await run(state.take({}))
    assert t("vi", f"admin_delivery.{key}", number="SD-1001") in str(events)
    assert services.sent("POST", f"{ONE}/retry-delivery") == [{"version": 3, "note": ""}]


async def test_a_step_that_is_not_offered_cannot_be_chosen(services: Services) -> None:
    state = await opened(services)
    state.choose("return")
    assert state.step == "fail"


async def test_a_form_that_is_sent_without_its_dialog_takes_no_step(services: Services) -> None:
    state = await staff_at(services, DeliveryState, "/admin/orders")
    before = len(services.requests)
    assert await run(state.take({"step-reason": "REFUSED", "step-note": "x"})) == []
    assert (len(services.requests), state.errors, state.is_busy) == (before, {}, False)


async def test_whoever_is_second_is_told_and_the_dialog_stays(services: Services) -> None:
    state = await opened(services)
    entry = {"at": NOW, "actor": "ADMIN", "actorId": 7, "from": "SHIPPED", "to": "DELIVERED", "note": ""}
    services.answers["GET", ONE] = order(status="DELIVERED", version=4, timeline=[entry], correctableUntil=SOON)
    services.answers["POST", f"{ONE}/fail-delivery"] = problem(409, "version_conflict")
    events = await run(state.take({"step-reason": "REFUSED"}))
    assert events == []
    assert t("vi", "order.delivered") in state.notice
    assert list(state.choices) == ["correct"]


async def test_too_late_is_told(services: Services) -> None:
    state = await opened(services, correctableUntil=SOON)
    state.choose("correct")
    services.answers["POST", f"{ONE}/correct"] = problem(409, "too_late_to_correct")
    await run(state.take({"step-note": "bấm nhầm"}))
    assert state.notice == t("vi", "admin_delivery.too_late", hours=24)


async def test_opening_takes_back_the_move_that_waits(services: Services) -> None:
    services.answers["GET", ONE] = order(status="SHIPPED", version=3)
    state = await staff_at(services, DeliveryState, "/admin/orders")
    moves = await state.get_state(MovesState)
    moves.advance(ORDER_ID, "SD-1001", "DELIVERED", 3)
    told = t("vi", "admin_delivery.move_dropped", number="SD-1001")
    assert told in str(await run(state.open(ORDER_ID)))
    assert moves.waiting_moves == {}
    assert told not in str(await run(state.open(ORDER_ID)))


def test_an_order_that_failed_wants_a_decision_before_a_next_step() -> None:
    failed = Order.model_validate(order(status="SHIPPED", failedDelivery=FAILED))
    for view in (show_card(failed, "vi"), show_sheet(failed, {}, "vi")):
        assert (view.next, view.failed, view.has_steps) == ("", t("vi", "admin_delivery.reason_refused"), True)


def test_the_timeline_tells_what_happened_beside_the_steps() -> None:
    entry = {"at": NOW, "actor": "ADMIN", "from": "SHIPPED", "to": "SHIPPED", "note": "x"}
    whole = order(
        status="SHIPPED",
        timeline=[
            {**entry, "from": "PROCESSING"},
            {**entry, "kind": "DELIVERY_FAILED", "reason": "NOT_HOME"},
            {**entry, "kind": "CORRECTED"},
        ],
    )
    steps = show_sheet(Order.model_validate(whole), {}, "vi").steps
    assert [(step.event, step.is_internal) for step in steps] == [
        ("Lùi lại một bước", True),
        ("Chưa giao được: không có ai ở nhà", False),
        ("", False),
    ]
