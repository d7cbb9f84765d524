"""When a member of staff goes, nothing of what they saw stays in the tab; what they decided is sent first."""

from typing import Any

import httpx
import pytest

from storefront.clients import wiring
from storefront.clients.tokens import SessionEnded
from storefront.i18n import t
from storefront.state.account import ProfileState, SignInState
from storefront.state.admin.moves import MovesState
from storefront.state.admin.orders import OrdersState
from storefront.state.admin.product import ProductState
from tests.unit.storefront.admin import STAFF, page_of, staff_at
from tests.unit.storefront.fakes import ORDER_ID, SID, Services, cart, order, problem, run, session, user

pytestmark = pytest.mark.anyio
OTHER = "0b0e7a52-7a0b-4a43-9a64-3f8d7f1f0a02"
MOVE = f"/api/orders/{ORDER_ID}/status"


async def board(services: Services) -> Any:
    """Return the board of a tab in which an order is to be seen."""
    services.answers["GET", "/api/orders"] = page_of(order())
    services.answers["POST", "/api/auth/logout"] = httpx.Response(204)
    state = await staff_at(services, OrdersState, "/admin/orders")
    await run(state.load())
    assert [card.number for card in state.pending] == ["SD-1001"]
    return state


def other_state(state: Any, kind: Any) -> Any:
    return state._get_root_state().get_substate(kind.get_full_name().split("."))


async def test_signing_out_empties_the_pages(services: Services) -> None:
    state = await board(services)
    await run(state.sign_out())
    assert (state.pending, state.counts, state.is_loaded) == ([], {}, False)


async def test_whoever_signs_out_is_not_sent_to_the_login_by_an_answer_that_comes_late(services: Services) -> None:
    state = await board(services)
    late = state._explain(SessionEnded())
    assert "/login?next=%2Fadmin%2Forders" in str(late)
    await run(state.sign_out())
    late = state._explain(SessionEnded())
    assert "location" not in str(late)


@pytest.mark.parametrize("kind", [OrdersState, MovesState, ProductState, SignInState, ProfileState])
async def test_from_every_page_one_can_sign_out(services: Services, kind: Any) -> None:
    state = await board(services)
    await run(other_state(state, kind).sign_out())
    assert (state.pending, state.is_signed_in) == ([], False)


async def test_so_does_the_end_of_the_session(services: Services) -> None:
    state = await board(services)
    wiring.tokens().forget(SID)
    services.answers["POST", f"/internal/sessions/{SID}/token"] = problem(404, "not_found")
    await run(state.retry())
    assert (state.pending, state.is_signed_in) == ([], False)


@pytest.mark.parametrize("person", [user(), {**STAFF, "role": "CUSTOMER"}])
async def test_so_does_somebody_else_who_signs_in(services: Services, person: dict[str, Any]) -> None:
    state = await board(services)
    services.answers["POST", "/api/auth/login"] = session(person, OTHER)
    services.answers["GET", f"/api/cart/{person['id']}"] = cart(user_id=person["id"])
    services.live_session(person, OTHER)
    await run(other_state(state, SignInState).sign_in({"email": "an@example.com", "password": "correct horse"}))
    assert (state.pending, state.is_admin) == ([], False)


async def test_another_tabs_sign_in_of_somebody_else_does_too(services: Services) -> None:
    state = await board(services)
    services.live_session(user(), OTHER)
    await run(state._adopt(OTHER))
    assert (state.pending, state.person_name) == ([], "An")


async def test_whoever_signs_in_once_more_keeps_the_page(services: Services) -> None:
    state = await board(services)
    services.live_session(STAFF, OTHER)
    await run(state._adopt(OTHER))
    assert [card.number for card in state.pending] == ["SD-1001"]
    assert state._sid == OTHER


async def test_a_session_nobody_can_tell_of_shows_nothing(services: Services) -> None:
    state = await board(services)
    services.answers["POST", f"/internal/sessions/{OTHER}/token"] = problem(500, "internal_error")
    await run(state._adopt(OTHER))
    assert (state.pending, state._sid, state.is_admin) == ([], OTHER, False)


async def test_signing_out_sends_what_was_decided(services: Services) -> None:
    state = await staff_at(services, MovesState, "/admin/orders")
    services.answers |= {("PATCH", MOVE): order(status="PROCESSING"), ("POST", "/api/auth/logout"): httpx.Response(204)}
    state.advance(ORDER_ID, "SD-1001", "PROCESSING", 3)
    events = await run(state.sign_out())
    await wiring.tokens().settled(SID)
    assert services.sent("PATCH", MOVE) == [{"status": "PROCESSING", "version": 3, "note": ""}]
    assert len(services.sent("POST", "/api/auth/logout")) == 1
    assert (state._moves, state.waiting_moves, state.is_signed_in) == ({}, {}, False)
    assert "/auth/logout" in str(events[0])


async def test_what_could_not_be_sent_is_told_before_anybody_goes(services: Services) -> None:
    state = await staff_at(services, MovesState, "/admin/orders")
    services.answers["PATCH", MOVE] = problem(422, "validation_error")
    state.advance(ORDER_ID, "SD-1001", "PROCESSING", 3)
    events = await run(state.sign_out())
    assert t("vi", "admin_orders.move_failed", number="SD-1001") in str(events[0])
    assert (state.is_signed_in, state._moves, services.sent("POST", "/api/auth/logout")) == (True, {}, [])
    services.answers["POST", "/api/auth/logout"] = httpx.Response(204)
    await run(state.sign_out())
    assert not state.is_signed_in


async def test_a_move_outlives_its_tabs_person(services: Services) -> None:
    state = await staff_at(services, MovesState, "/admin/orders")
    state.advance(ORDER_ID, "SD-1001", "PROCESSING", 3)
    services.live_session(user(), OTHER)
    await run(state._adopt(OTHER))
    assert state.waiting_moves == {ORDER_ID: "SD-1001"}
