"""What pages say of hours, cut-off, fees and area: one source, and no text with figures of its own."""

import asyncio
import re
from datetime import datetime

import httpx
import pytest

from shopkit.clock import SHOP_ZONE
from shopkit.contracts.orders import USUAL_TERMS, DeliveryTerms, Order
from storefront.clients import wiring
from storefront.clients.orders import OrderClient
from storefront.clients.terms import FRESH_S, ShopTerms
from storefront.dates import format_promise
from storefront.edge.meta import shop_data
from storefront.i18n import LANGS, Lang, table
from storefront.state.admin.order_cards import show_card
from storefront.state.catalog import unbroken
from storefront.state.order_view import show_order
from storefront.state.terms import TermsState, told_now
from tests.unit.storefront.fakes import Services, order, run, state_of

pytestmark = pytest.mark.anyio
TERMS = ("GET", "/api/orders/delivery-terms")
OTHER = {"fee": 45_000, "freeFrom": 700_000, "opensAt": "09:30:00", "sameDayUntil": "14:00:00", "area": "Huế"}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHOP_ZONE)


def shop_texts() -> list[tuple[str, str, str]]:
    texts = [(lang, key, text) for lang in LANGS for key, text in table(lang).items()]
    return [one for one in texts if not one[1].startswith("admin_")]


def test_no_text_has_hours_or_fees_of_its_own() -> None:
    figures = re.compile(r"\d{1,2}:\d{2}|\d{2,3}[.,]000")
    assert [(lang, key) for lang, key, text in shop_texts() if figures.search(text)] == []


def test_no_text_promises_a_day_without_the_hour_it_depends_on() -> None:
    same_day = re.compile(r"nhận trong ngày|giao lạnh trong ngày|same day|today", re.IGNORECASE)
    promises = [(lang, key) for lang, key, text in shop_texts() if same_day.search(text) and "{until}" not in text]
    words = {"order.today", "order.delivered_text", "order.delivered_pickup_text", "meta.menu_description"}
    assert [(lang, key) for lang, key in promises if key not in words] == []


async def test_pages_say_what_the_order_service_says(services: Services) -> None:
    services.answers[TERMS] = OTHER
    state = state_of(TermsState, "/about")
    assert (state.fee, state.until) == ("30.000\u00a0₫", "16:00")
    await run(state.load())
    assert (state.fee, state.free_from, state.opens) == ("45.000\u00a0₫", "700.000\u00a0₫", "9:30")
    assert (state.until, state.area) == ("14:00", "Huế")
    assert "14:00" in told_now("vi", "menu.lead")
    assert shop_data("vi", "http://x", wiring.terms().known)["openingHoursSpecification"]["opens"] == "09:30"


async def test_terms_are_asked_for_once_a_minute_and_kept_while_nobody_answers(services: Services) -> None:
    terms = wiring.terms()
    services.answers[TERMS] = httpx.ConnectError("down")
    assert await terms.learn() == USUAL_TERMS
    services.answers[TERMS] = OTHER
    assert await terms.learn() == USUAL_TERMS
    terms._asked_at -= FRESH_S
    assert (await terms.learn()).fee == 45_000
    services.answers[TERMS] = httpx.ConnectError("down")
    terms._asked_at -= FRESH_S
    asked = len(services.requests)
    assert (await terms.learn()).fee == 45_000
    assert len(services.requests) > asked


async def test_a_page_does_not_wait_for_a_slow_order_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storefront.clients.terms.WAIT_S", 0.02)
    cancelled = asyncio.Event()

    class Slow(OrderClient):
        def __init__(self) -> None: ...

        async def delivery_terms(self) -> DeliveryTerms:
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
            raise AssertionError

    terms = ShopTerms(Slow())
    async with asyncio.timeout(5):
        assert await terms.learn() == USUAL_TERMS
    assert cancelled.is_set()


@pytest.mark.parametrize(
    ("lang", "now", "text"),
    [
        ("vi", at(3, 11), "hôm nay, trước 20:00"),
        ("en", at(3, 11), "today, by 20:00"),
        ("en", at(4, 9), "Tuesday 3 Mar, by 20:00"),
    ],
)
def test_the_same_day_is_promised_until_the_shop_closes(lang: Lang, now: datetime, text: str) -> None:
    assert format_promise(at(3, 10, 7), at(3, 20), lang, placed_at=at(3, 10, 7), now=now) == text


@pytest.mark.parametrize(
    ("lang", "now", "text"),
    [
        ("vi", at(3, 17), "ngày mai, 8:00–12:00"),
        ("vi", at(4, 7), "hôm nay, 8:00–12:00"),
        ("en", at(2, 23), "Wednesday 4 Mar, 8:00–12:00"),
    ],
)
def test_the_next_morning_is_promised_with_its_hours(lang: Lang, now: datetime, text: str) -> None:
    assert format_promise(at(4, 8), at(4, 12), lang, placed_at=at(3, 17), now=now) == text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "Dự kiến giao: Thứ Tư 4/3, 8:00–12:00"),
        ({"status": "SHIPPED"}, "Dự kiến giao: Thứ Tư 4/3, 8:00–12:00"),
        ({"fulfilment": "PICKUP"}, "Dự kiến có bánh: Thứ Tư 4/3, 8:00–12:00"),
        ({"fulfilment": "PICKUP", "status": "SHIPPED"}, ""),
        ({"status": "DELIVERED"}, ""),
        ({"status": "CANCELLED"}, ""),
        ({"expectedFrom": None}, ""),
    ],
)
def test_an_order_says_when_it_comes_while_that_is_to_come(change: dict[str, str], told: str) -> None:
    promise = {"expectedFrom": at(4, 8).isoformat(), "expectedUntil": at(4, 12).isoformat()}
    seen = Order.model_validate(order(**{**promise, **change}))
    assert show_order(seen, "vi").expected == told
    assert show_card(seen, "vi").due == told.partition(": ")[2]


def test_a_card_of_the_board_says_how_to_reach_the_buyer() -> None:
    card = show_card(Order.model_validate(order()), "vi")
    assert (card.phone, card.address) == ("0901234567", "1 Lê Lợi")
    assert show_card(Order.model_validate(order(fulfilment="PICKUP")), "vi").address == ""


def test_a_name_with_hyphens_is_one_word() -> None:
    assert unbroken("Mousse Sô-cô-la") == "Mousse Sô-\u2060cô-\u2060la"
    line = order()["items"][0] | {"name": "Bánh sô-cô-la", "nameEn": ""}
    assert show_order(Order.model_validate(order(items=[line])), "en").lines[0].name == "Bánh sô-\u2060cô-\u2060la"
