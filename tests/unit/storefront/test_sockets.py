"""The websockets of tabs: whose State a connection speaks to."""

import asyncio
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext

from shopkit.contracts.users import Session
from storefront.sockets.events import LONGER, MAX_ROUTE, BadEvent, _parameters, check_event, is_too_long
from storefront.sockets.handshake import MAX_HEADERS, SCOPE_KEY, Handshake
from storefront.sockets.identity import BROWSER_COOKIE, browser_key, is_token, new_browser_key, tab_id
from storefront.sockets.limits import BURST, CHARACTERS_PER_MESSAGE, PER_SECOND
from storefront.sockets.limits import Socket as Bounded
from storefront.sockets.protocol import MAX_LINE
from storefront.state.session import SessionState
from storefront.storefront import pages
from tests.unit.storefront.fakes import BROWSER, SID, TAB_TOKEN, Services, session, state_of, user

pytestmark = pytest.mark.anyio


class Handshaken:
    """A websocket's handshake, and what became of it. `reached` are the scopes that got through to Reflex."""

    def __init__(self) -> None:
        self.reached: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []

    async def open(self, query: str, cookie: str = "", path: str = "/_event/") -> None:
        headers = [(b"host", b"shop"), *([(b"cookie", cookie.encode())] if cookie else [])]
        scope = {"type": "websocket", "path": path, "query_string": query.encode(), "headers": headers}

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            self.sent.append(message)

        await Handshake(self._app)(scope, receive, send)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached.append(scope)
        await send({"type": "websocket.accept", "headers": [(b"x-own", b"1")]})

    @property
    def cookies(self) -> list[str]:
        headers = [header for message in self.sent for header in message.get("headers", [])]
        return [value.decode() for name, value in headers if name == b"set-cookie"]


async def test_a_browser_gets_a_key_once() -> None:
    first, second, other = Handshaken(), Handshaken(), Handshaken()
    await first.open(f"token={TAB_TOKEN}")
    (cookie,) = first.cookies
    key = first.reached[0][SCOPE_KEY]
    assert cookie == f"{BROWSER_COOKIE}={key}; HttpOnly; Max-Age=31104000; Path=/; SameSite=strict"
    await second.open(f"token={TAB_TOKEN}", f"a=b; {BROWSER_COOKIE}={key}")
    assert (second.reached[0][SCOPE_KEY], second.cookies) == (key, [])
    await other.open(f"token={TAB_TOKEN}", f"{BROWSER_COOKIE}=made-up")
    assert other.reached[0][SCOPE_KEY] not in {key, "made-up"}
    assert len(other.cookies) == 1


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("", "/_event/"),
        ("token=", "/_event/"),
        ("token=x", "/_event/"),
        (f"token={TAB_TOKEN.upper()}", "/_event/"),
        (f"token={TAB_TOKEN}&token={TAB_TOKEN}", "/_event/"),
        (f"token={TAB_TOKEN}%0A", "/_event/"),
        (f"token={TAB_TOKEN}", "/"),
        (f"token={TAB_TOKEN}", "/_event/other"),
        (f"token={TAB_TOKEN}", "/media/a.png"),
    ],
)
async def test_what_is_no_tab_is_refused(query: str, path: str) -> None:
    socket = Handshaken()
    await socket.open(query, f"{BROWSER_COOKIE}={BROWSER}", path)
    assert (socket.reached, socket.sent) == ([], [{"type": "websocket.close", "code": 1008}])


def test_a_tab_is_made_of_browser_and_token() -> None:
    ids = {tab_id(browser, token) for browser in (BROWSER, "c" * 32) for token in (TAB_TOKEN, TAB_TOKEN[::-1])}
    assert len(ids) == 4
    assert tab_id(BROWSER, TAB_TOKEN) in ids
    assert not any(TAB_TOKEN in one or is_token(one) for one in ids)
    assert browser_key({BROWSER_COOKIE: new_browser_key()})


async def test_a_signed_in_tab_answers_to_its_cookie_only(services: Services) -> None:
    state = state_of(SessionState)
    assert state._answers_to("")
    services.live_session(user(role="GUEST"), "a guest's")
    await state._adopt("a guest's")
    assert state._answers_to("")  # a guest may have signed in elsewhere: `restore` takes that over
    services.live_session(user())
    await state._adopt(SID)
    assert state._answers_to(SID)
    assert not state._answers_to("")
    assert not state._answers_to("another")


async def test_a_cookie_may_come_late_but_not_for_ever(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("storefront.state.session.time.time", lambda: now)
    state = state_of(SessionState)
    state._enter(Session.model_validate(session(user())))
    now += 59
    assert state._answers_to("")
    now += 2
    assert not state._answers_to("")
    state._enter(Session.model_validate(session(user())))
    assert state._answers_to(SID)
    assert not state._answers_to("")  # it was there: now it is gone


async def test_a_socket_may_say_so_much_and_no_more() -> None:
    now = 0.0
    said: list[str] = []
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.receive", "text": said.pop()}

    async def send(message: Any) -> None:
        sent.append(message)

    heard = Bounded(receive, send, lambda: now).receive
    event = '42/_event,["event",{}]'

    async def hears(text: str, times: int) -> bool:
        said.extend([text] * times)
        for _ in range(times):
            assert not sent
            if (await heard())["type"] == "websocket.disconnect":
                said.clear()
                return False
        return True

    assert await hears(event, BURST)
    now += 10
    assert await hears(event, int(10 * PER_SECOND))
    now += 1_000
    assert await hears("3", BURST)  # no more than at first, however long it was silent
    now += 10
    long = event + " " * (CHARACTERS_PER_MESSAGE * 24)
    assert await hears(long, BURST // 25)  # each as twenty-five
    assert not await hears(event, 1)
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize("message", [{"bytes": b"2"}, {"text": ""}, {"text": "20"}, {"text": "x" * 131_073}])
async def test_what_no_page_says_ends_the_socket(message: dict[str, Any]) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.receive", **message}

    async def send(one: Any) -> None:
        sent.append(one["type"])

    assert (await Bounded(receive, send).receive())["type"] == "websocket.disconnect"
    assert sent == ["websocket.close"]


def test_headers_are_bounded() -> None:
    """Reflex keeps them for each tab."""
    socket = Handshaken()
    asyncio.run(socket.open(f"token={TAB_TOKEN}", "x" * (MAX_HEADERS + 1)))
    assert (socket.reached, socket.sent) == ([], [{"type": "websocket.close", "code": 1008}])


def test_every_handler_of_the_shop_takes_events_of_its_own_form() -> None:
    assert len(pages) > 20  # what registers the handlers of them all
    names = list(RegistrationContext.get().event_handlers)
    assert len(names) > 100
    for name in names:
        required, allowed = _parameters(name)
        check_event({"name": name, "payload": dict.fromkeys(allowed, "x"), "router_data": {"query": {}}})
        assert not is_too_long({"name": name, "payload": dict.fromkeys(allowed, "x" * 400)})
        for argument in required:
            with pytest.raises(BadEvent):
                check_event({"name": name, "payload": dict.fromkeys(allowed - {argument}, "x")})
    assert set(LONGER) <= set(names)


def test_a_long_form_of_staff_fits() -> None:
    form = {f"size-{number}": "x" * 20 for number in range(12)} | {"description": "x" * 5000, "en": "x" * 5000}
    (save,) = [name for name in LONGER if name.endswith(".save")]
    assert not is_too_long({"name": save, "payload": {"form": form}})
    assert is_too_long({"name": save, "payload": {"form": form | {"more": ["x" * 100] * 200}}})


def test_a_browsers_report_of_a_failure_comes_through() -> None:
    (report,) = [name for name in LONGER if name.endswith(".handle_frontend_exception")]
    failure = {"info": "x" * 3_000, "component_stack": "y" * 3_000}
    assert not is_too_long({"name": report, "payload": failure})
    assert is_too_long({"name": report, "payload": failure | {"info": "x" * 32_000}})


def test_an_address_that_the_server_serves_is_not_too_long() -> None:
    name = next(iter(RegistrationContext.get().event_handlers))
    query = "x" * (MAX_LINE - len("/menu?q="))
    route = {"pathname": "/menu", "asPath": f"/menu?q={query}", "query": {"q": query}}
    required, _ = _parameters(name)
    check_event({"name": name, "payload": dict.fromkeys(required, "x"), "router_data": route})
    route["asPath"] += "x" * MAX_ROUTE
    with pytest.raises(BadEvent, match="address"):
        check_event({"name": name, "payload": dict.fromkeys(required, "x"), "router_data": route})
