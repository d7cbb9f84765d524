"""The orders as staff see them: board and table."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shopkit.clock import shop_day
from shopkit.contracts.orders import Order, OrderStatus
from storefront.state.admin import orders
from storefront.state.admin.order_cards import next_of, next_text, show_card
from storefront.state.admin.orders import OrdersState
from storefront.state.admin.orders_query import OrderQuery
from tests.unit.storefront.admin import page_of, staff_at
from tests.unit.storefront.fakes import NOW, ORDER_ID, Services, order, run, user

pytestmark = pytest.mark.anyio
LIST, ONE = "/api/orders", f"/api/orders/{ORDER_ID}"
OTHER_ID = ORDER_ID[:-1] + "2"


def now() -> str:
    return datetime.now(UTC).isoformat()


def found(*orders: dict[str, Any], total: int | None = None, after: str | None = None) -> dict[str, Any]:
    return {**page_of(*orders, total=total), "next": after}


def by_status(*orders: dict[str, Any]) -> Any:
    """Answer a list's request with those of the orders that are in a status asked for."""

    def answer(request: httpx.Request) -> httpx.Response:
        wanted = request.url.params.get_list("status")
        return httpx.Response(200, json=found(*(one for one in orders if not wanted or one["status"] in wanted)))

    return answer


def asked(services: Services) -> list[dict[str, Any]]:
    """Return the parameters of the lists that were asked for."""
    return [
        {name: request.url.params.get_list(name) for name in request.url.params}
        for request in services.requests
        if (request.method, request.url.path) == ("GET", LIST)
    ]


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ({}, OrderQuery()),
        ({"view": "table", "status": "SHIPPED"}, OrderQuery(view="table", status="SHIPPED")),
        ({"view": "x", "status": "LOST", "fulfilment": "x", "sort": "x", "customer": "-1"}, OrderQuery()),
        ({"since": "2026-02-30", "until": "yesterday"}, OrderQuery()),
        ({"since": "2026-03-02", "until": "2026-03-01"}, OrderQuery(since="2026-03-01", until="2026-03-02")),
        ({"q": "  \x00mai ", "customer": "7"}, OrderQuery(q="mai", customer=7)),
    ],
)
def test_an_address_is_read_with_a_kind_eye(address: dict[str, str], query: OrderQuery) -> None:
    assert OrderQuery.parse(address) == query


def test_an_address_says_what_is_filtered_and_no_more() -> None:
    query = OrderQuery(view="table", q="mai", customer=7)
    assert query.but() == "?view=table&q=mai&customer=7"
    assert query.but(q="", customer=0, view="") == ""
    assert (OrderQuery(view="table", sort="oldest").is_filtered, query.is_filtered) == (False, True)


@pytest.mark.parametrize(
    ("status", "pickup", "text"),
    [
        ("PENDING", False, "Start making"),
        ("PROCESSING", False, "Send out"),
        ("PROCESSING", True, "Mark ready"),
        ("SHIPPED", True, "Mark collected"),
        ("DELIVERED", False, ""),
        ("CANCELLED", False, ""),
    ],
)
def test_only_the_step_that_may_follow_is_offered(status: str, pickup: bool, text: str) -> None:
    following = next_of(OrderStatus(status))
    assert next_text(following, pickup=pickup, lang="en") == text


def test_a_card_says_what_is_to_be_made() -> None:
    card = show_card(Order.model_validate(order(contactName=None, note="Viết: Bơ", version=3)), "vi")
    assert (card.name, card.cakes, card.version) == ("Không để tên", ["2\u00a0×\u00a0Mousse dâu (M)"], 3)
    assert (card.next, card.note, card.is_pickup) == ("PROCESSING", "Viết: Bơ", False)


async def test_the_board_has_what_waits_longest_on_top(services: Services) -> None:
    services.answers["GET", LIST] = by_status(
        order(), order(status="DELIVERED", updatedAt=NOW), order(id=OTHER_ID, status="CANCELLED", updatedAt=now())
    )
    state = await staff_at(services, OrdersState, "/admin/orders")
    await run(state.load())
    assert [card.id for card in state.pending] == [ORDER_ID]
    assert [card.id for card in state.done] == [OTHER_ID, ORDER_ID]  # what was finished last stands first
    assert state.counts == {"PENDING": 1, "PROCESSING": 0, "SHIPPED": 0, "DONE": 2}
    columns = {tuple(params["status"]): (params.get("sort"), params.get("changedFrom")) for params in asked(services)}
    assert columns[("PENDING",)] == (["oldest"], None)
    assert columns[("DELIVERED", "CANCELLED")] == (None, [shop_day(datetime.now(UTC)).isoformat()])


async def test_a_change_renews_the_two_columns_it_concerns(services: Services) -> None:
    services.answers["GET", LIST] = by_status(order())
    state = await staff_at(services, OrdersState, "/admin/orders")
    await run(state.load())
    services.requests.clear()
    services.answers["GET", LIST] = by_status(order(status="PROCESSING"))
    change = {"id": ORDER_ID, "number": "SD-1001", "status": "PROCESSING", "before": "PENDING"}
    await run(state.changed([change]))
    assert sorted(params["status"][0] for params in asked(services)) == ["PENDING", "PROCESSING"]
    assert (state.pending, [card.id for card in state.processing]) == ([], [ORDER_ID])


async def test_an_order_that_comes_in_is_marked_until_it_moves(services: Services) -> None:
    services.answers["GET", LIST] = by_status()
    state = await staff_at(services, OrdersState, "/admin/orders")
    await run(state.load())
    services.answers["GET", LIST] = by_status(order())
    await run(state.changed([{"id": ORDER_ID, "number": "SD-1001", "status": "PENDING", "before": ""}]))
    assert [card.is_new for card in state.pending] == [True]
    assert state.announcement == "Đơn mới: SD-1001"
    services.answers["GET", LIST] = by_status(order(status="PROCESSING"))
    await run(state.changed([{"id": ORDER_ID, "number": "SD-1001", "status": "PROCESSING", "before": "PENDING"}]))
    assert [card.is_new for card in state.processing] == [False]


async def test_whoever_may_have_missed_something_reads_the_whole_board(services: Services) -> None:
    services.answers["GET", LIST] = by_status(order())
    state = await staff_at(services, OrdersState, "/admin/orders")
    await run(state.changed([]))
    assert len(asked(services)) == 4


async def test_filters_reach_the_api_and_the_address(services: Services) -> None:
    services.answers["GET", LIST] = by_status()
    services.answers["GET", "/api/customers"] = page_of(user(name="Mai"))
    path = "/admin/orders?fulfilment=PICKUP&since=2026-03-01&until=2026-03-02&customer=7&status=SHIPPED&q=090"
    state = await staff_at(services, OrdersState, path)
    await run(state.load())
    (params,) = asked(services)
    assert {name: params[name] for name in ("q", "fulfilment", "dateFrom", "dateTo", "userId", "status")} == {
        "q": ["090"],
        "fulfilment": ["PICKUP"],
        "dateFrom": ["2026-03-01"],
        "dateTo": ["2026-03-02"],
        "userId": ["7"],
        "status": ["SHIPPED"],
    }
    assert (state.customer_name, state.is_filtered) == ("Mai", True)
    (there,) = await run_now(state.filter("status", ""))
    assert "/admin/orders?q=090&fulfilment=PICKUP" in str(there)
    assert await run_now(state.filter("view", "table")) == []
    assert await run_now(state.search("090")) == []


async def run_now(returned: Any) -> list[Any]:
    return [] if returned is None else [returned]


async def test_the_table_goes_on_where_it_ended(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "PAGE", 1)
    services.answers["GET", LIST] = found(order(), total=2, after=ORDER_ID)
    state = await staff_at(services, OrdersState, "/en/admin/orders?view=table")
    await run(state.load())
    assert (len(state.rows), state.total, state.has_more) == (1, 2, True)
    services.answers["GET", LIST] = found(order(), order(id=OTHER_ID), total=2)
    await run(state.load_more())
    assert asked(services)[-1]["after"] == [ORDER_ID]
    assert [row.id for row in state.rows] == [ORDER_ID, OTHER_ID]
    assert not state.has_more
    # Whoever comes back finds as much of it; another list begins at its beginning.
    services.answers["GET", LIST] = found(order(), order(id=OTHER_ID, status="SHIPPED"), total=2)
    await run(state.load())
    assert asked(services)[-1]["limit"] == ["2"]
    assert [row.status for row in state.rows] == ["PENDING", "SHIPPED"]
    state.query = OrderQuery(view="table", q="mai")
    await run(state.load())
    assert asked(services)[-1]["limit"] == ["1"]


async def test_a_long_list_is_read_in_parts(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "MOST_ASKED", 1)
    pages = {"": found(order(), total=2, after=ORDER_ID), ORDER_ID: found(order(id=OTHER_ID), total=2)}
    services.answers["GET", LIST] = lambda request: httpx.Response(200, json=pages[request.url.params.get("after", "")])
    state = await staff_at(services, OrdersState, "/admin/orders?view=table")
    await run(state.load())
    assert ([row.id for row in state.rows], state.has_more) == ([ORDER_ID, OTHER_ID], False)


async def test_what_comes_in_or_moves_is_seen_however_long_its_column_is(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "COLUMN_LIMIT", 2)
    oldest = [order(id=f"{ORDER_ID[:-2]}0{n}") for n in range(4)]
    newest = [order(id=f"{ORDER_ID[:-2]}9{n}") for n in (9, 8, 7)]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get_list("status") != ["PENDING"]:
            return httpx.Response(200, json=found())
        first = oldest[:2] if request.url.params.get("sort") == "oldest" else newest
        return httpx.Response(200, json=found(*first, total=7))

    services.answers["GET", LIST] = answer
    state = await staff_at(services, OrdersState, "/admin/orders")
    await run(state.load())
    assert [card.id[-2:] for card in state.pending] == ["00", "01"]
    arrived = {"id": newest[0]["id"], "number": "SD-7", "status": "PENDING", "before": ""}
    await run(state.changed([arrived]))
    assert [(card.id[-2:], card.is_new) for card in state.pending] == [("99", True), ("00", False), ("01", False)]
    moved = {"id": newest[2]["id"], "number": "SD-5", "status": "PENDING", "before": "PROCESSING"}
    await run(state.changed([moved]))
    assert [card.id[-2:] for card in state.pending] == ["99", "97", "00", "01"]
    assert state.counts["PENDING"] == 7


async def test_all_of_a_column_is_the_same_filters_in_the_same_order(services: Services) -> None:
    services.answers["GET", LIST] = by_status(order())
    state = await staff_at(services, OrdersState, "/admin/orders?fulfilment=PICKUP&q=mai")
    await run(state.load())
    assert state.column_queries["SHIPPED"] == "?view=table&q=mai&status=SHIPPED&fulfilment=PICKUP&sort=oldest"


@pytest.mark.parametrize(
    ("name", "day", "query"),
    [
        ("since", "0002-11-20", None),
        ("since", "2026-03-01", "?since=2026-03-01&until=2026-03-05"),
        ("since", "2026-03-06", "?since=2026-03-06"),
        ("since", "", "?until=2026-03-05"),
        ("until", "2026-03-02", "?until=2026-03-02"),
    ],
)
async def test_the_day_chosen_last_counts_and_a_half_typed_one_does_not(
    services: Services, name: str, day: str, query: str | None
) -> None:
    state = await staff_at(services, OrdersState, "/admin/orders")
    state.query = OrderQuery(since="2026-03-03", until="2026-03-05")
    there = state.filter(name, day)
    assert (there is None) == (query is None)
    if query:
        assert f'"/admin/orders{query}"' in str(there)


async def test_a_customer_is_found_by_what_is_typed_and_their_orders_shown(services: Services) -> None:
    services.answers["GET", "/api/customers"] = page_of(user(name="Mai", email="mai@example.com"))
    state = await staff_at(services, OrdersState, "/admin/orders")
    assert await run(state.find_customer(" ma ")) == []
    assert state.people == ["Mai · mai@example.com"]
    (there,) = await run(state.find_customer("Mai · mai@example.com"))
    assert '"/admin/orders?customer=7"' in str(there)
    assert await run(state.find_customer("")) == []  # nobody was chosen
    state.query = OrderQuery(customer=7)
    (back,) = await run(state.find_customer(""))
    assert '"/admin/orders"' in str(back)


async def test_rows_change_where_they_stand_and_new_ones_wait_to_be_asked_for(services: Services) -> None:
    services.answers["GET", LIST] = found(order(), total=1)
    services.answers["GET", ONE] = order(status="PROCESSING", version=2)
    state = await staff_at(services, OrdersState, "/admin/orders?view=table")
    await run(state.load())
    # The list as it is by now: another new one does not fit the filters.
    services.answers["GET", LIST] = found(order(id=OTHER_ID), order(status="PROCESSING", version=2), total=2)
    await run(
        state.changed(
            [
                {"id": ORDER_ID, "number": "SD-1001", "status": "PROCESSING", "before": "PENDING"},
                {"id": OTHER_ID, "number": "SD-1002", "status": "PENDING", "before": ""},
                {"id": ORDER_ID[:-1] + "3", "number": "SD-1003", "status": "PENDING", "before": ""},
            ]
        )
    )
    assert [(row.id, row.status, row.version) for row in state.rows] == [(ORDER_ID, "PROCESSING", 2)]
    assert state.fresh == 1
    await run(state.show_fresh())
    assert ([row.id for row in state.rows], state.fresh) == ([OTHER_ID, ORDER_ID], 0)
    state.query = OrderQuery(view="table", sort="oldest")
    (there,) = await run(state.show_fresh())
    assert '"/admin/orders?view=table"' in str(there)


async def test_a_board_out_of_reach_says_so_and_keeps_what_it_had(services: Services) -> None:
    services.answers["GET", LIST] = by_status(order())
    state = await staff_at(services, OrdersState, "/admin/orders")
    await run(state.load())
    services.answers["GET", LIST] = httpx.ConnectError("down")
    await run(state.retry())
    assert (state.is_unreachable, len(state.pending)) == (True, 1)
    services.answers["GET", LIST] = by_status()
    await run(state.retry())
    assert (state.is_unreachable, state.pending) == (False, [])
