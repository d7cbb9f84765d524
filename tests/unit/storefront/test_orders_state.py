import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shopkit.client import ServiceUnavailable
from shopkit.contracts.orders import Order
from storefront.clients import wiring
from storefront.dates import format_moment
from storefront.i18n import t
from storefront.session_cookie import COOKIE
from storefront.state.order_view import show_order
from storefront.state.orders import HistoryState, OrderState
from storefront.state.tracking import TrackingState
from tests.unit.storefront.fakes import (
    ORDER_ID,
    SID,
    Services,
    cart,
    guest,
    order,
    problem,
    run,
    session,
    state_of,
    user,
)

pytestmark = pytest.mark.anyio
TRACK = "/api/orders/track/" + "t" * 24
MINE = f"/api/orders/{ORDER_ID}"


def owner(services: Services, kind: Any, path: str = f"/order/{ORDER_ID}") -> Any:
    services.live_session(user())
    return state_of(kind, path, f"{COOKIE}={wiring.signer().cookie(SID)}")


def test_moments_are_told_in_the_shops_time() -> None:
    moment = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)
    assert format_moment(moment, "vi") == "00:30, 2/3/2026"
    assert format_moment(moment, "en") == "2 Mar 2026, 00:30"


@pytest.mark.parametrize(
    ("status", "places"),
    [
        ("PENDING", ["now", "next", "next", "next"]),
        ("PROCESSING", ["done", "now", "next", "next"]),
        ("DELIVERED", ["done", "done", "done", "done"]),
        ("CANCELLED", ["done", "done"]),
    ],
)
def test_an_orders_way_has_its_steps(status: str, places: list[str]) -> None:
    view = show_order(Order.model_validate(order(status=status)), "vi")
    assert [step.place for step in view.steps] == places


def test_fetching_a_cake_oneself_is_told_otherwise() -> None:
    view = show_order(Order.model_validate(order(status="SHIPPED", fulfilment="PICKUP")), "en")
    assert (view.title, view.steps[2].title) == ("Your cakes are ready", "Ready to collect")


def test_why_the_shop_itself_cancelled_is_told_in_the_readers_language() -> None:
    told = order(status="CANCELLED")
    told["timeline"][-1] |= {"actor": "SYSTEM", "note": "Sold out before the order could be confirmed."}
    placed = Order.model_validate(told)
    assert [step.note for step in show_order(placed, "en").steps] == ["", t("en", "order.cancelled_sold_out")]
    assert [step.note for step in show_order(placed, "vi").steps] == ["", t("vi", "order.cancelled_sold_out")]


async def test_a_tracking_link_opens_without_a_session_and_is_followed(services: Services) -> None:
    services.answers["GET", TRACK] = order()
    state = state_of(TrackingState, "/track/" + "t" * 24)
    events = await run(state.load_tracked())
    assert (state.is_found, state.order.number) == (True, "SD-1001")
    assert "follow" in str(events)


@pytest.mark.parametrize("status", [404, 422])
async def test_a_wrong_link_says_so_and_is_not_followed(services: Services, status: int) -> None:
    services.answers["GET", TRACK] = problem(status, "not_found")
    state = state_of(TrackingState, "/track/" + "t" * 24)
    assert await run(state.load_tracked()) == []
    assert (state.is_missing, state.is_found) == (True, False)


async def test_an_order_out_of_reach_is_followed_until_it_is_there(services: Services) -> None:
    services.answers["GET", TRACK] = httpx.ConnectError("down")
    state = state_of(TrackingState, "/track/" + "t" * 24)
    assert "follow" in str(await run(state.load_tracked()))
    assert (state.is_unreachable, state.is_missing) == (True, False)


async def test_somebody_elses_order_is_missing(services: Services) -> None:
    state = owner(services, OrderState)
    await run(state.restore())
    assert await run(state.load_own()) == []
    assert state.is_missing


async def test_an_order_can_be_cancelled_once(services: Services) -> None:
    services.answers["GET", MINE] = order()
    services.answers["POST", f"{MINE}/cancel"] = order(status="CANCELLED", canCancel=False)
    state = owner(services, OrderState)
    await run(state.restore())
    await run(state.load_own())
    await run(state.cancel())
    assert (state.order.is_cancelled, state.order.can_cancel, state.is_cancelling) == (True, False, False)


async def test_cancelling_too_late_shows_where_the_order_is(services: Services) -> None:
    services.answers["GET", MINE] = order()
    services.answers["POST", f"{MINE}/cancel"] = problem(409, "invalid_transition")
    state = owner(services, OrderState)
    await run(state.restore())
    await run(state.load_own())
    services.answers["GET", MINE] = order(status="PROCESSING", canCancel=False)
    events = await run(state.cancel())
    assert "không hủy được nữa" in str(events)
    assert state.order.status == "PROCESSING"


async def test_ordering_again_adds_what_is_left_and_says_what_is_not(services: Services) -> None:
    services.answers["GET", MINE] = order()
    wanted: list[int] = []

    def add(request: httpx.Request) -> httpx.Response:
        quantity = json.loads(request.content)["quantity"]
        wanted.append(quantity)
        if quantity > 1:
            return problem(409, "insufficient_stock", inCart=0, lines=[{"available": 1}])
        return httpx.Response(201, json=cart())

    services.answers["POST", "/api/cart"] = add
    state = owner(services, OrderState)
    await run(state.restore())
    await run(state.load_own())
    await run(state.order_again())
    assert wanted == [2, 1]
    assert state.unavailable == ["Mousse dâu (chỉ thêm được 1)"]


async def test_an_order_of_the_history_is_ordered_again(services: Services) -> None:
    page = {"items": [order()], "page": 1, "limit": 10, "total": 1, "pages": 1}
    services.answers["GET", "/api/orders/user/7"] = page
    services.answers["POST", "/api/cart"] = httpx.Response(201, json=cart())
    state = owner(services, HistoryState, "/account")
    await run(state.restore())
    await run(state.load_history())
    events = await run(state.order_again(ORDER_ID))
    assert services.sent("POST", "/api/cart") == [{"productId": 1, "size": "M", "quantity": 2}]
    assert (state.reordering, state.not_again) == ("", [])
    assert "showModal" in str(events)

    services.answers["POST", "/api/cart"] = problem(404, "not_found")
    await run(state.order_again(ORDER_ID))
    assert state.not_again == ["Mousse dâu"]
    await run(state.order_again("somebody-else-s"))
    assert len(services.sent("POST", "/api/cart")) == 2


async def test_the_history_comes_a_page_at_a_time_without_repetitions(services: Services) -> None:
    def page(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        ids = [ORDER_ID, ORDER_ID[:-1] + "2"] if number == 1 else [ORDER_ID[:-1] + "2", ORDER_ID[:-1] + "3"]
        items = [order(id=order_id) for order_id in ids]
        return httpx.Response(200, json={"items": items, "page": number, "limit": 10, "total": 3, "pages": 2})

    services.answers["GET", "/api/orders/user/7"] = page
    state = owner(services, HistoryState, "/account")
    await run(state.restore())
    await run(state.load_history())
    assert (len(state.orders), state.has_more) == (2, True)
    await run(state.load_more())
    assert [row.id[-1] for row in state.orders] == ["1", "2", "3"]
    assert not state.has_more


async def test_a_guests_history_is_their_own(services: Services) -> None:
    services.answers["POST", "/api/auth/guest"] = session(guest())
    state = state_of(HistoryState, "/account")
    await run(state.load_history())
    assert (state.orders, state.is_history_unreachable) == ([], False)


class Stream(httpx.AsyncByteStream):
    def __init__(self, text: str) -> None:
        self.text = text

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in (self.text[:7], self.text[7:]):
            await asyncio.sleep(0)
            yield part.encode()


async def test_the_stream_yields_changes_and_tells_when_it_broke(services: Services) -> None:
    change = {"orderId": ORDER_ID, "number": "SD-1001", "userId": 7, "status": "PROCESSING", "fromStatus": "PENDING"}
    change |= {"version": 2, "at": "2026-03-01T02:00:00Z"}
    events = [
        "event: resync\ndata: {}",
        ": heartbeat",
        f"event: order\ndata: {json.dumps(change)}",
        "event: x\ndata: 1",
    ]
    text = "".join(f"{event}\n\n" for event in events)
    services.answers["GET", "/api/orders/stream"] = lambda _: httpx.Response(200, stream=Stream(text))
    seen: list[Any] = []

    async def consume() -> None:
        async for item in wiring.orders().changes(tracking_token="t" * 24):
            seen.append(item and item.status)  # noqa: PERF401 - what came before the break must be kept

    with pytest.raises(ServiceUnavailable):
        await consume()
    assert seen == [None, "PROCESSING"]
