"""Visits: a browser's, ended by half an hour of rest, and told of once."""

from typing import Any

import pytest

from storefront import visits
from storefront.sockets.identity import BROWSER_COOKIE
from storefront.state.session import SessionState
from storefront.state.visit import VisitState, landing_path, referrer_host, whose
from storefront.visits import REST_S, Visits, current_visit
from tests.unit.storefront.admin import staff_at
from tests.unit.storefront.fakes import BROWSER, Services, run, state_of

pytestmark = pytest.mark.anyio
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
START = ("POST", "/internal/visits")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "_visits", Visits())


def tab(path: str = "/", browser: str = BROWSER, agent: str = AGENT, **headers: str) -> Any:
    state = state_of(VisitState, path)
    root: Any = state._get_root_state()
    data = dict(root.router_data)
    data["headers"] = {
        "cookie": f"{BROWSER_COOKIE}={browser}",
        "origin": "http://127.0.0.1:3000",
        "host": "127.0.0.1:3000",
        "user-agent": agent,
        **headers,
    }
    root.router_data = data
    root.router = type(root.router).from_router_data(data)
    return state


def test_a_visit_is_a_browsers_and_ends_after_half_an_hour_of_rest() -> None:
    now = [0.0]
    known = Visits(lambda: now[0])
    first = known.of("a")
    now[0] += REST_S
    assert known.of("a") is first
    assert known.of("b").id != first.id
    now[0] += REST_S
    assert known.of("a") is first  # every step begins the rest anew
    now[0] += REST_S + 1
    second = known.of("a")
    assert second.id != first.id
    assert second.is_told is False


def test_a_browsers_first_tab_belongs_to_the_browser_that_gets_its_cookie_then() -> None:
    known = Visits(lambda: 0.0)
    known.join("tab", BROWSER)
    first = known.of_tab("tab", "")
    assert known.of_tab("another tab", f"{BROWSER_COOKIE}={BROWSER}") is first
    assert known.of_tab("a stranger's", "") is not first


def test_no_more_visits_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "MAX_VISITS", 3)
    known = Visits(lambda: 0.0)
    first = known.of("1")
    others = [known.of(name) for name in ("2", "3")]
    known.of("1")
    known.of("4")
    assert known.of("1") is first
    assert known.of("3") is others[1]
    assert known.of("2") is not others[0]


def test_two_tabs_of_one_browser_are_one_visit() -> None:
    assert current_visit(tab("/")).id == current_visit(tab("/menu")).id
    assert current_visit(tab(browser="c" * 32)).id != current_visit(tab()).id


@pytest.mark.parametrize(
    ("agent", "headers"),
    [("Mozilla/5.0 (compatible; Googlebot/2.1)", {}), (AGENT, {"dnt": "1"}), (AGENT, {"sec-gpc": "1"})],
)
async def test_crawlers_and_who_opts_out_are_not_recorded(
    services: Services, agent: str, headers: dict[str, str]
) -> None:
    state = tab(agent=agent, **headers)
    assert (await whose(state))["headers"] == {"Sec-GPC": "1"}
    assert await run(VisitState.begin.fn(state)) == []  # type: ignore[attr-defined]
    assert services.sent(*START) == []


async def test_a_visit_is_told_of_once_with_where_it_came_from(services: Services) -> None:
    services.answers[START] = None
    state = tab("/product/mousse-dau?utm_source=zalo&utm_campaign=t%E1%BA%BFt")
    [asked] = await run(VisitState.begin.fn(state))  # type: ignore[attr-defined]
    assert "document.referrer" in str(asked.args)
    await run(VisitState.arrived.fn(state, ["https://www.google.com/search?q=secret", ""]))  # type: ignore[attr-defined]
    await run(VisitState.arrived.fn(state, ["https://other.example", ""]))  # type: ignore[attr-defined]
    [told] = services.sent(*START)
    visit = current_visit(state)
    assert told.pop("beganAt") == visit.began_at.isoformat().replace("+00:00", "Z")
    assert told == {
        "visitId": visit.id,
        "userId": None,
        "landingPath": "/product/mousse-dau",
        "referrerHost": "www.google.com",
        "utmSource": "zalo",
        "utmMedium": None,
        "utmCampaign": "tết",
    }
    assert await run(VisitState.begin.fn(state)) == []  # type: ignore[attr-defined]


async def test_a_browser_that_asks_for_privacy_in_its_script_is_heard(services: Services) -> None:
    state = tab()
    await run(VisitState.arrived.fn(state, ["", "1"]))  # type: ignore[attr-defined]
    assert services.sent(*START) == []
    assert (await whose(state))["headers"] == {"Sec-GPC": "1"}


async def test_staff_begin_no_visit(services: Services) -> None:
    state = await staff_at(services, SessionState, "/")
    assert state.is_admin
    visit_state: Any = state._get_root_state().get_substate(VisitState.get_full_name().split("."))
    current_visit(visit_state).opts_out = False
    assert await run(VisitState.begin.fn(visit_state)) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "/"),
        ("/menu", "/menu"),
        ("/product/mousse-dau", "/product/mousse-dau"),
        ("/track/a-secret-token", "/track"),
        ("/order/01a2", "/order"),
        ("/product/a/b", "/product/a"),
    ],
)
def test_a_path_keeps_nothing_that_names_an_order(path: str, kept: str) -> None:
    assert landing_path(path) == kept


@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        ("", None),
        ("https://shop.example/menu", None),
        ("https://www.google.com/search?q=x", "www.google.com"),
        ("android-app://com.zing.zalo/", "com.zing.zalo"),
        ("http://[bad", None),
    ],
)
def test_of_the_page_before_the_host_alone_is_kept(referrer: str, host: str | None) -> None:
    assert referrer_host(referrer, "shop.example:443") == host
