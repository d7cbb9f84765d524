"""The back office answers to staff only: every handler of its States is fired here as everybody else.

Events go through Reflex's own processor with the shop's own middleware, as those of a browser do.
"""

import inspect
import pkgutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from importlib import import_module
from typing import Any, get_type_hints

import httpx
import pytest
import reflex as rx
from reflex.app_mixins.middleware import MiddlewareMixin
from reflex.event import Event
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex_base.event.processor.base_state_processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext

import storefront.state.admin
from storefront.clients import wiring
from storefront.guard import STAFF_STATES, BackOffice, is_for_staff
from storefront.state.session import SessionState
from tests.unit.storefront.fakes import SID, Services, guest, problem, user

pytestmark = pytest.mark.anyio

TAB = "tab"
SESSIONS = "/internal/sessions/"
OWN = {"/internal/service-token", f"{SESSIONS}{SID}/token"}
"""What the guard itself asks the services."""

for module in pkgutil.iter_modules(storefront.state.admin.__path__, STAFF_STATES):
    import_module(module.name)


def staff_states() -> list[type[rx.State]]:
    states: dict[str, Any] = RegistrationContext.get().base_states
    return [state for state in states.values() if state.__module__.startswith(STAFF_STATES)]


def staff_events() -> list[str]:
    handlers = RegistrationContext.get().event_handlers
    return sorted(
        name
        for name, entry in handlers.items()
        if any(state.__module__.startswith(STAFF_STATES) for state in entry.states)
    )


def payload(event: str) -> dict[str, Any]:
    """Return arguments that a handler would not refuse by their kind."""
    handler = RegistrationContext.get().event_handlers[event].handler.fn
    samples: dict[Any, Any] = {int: 1, str: "x", bool: True, float: 1.0}
    hints = get_type_hints(handler)
    names = list(inspect.signature(handler).parameters)[1:]
    return {name: samples.get(hints.get(name), {} if "dict" in str(hints.get(name)) else []) for name in names}


def router_at(path: str) -> dict[str, Any]:
    return {"pathname": path, "asPath": path, "headers": {"origin": "http://127.0.0.1:3000"}, "query": {}}


class Tab:
    """A browser's tab: what is sent to it, and the State behind it."""

    def __init__(self, processor: BaseStateEventProcessor, manager: StateManagerMemory) -> None:
        self._processor, self._manager = processor, manager
        self.told: list[str] = []

    async def emit_update(self, update: Any, token: str) -> None:
        self.told += [str(event.payload) for event in update.events or []]

    async def state(self) -> rx.State:
        return await self._manager.get_state(BaseStateToken(ident=TAB, cls=rx.State))  # type: ignore[return-value]

    async def vars(self) -> dict[str, Any]:
        """Return everything that the States for staff hold, what is not sent to browsers too."""
        root = await self.state()
        held = {}
        for kind in staff_states():
            state = await root.get_state(kind)
            held[kind.get_full_name()] = {
                name: deepcopy(getattr(state, name)) for name in [*kind.base_vars, *(state._backend_vars or {})]
            }
        return held

    async def fire(self, name: str, path: str = "/admin/orders") -> None:
        router = router_at(path)
        done = await self._processor.enqueue(TAB, Event(name=name, payload=payload(name), router_data=router))
        await done.wait_all()


@asynccontextmanager
async def open_tab(sid: str) -> AsyncIterator[Tab]:
    middleware = MiddlewareMixin()
    middleware.add_middleware(BackOffice())
    manager = StateManagerMemory()
    processor = BaseStateEventProcessor(middleware=middleware)
    tab = Tab(processor, manager)
    async with processor.configure(state_manager=manager, event_namespace=tab):  # type: ignore[arg-type]
        root = await tab.state()
        root.router_data = router_at("/")
        session = await root.get_state(SessionState)
        session._sid = sid
        yield tab


def nobody(_services: Services) -> str:
    return ""


def a_guest(services: Services) -> str:
    services.live_session(guest())
    return SID


def a_customer(services: Services) -> str:
    services.live_session(user())
    return SID


def somebody_whose_session_is_over(services: Services) -> str:
    services.answers["POST", f"{SESSIONS}{SID}/token"] = problem(404, "not_found")
    return SID


def anybody_while_the_user_service_fails(services: Services) -> str:
    services.answers["POST", f"{SESSIONS}{SID}/token"] = problem(500, "internal_error")
    return SID


EVERYBODY_ELSE: list[tuple[Callable[[Services], str], str]] = [
    (nobody, "/login?next=%2Fadmin%2Forders"),
    (a_guest, "/login?next=%2Fadmin%2Forders"),
    (somebody_whose_session_is_over, "/login?next=%2Fadmin%2Forders"),
    (a_customer, 'location.replace("/404")'),
    (anybody_while_the_user_service_fails, "session-unavailable"),
]


@pytest.mark.parametrize(("who", "told"), EVERYBODY_ELSE)
async def test_no_event_of_the_back_office_reaches_its_handler(
    services: Services, who: Callable[[Services], str], told: str
) -> None:
    async with open_tab(who(services)) as tab:
        before = await tab.vars()
        for name in staff_events():
            tab.told.clear()
            await tab.fire(name)
            assert len(tab.told) == 1, name
            assert told in tab.told[0], name
        assert await tab.vars() == before
    assert {request.url.path for request in services.requests} <= OWN


async def test_staffs_events_do(services: Services) -> None:
    services.live_session(user(role="ADMIN"))
    asked = {"items": [], "page": 1, "limit": 50, "total": 0, "pages": 0, "next": None}
    services.answers["GET", "/api/orders"] = asked
    (load,) = [name for name in staff_events() if name.endswith("orders_state.load")]
    async with open_tab(SID) as tab:
        await tab.fire(load)
        assert "/404" not in str(tab.told)
        assert "/login" not in str(tab.told)
    assert len(services.sent("GET", "/api/orders")) == 4


async def test_an_admin_who_was_demoted_is_shown_out(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    services.live_session(user(role="ADMIN"))
    (search,) = [name for name in staff_events() if name.endswith("orders_state.retry")]
    async with open_tab(SID) as tab:
        await wiring.tokens().get(SID)
        services.answers["POST", f"{SESSIONS}{SID}/token"] = problem(404, "not_found")
        monkeypatch.setattr("storefront.access.MAX_AGE_S", 0.0)
        await tab.fire(search)
        assert "/login?next=" in tab.told[0]
    assert services.sent("GET", "/api/orders") == []


async def test_who_signs_out_is_not_led_to_the_login_by_what_their_page_still_sends(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.live_session(user(role="ADMIN"))
    services.answers["POST", "/api/auth/logout"] = httpx.Response(204)
    (retry,) = [name for name in staff_events() if name.endswith("orders_state.retry")]
    async with open_tab(SID) as tab:
        await wiring.tokens().get(SID)
        await tab.fire("reflex___state____state.storefront___state___session____session_state.sign_out")
        assert "/auth/logout" in tab.told[-1]
        await tab.fire(retry)
        assert "location" not in tab.told[-1]
        monkeypatch.setattr("storefront.state.session.SIGN_OUT_S", 0.0)
        await tab.fire(retry)
        assert "/login?next=" in tab.told[-1]
    assert services.sent("GET", "/api/orders") == []


def test_every_state_for_staff_is_guarded() -> None:
    events = staff_events()
    assert len(events) > 15
    assert all(is_for_staff(name) for name in events)
    assert not is_for_staff("reflex___state____state.set_is_hydrated")


def test_no_state_for_staff_takes_anything_from_the_browsers_storage() -> None:
    """Such values are set by an event of Reflex's own, from anybody."""
    assert [
        (state.__name__, name) for state in staff_states() for name in state.base_vars if state._is_client_storage(name)
    ] == []
