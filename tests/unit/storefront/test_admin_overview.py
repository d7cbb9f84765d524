from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from shopkit.clock import SHOP_ZONE
from shopkit.contracts.orders import OrderStats
from storefront.i18n import t
from storefront.state.admin import overview
from storefront.state.admin.overview import OverviewState
from storefront.state.admin.overview_view import show_overview
from tests.unit.storefront.admin import staff_at
from tests.unit.storefront.fakes import Services, problem, run

pytestmark = pytest.mark.anyio
SUNDAY = date(2026, 3, 1)
STATS, LOW = ("GET", "/api/orders/stats"), ("GET", "/api/admin/stock/low")


def day(of: date, orders: int = 0, revenue: int = 0, hours: tuple[int, ...] = ()) -> dict[str, Any]:
    until = datetime(of.year, of.month, of.day, 14, 5, tzinfo=SHOP_ZONE)
    figures = {"day": of.isoformat(), "until": until.isoformat(), "orders": orders, "revenue": revenue}
    figures["averageBasket"] = round(revenue / orders) if orders else 0
    figures["hours"] = [{"hour": number, "orders": 1, "revenue": amount} for number, amount in enumerate(hours)]
    return figures


def stats(now: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    best = {"productId": 1, "slug": "mousse-dau", "name": "Mousse dâu", "nameEn": "Strawberry mousse", "image": None}
    return {
        "today": now,
        "weekBefore": then,
        "waiting": {"PENDING": 3, "PROCESSING": 0, "SHIPPED": 1},
        "bestSellers": [
            {**best, "quantity": 4, "revenue": 1196000},
            {**best, "productId": 2, "quantity": 1} | {"revenue": 1},
        ],
        "days": [day(SUNDAY - timedelta(days=before), 1, 1000 * before) for before in range(13, -1, -1)],
    }


BUSY = stats(day(SUNDAY, 6, 1_800_000, (0, 600_000)), day(date(2026, 2, 22), 5, 2_000_000, (100_000, 0)))
LOW_STOCK = {"items": [], "total": 0, "out": 0, "lowAt": 5}


def test_today_stands_beside_last_week_in_words() -> None:
    view = show_overview(OrderStats.model_validate(BUSY), "vi")
    assert view.lead == "Chủ nhật 1/3, tính đến 14:05, so với cùng giờ tuần trước"
    revenue, orders, basket = view.figures
    assert (revenue.value, revenue.tone, revenue.change) == (
        "1.800.000\u00a0₫",
        "down",
        "−10 %, giảm so với tuần trước",
    )
    assert (orders.value, orders.tone, orders.change) == ("6", "up", "+20 %, tăng so với tuần trước")
    assert (basket.value, basket.before) == ("300.000\u00a0₫", "Tuần trước: 400.000\u00a0₫")
    assert next((one.count, one.path) for one in view.waiting) == (3, "/admin/orders?view=table&status=PENDING")


def test_a_week_without_orders_gives_no_percentages() -> None:
    view = show_overview(OrderStats.model_validate(stats(day(SUNDAY, 1, 1000), day(SUNDAY))), "en")
    assert [(one.tone, one.change) for one in view.figures[:1]] == [("same", t("en", "admin_overview.from_nothing"))]
    same = show_overview(OrderStats.model_validate(stats(day(SUNDAY), day(SUNDAY))), "en")
    assert {(one.tone, one.change) for one in same.figures} == {("same", t("en", "admin_overview.same"))}


def test_charts_have_a_row_for_each_hour_and_day() -> None:
    view = show_overview(OrderStats.model_validate(BUSY), "en")
    assert [(row["name"], row["today"], row["before"]) for row in view.hours] == [
        ("00:00", 0, 100_000),
        ("01:00", 600_000, 0),
    ]
    assert (len(view.days), view.days[0]["label"], view.days[-1]["name"]) == (14, "16/2", "Sunday 1 Mar")
    assert view.days_summary == "91.000\u00a0₫ in all; most on Monday 16 Feb with 13.000\u00a0₫."
    assert [one.share for one in view.sellers] == ["100%", "25%"]


async def test_one_service_down_leaves_the_others_part(services: Services) -> None:
    services.answers[STATS], services.answers[LOW] = BUSY, httpx.ConnectError("down")
    state = await staff_at(services, OverviewState, "/admin")
    assert "keep_current" in str(await run(state.load()))
    assert (state.is_loaded, state.is_unreachable, state.is_low_unreachable) == (True, False, True)
    services.answers[STATS], services.answers[LOW] = problem(503, "unavailable"), LOW_STOCK
    await run(state.load())
    assert (state.is_loaded, state.is_unreachable, state.is_low_unreachable) == (True, True, False)
    assert state.overview.figures[1].value == "6"


async def test_a_rush_of_orders_is_one_reading(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    services.answers[STATS], services.answers[LOW] = BUSY, LOW_STOCK
    monkeypatch.setattr(overview, "PAUSE_S", 0.05)
    state = await staff_at(services, OverviewState, "/admin")
    await run(state.load())
    state._due = overview.time.time() + 60
    before = len(services.requests)
    await run(OverviewState.changed.fn(state, []))
    assert len(services.requests) == before
