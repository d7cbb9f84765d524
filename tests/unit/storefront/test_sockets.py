"""The websockets of tabs: whose State a connection speaks to."""

from typing import Any

import pytest

from shopkit.contracts.users import Session
from storefront.sockets.handshake import SCOPE_KEY, Handshake
from storefront.sockets.identity import BROWSER_COOKIE, browser_key, is_token, new_browser_key, tab_id
from storefront.state.session import SessionState
from tests.unit.storefront.fakes import BROWSER, SID, TAB_TOKEN, Services, session, state_of, user

pytestmark = pytest.mark.anyio


class Socket:
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
    first, second, other = Socket(), Socket(), Socket()
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
    socket = Socket()
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
    monkeypatch.setattr("storefront.state.session.time.monotonic", lambda: now)
    state = state_of(SessionState)
    state._enter(Session.model_validate(session(user())))
    now += 59
    assert state._answers_to("")
    now += 2
    assert not state._answers_to("")
    state._enter(Session.model_validate(session(user())))
    assert state._answers_to(SID)
    assert not state._answers_to("")  # it was there: now it is gone
