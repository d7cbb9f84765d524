"""Stock: changed with a reason, its history, and what runs low."""

from typing import Any

import httpx
import pytest

from storefront.clients import wiring
from storefront.state.admin.low_stock import LowStockState
from storefront.state.admin.product import ProductState
from storefront.state.admin.shell import ShellState
from storefront.state.admin.stock import AMOUNT, OTHER, REASON, WHY, StockState
from tests.unit.storefront.admin import STAFF, admin_product, category, staff_at
from tests.unit.storefront.fakes import NOW, ORDER_ID, Services, problem, run

pytestmark = pytest.mark.anyio
PAGE = "/admin/products/5"
STOCK = ("PATCH", "/api/products/5/sizes/S/stock")
HISTORY = ("GET", "/api/admin/products/5/stock-history")
LOW = ("GET", "/api/admin/stock/low")


async def asked(services: Services, way: str = "add") -> Any:
    state = await staff_at(services, StockState, PAGE)
    state.ask(5, "Mousse dâu", "S", 4)
    state.choose(way)
    return state


def low_list(*lines: dict[str, Any], out: int = 0) -> dict[str, Any]:
    return {"items": list(lines), "total": len(lines), "out": out, "lowAt": 5}


def line(**change: Any) -> dict[str, Any]:
    one = {"productId": 5, "slug": "mousse-dau", "name": "Mousse dâu", "nameEn": "", "image": None, "size": "S"}
    return {**one, "price": 199000, "stock": 0, "held": 2, **change}


@pytest.mark.parametrize(
    ("way", "why", "sent"),
    [
        ("add", "restocked", {"delta": 7, "reason": "Nhập thêm hàng"}),
        ("take", "counter", {"delta": -7, "reason": "Bán tại quầy"}),
        ("set", "counted", {"stock": 7, "expected": 4, "reason": "Kiểm kê"}),
        ("set", OTHER, {"stock": 7, "expected": 4, "reason": "Biếu khách"}),
    ],
)
async def test_stock_is_added_taken_or_set(services: Services, way: str, why: str, sent: dict[str, Any]) -> None:
    services.answers[STOCK] = admin_product()
    state = await asked(services, way)
    events = str(await run(state.submit({AMOUNT: "7", WHY: why, REASON: " Biếu khách "})))
    assert services.sent(*STOCK) == [sent]
    assert "Mousse dâu, cỡ S: còn 4." in events
    assert "StockState.renew" in events
    assert state.dialog.is_busy is False


@pytest.mark.parametrize(
    ("way", "form", "focus"),
    [
        ("add", {}, "stock-why-restocked"),
        ("take", {REASON: "x"}, "stock-why-broken"),
        ("take", {WHY: "restocked"}, "stock-why-broken"),
        ("set", {}, "stock-why-counted"),
        ("set", {WHY: OTHER, REASON: " "}, "stock-reason"),
    ],
)
async def test_nothing_is_changed_without_a_reason(
    services: Services, way: str, form: dict[str, str], focus: str
) -> None:
    state = await asked(services, way)
    events = str(await run(state.submit({AMOUNT: "7", **form})))
    assert (state.dialog.problem, state.dialog.reason_problem) == ("", "Hãy chọn hoặc ghi lý do.")
    assert f"getElementById('{focus}')" in events
    assert services.sent(*STOCK) == []


@pytest.mark.parametrize(
    ("way", "amount"), [("add", ""), ("add", "0"), ("take", "x"), ("take", "1.5"), ("set", "-1"), ("set", "1000001")]
)
async def test_an_amount_that_makes_no_sense_is_told(services: Services, way: str, amount: str) -> None:
    state = await asked(services, way)
    events = str(await run(state.submit({AMOUNT: amount})))
    assert f"getElementById('{AMOUNT}')" in events
    assert state.dialog.problem == "Nhập một số nguyên, tối đa 1.000.000."
    assert services.sent(*STOCK) == []


async def test_a_stock_that_changed_meanwhile_is_shown_and_not_overwritten(services: Services) -> None:
    services.answers[STOCK] = problem(409, "stock_changed", available=9)
    state = await asked(services, "set")
    events = str(await run(state.submit({AMOUNT: "7", WHY: "counted"})))
    assert "StockState.renew" in events
    assert (state.dialog.stock, state.dialog.problem) == (9, "Tồn kho vừa đổi thành 9. Xem lại rồi lưu.")
    assert "close" not in events
    services.answers[STOCK] = admin_product()
    await run(state.submit({AMOUNT: "7", WHY: "counted"}))
    assert services.sent(*STOCK)[-1] == {"stock": 7, "expected": 9, "reason": "Kiểm kê"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (problem(409, "stock_out_of_range", available=3), "Chỉ còn 3"),
        (problem(404, "not_found"), "Cỡ này không còn nữa."),
        (httpx.ConnectError("down"), "tạm thời chưa phản hồi"),
    ],
)
async def test_a_refusal_stays_in_the_dialog(services: Services, answer: Any, told: str) -> None:
    services.answers[STOCK] = answer
    state = await asked(services, "take")
    await run(state.submit({AMOUNT: "7", WHY: "broken"}))
    assert told in state.dialog.problem
    assert state.dialog.is_busy is False


async def test_the_history_says_who_and_what_for_and_goes_on(services: Services) -> None:
    move = {"at": NOW, "size": "S", "reason": "", "actorId": None, "orderId": None}
    first = [
        {**move, "id": 9, "kind": "ADJUSTED", "delta": 3, "stock": 7, "reason": "Nhập thêm", "actorId": 1},
        {**move, "id": 8, "kind": "ORDERED", "delta": -2, "stock": 4, "orderId": ORDER_ID},
    ]
    last = [{**move, "id": 2, "kind": "CREATED", "delta": 6, "stock": 6}]

    def history(request: httpx.Request) -> httpx.Response:
        behind = "after" in request.url.params
        return httpx.Response(200, json={"items": last if behind else first, "next": None if behind else 8})

    services.answers[HISTORY] = history
    services.answers["GET", "/api/customers"] = {"items": [STAFF], "page": 1, "limit": 100, "total": 1, "pages": 1}
    state = await staff_at(services, StockState, PAGE)
    await run(state.load_history())
    adjusted, ordered = state.moves
    assert (adjusted.delta, adjusted.who, adjusted.reason, adjusted.is_less) == ("+3", "Admin", "Nhập thêm", False)
    assert (ordered.delta, ordered.kind, ordered.order) == ("\u22122", "Khách đặt", f"/admin/orders/{ORDER_ID}")
    assert state.has_more
    await run(state.load_more())
    assert ([row.id for row in state.moves], state.has_more) == ([9, 8, 2], False)


def moved(*ids: int) -> list[dict[str, Any]]:
    """Return moves of a history, newest first."""
    move = {"at": NOW, "size": "S", "reason": "", "actorId": None, "orderId": None, "kind": "ORDERED"}
    return [{**move, "id": one, "delta": -1, "stock": one} for one in ids]


async def test_the_page_follows_the_stock_and_its_fields_stay(services: Services) -> None:
    services.answers["GET", "/api/categories"] = [category()]
    services.answers["GET", "/api/admin/products/5"] = admin_product()
    services.answers[HISTORY] = {"items": moved(9, 8), "next": 8}
    product = await staff_at(services, ProductState, PAGE)
    await run(product.load())
    product.add_size()
    state = await product.get_state(StockState)
    await run(state.load_history())
    before = dict(product.values)

    sizes = [{"size": "S", "price": 1, "stock": 77, "serves": 9}]
    services.answers["GET", "/api/admin/products/5"] = admin_product(name="Khác", sizes=sizes)
    services.answers[HISTORY] = {"items": moved(11, 10, 9), "next": 9}
    await run(state.renew())
    assert [(row.size, row.stock, row.price) for row in product.rows] == [
        ("S", 77, "199.000"),
        ("M", 0, "299.000"),
        ("", 0, ""),
    ]
    assert (product.values, product.item.name) == (before, "Mousse dâu")
    assert ([row.id for row in state.moves], state._after) == ([11, 10, 9, 8], 8)

    services.answers[HISTORY] = {"items": moved(31, 30), "next": 30}
    await run(state.renew())
    assert ([row.id for row in state.moves], state._after, state.has_more) == ([31, 30], 30, True)

    services.answers["GET", "/api/admin/products/5"] = httpx.ConnectError("down")
    await run(state.renew())
    assert product.rows[0].stock == 77


async def test_elsewhere_there_is_no_product_to_follow(services: Services) -> None:
    state = await staff_at(services, StockState, "/admin/stock")
    asked_before = len(services.requests)
    await run(state.renew())
    assert len(services.requests) == asked_before


async def test_what_runs_low_is_listed_and_restocked_in_place(services: Services) -> None:
    services.answers[LOW] = low_list(line(), line(size="M", stock=3, held=0), out=1)
    services.answers[STOCK] = admin_product()
    state = await staff_at(services, LowStockState, "/admin/stock")
    await run(state.load())
    assert [(row.size, row.stock, row.held) for row in state.rows] == [("S", 0, 2), ("M", 3, 0)]
    assert (state.total, state.out, state.low_at) == (2, 1, 5)
    events = state.add({"amount": "10", "product": "5", "size": "S"})
    assert "renew" in str(events)
    stock = await state.get_state(StockState)
    await run(stock.add(5, "S", 10))
    assert services.sent(*STOCK) == [{"delta": 10, "reason": "Nhập thêm hàng"}]


async def test_the_list_is_shown_in_steps_as_far_as_the_service_tells(services: Services) -> None:
    lines = [line(productId=number, size="S") for number in range(1, 700)]

    def low(request: httpx.Request) -> httpx.Response:
        shown = lines[: int(request.url.params["limit"])]
        return httpx.Response(200, json={"items": shown, "total": len(lines), "out": 0, "lowAt": 5})

    services.answers[LOW] = low
    state = await staff_at(services, LowStockState, "/admin/stock")
    await run(state.load())
    assert (len(state.rows), state.total, state.has_more) == (50, 699, True)
    await run(state.load_more())
    del lines[3]
    await run(state.renew())
    assert [row.product_id for row in state.rows] == [1, 2, 3, *range(5, 102)]
    while state.has_more:
        await run(state.load_more())
    assert (len(state.rows), state.total) == (500, 698)
    services.answers[LOW] = httpx.ConnectError("down")
    assert "recover" in str(await run(state.renew()))
    assert (len(state.rows), state.is_unreachable) == (500, True)
    services.answers[LOW] = low
    await run(state.load())
    assert (len(state.rows), state.is_unreachable, state.is_loading_more) == (50, False, False)


@pytest.mark.parametrize("amount", ["", "0", "x", "1000001"])
async def test_a_quick_amount_that_makes_no_sense_sends_nothing(services: Services, amount: str) -> None:
    state = await staff_at(services, LowStockState, "/admin/stock")
    assert "Nhập một số nguyên" in str(state.add({"amount": amount, "product": "5", "size": "S"}))
    assert services.sent(*STOCK) == []


async def test_the_badge_follows_the_catalogue_and_the_page_is_told(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter([3, 2])
    services.answers[LOW] = lambda _: httpx.Response(200, json={**low_list(), "total": next(counts)})

    class Shelf:
        async def changes(self, ids: Any) -> Any:
            assert ids is None
            yield None

    monkeypatch.setattr(wiring, "shelf", Shelf)
    state = await staff_at(services, ShellState, "/admin/stock")
    events = str(await run(state.load()))
    assert "follow_catalogue" in events
    assert state.low_stock == 3
