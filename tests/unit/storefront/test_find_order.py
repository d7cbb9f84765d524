"""Finding an order again: by number and phone, and among those that the browser remembers."""

import json
from typing import Any

import httpx
import pytest

from storefront.clients import wiring
from storefront.i18n import t
from storefront.session_cookie import COOKIE
from storefront.state.device import parse
from storefront.state.find_order import FindOrderState
from storefront.state.orders import OrderState
from storefront.state.session import SessionState
from tests.unit.storefront.fakes import ORDER_ID, SID, Services, order, problem, run, state_of, user

pytestmark = pytest.mark.anyio
LOOKUP = "/api/orders/lookup"
FORM = {"number": "SD-1001", "phone": "0901 234 567"}
TOKEN = "t" * 24
OTHER = "u" * 24


def remembered(*entries: tuple[str, str]) -> str:
    return json.dumps([[*entry] for entry in entries])


async def test_number_and_phone_lead_to_the_order_and_the_browser_remembers_it(services: Services) -> None:
    services.answers["POST", LOOKUP] = {"number": "SD-1001", "trackingToken": TOKEN}
    state = state_of(FindOrderState, "/en/track")
    events = str(await run(state.find(FORM)))
    await run(state.find(FORM))  # the second half of a double click
    assert services.sent("POST", LOOKUP) == [FORM]
    assert f"/en/track/{TOKEN}" in events
    assert "sweetdream.orders" in events
    sent = next(request for request in services.requests if request.url.path == LOOKUP)
    assert sent.headers["X-Client-Address"] == "203.0.113.7"
    assert (state.errors, state.notice, state.is_busy) == ({}, "", False)


@pytest.mark.parametrize(
    ("change", "field", "key"),
    [
        ({"number": " "}, "number", "find.number_missing"),
        ({"number": "x" * 31}, "number", "find.number_wrong"),
        ({"number": "SD-"}, "number", "find.number_wrong"),
        ({"number": "AB-1001"}, "number", "find.number_wrong"),
        ({"number": "1001 'x"}, "number", "find.number_wrong"),
        ({"number": "1" * 16}, "number", "find.number_wrong"),
        ({"phone": ""}, "phone", "find.phone_missing"),
        ({"phone": "abc"}, "phone", "form.phone_wrong"),
    ],
)
async def test_what_is_wrong_is_said_at_the_field(
    services: Services, change: dict[str, str], field: str, key: str
) -> None:
    state = state_of(FindOrderState, "/track")
    events = await run(state.find(FORM | change))
    assert state.errors == {field: t("vi", key)}
    assert f"getElementById('{field}')" in str(events)
    assert services.requests == []
    state.recheck(field, FORM[field])
    assert state.errors == {}


@pytest.mark.parametrize("said", ["SD-1001", "sd-1001", " SD - 1001 ", "sd1001", "SD 1001", "1001", "#1001", "1 001"])
async def test_a_number_is_taken_as_people_write_it(services: Services, said: str) -> None:
    services.answers["POST", LOOKUP] = {"number": "SD-1001", "trackingToken": TOKEN}
    state = state_of(FindOrderState, "/track")
    assert TOKEN in str(await run(state.find(FORM | {"number": said})))
    assert [sent["number"] for sent in services.sent("POST", LOOKUP)] == ["".join(said.split())]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (problem(404, "not_found"), t("vi", "find.not_found")),
        (problem(429, "rate_limited", retryAfter=0), t("vi", "account.rate_limited", minutes=1)),
        (problem(429, "rate_limited", retryAfter=301), t("vi", "account.rate_limited", minutes=6)),
        (httpx.ConnectError("down"), t("vi", "find.unavailable")),
        (problem(500, "internal_error"), t("vi", "find.unavailable")),
    ],
)
async def test_a_refusal_is_explained_and_takes_the_focus(services: Services, answer: Any, text: str) -> None:
    services.answers["POST", LOOKUP] = answer
    state = state_of(FindOrderState, "/track")
    events = str(await run(state.find(FORM)))
    assert (state.notice, state.is_busy) == (text, False)
    assert "find-notice" in events
    assert "sweetdream.orders" not in events


async def test_what_the_browser_remembers_is_shown_as_it_is_now(services: Services) -> None:
    services.answers["GET", f"/api/orders/track/{TOKEN}"] = order(status="SHIPPED")
    state = state_of(FindOrderState, "/track")
    assert "sweetdream.orders" in str(state.open())
    events = await run(state.show_remembered(remembered(("SD-1001", TOKEN), ("SD-1002", OTHER))))
    assert [(row.id, row.number, row.status) for row in state.orders] == [(TOKEN, "SD-1001", "SHIPPED")]
    # What is no order any more is forgotten, and nothing else.
    assert OTHER in str(events)
    assert TOKEN not in str(events)
    assert (state.is_recalled, state.is_unreachable) == (True, False)


async def test_an_order_that_cannot_be_shown_just_now_is_not_forgotten(services: Services) -> None:
    services.answers["GET", f"/api/orders/track/{TOKEN}"] = httpx.ConnectError("down")
    state = state_of(FindOrderState, "/track")
    assert await run(state.show_remembered(remembered(("SD-1001", TOKEN)))) == []
    assert (state.orders, state.is_unreachable) == ([], True)


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "{}", "[1]", '[["SD-1001"]]', '[["SD-1001", 5]]', '[["SD-1001", "../../x"]]', "[" * 5_000),
        remembered(("<b>", TOKEN)),
        remembered(("SD-1001", "short")),
    ],
)
async def test_nonsense_in_the_browsers_storage_is_nothing(services: Services, text: str) -> None:
    state = state_of(FindOrderState, "/track")
    await run(state.show_remembered(text))
    assert (state.orders, services.requests, state.is_recalled) == ([], [], True)


def test_a_browser_remembers_so_many() -> None:
    entries = [(f"SD-{number}", f"{number:024d}") for number in range(20)]
    assert len(parse(remembered(*entries, *entries))) == 8


def session_at(services: Services, kind: Any, path: str) -> Any:
    services.live_session(user())
    return state_of(kind, path, f"{COOKIE}={wiring.signer().cookie(SID)}")


async def test_ones_own_order_is_remembered_and_anothers_is_not(services: Services) -> None:
    for owner, kept in ((7, True), (8, False)):
        services.answers["GET", f"/api/orders/{ORDER_ID}"] = order(userId=owner)
        state = session_at(services, OrderState, f"/order/{ORDER_ID}")
        await run(state.restore())
        events = str(await run(state.load_own()))
        assert state.is_found
        assert ("sweetdream.orders" in events) == kept


async def test_signing_out_forgets_the_orders(services: Services) -> None:
    state = session_at(services, SessionState, "/account")
    await run(state.restore())
    assert "sweetdream.orders" in str(await run(state.sign_out()))
