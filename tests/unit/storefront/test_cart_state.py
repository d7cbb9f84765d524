import json
from typing import Any

import httpx
import pytest

from storefront.clients import wiring
from storefront.session_cookie import COOKIE
from storefront.state.cart import CartState
from tests.unit.storefront.fakes import SID, Services, cart, cart_item, guest, problem, run, session, state_of, user

pytestmark = pytest.mark.anyio


def cookie() -> str:
    return f"{COOKIE}={wiring.signer().cookie(SID)}"


async def signed_in(services: Services, *items: dict[str, Any], path: str = "/cart") -> CartState:
    services.live_session(user())
    services.answers["GET", "/api/cart/7"] = cart(*items)
    state = state_of(CartState, path, cookie())
    await run(state.restore())
    await run(state.load())
    return state


def texts(events: list[Any]) -> str:
    return " ".join(str(event) for event in events)


async def test_the_browsers_cookie_restores_person_and_cart(services: Services) -> None:
    state = await signed_in(services, cart_item())
    assert (state.person_name, state.is_signed_in, state.item_count) == ("An", True, 2)
    line = state.lines[0]
    assert (line.name, line.price_text, line.total_text) == ("Mousse dâu", "299.000\u00a0₫", "598.000\u00a0₫")


async def test_english_pages_show_english_names(services: Services) -> None:
    state = await signed_in(services, cart_item(), path="/en/cart")
    assert state.lines[0].name == "Strawberry mousse"


async def test_nothing_secret_reaches_the_browser(services: Services) -> None:
    services.answers["POST", "/api/auth/guest"] = session(guest())
    services.answers["POST", "/api/cart"] = cart(cart_item(), user_id=9)
    state = state_of(CartState)
    await run(state.add(1, "M", 2))
    delta = json.dumps(state._get_root_state().get_delta(), default=str)
    assert state.item_count == 2
    for secret in (f"access-{SID}", "refresh", "service", SID):
        assert secret not in delta


async def test_the_first_cake_makes_a_guest_and_the_second_does_not(services: Services) -> None:
    services.answers["POST", "/api/auth/guest"] = session(guest())
    services.answers["POST", "/api/cart"] = cart(cart_item(), user_id=9)
    state = state_of(CartState)
    first = await run(state.add(1, "M", 1))
    second = await run(state.add(1, "L", 1))
    assert len(services.sent("POST", "/api/auth/guest")) == 1
    assert "/auth/exchange" in texts(first)
    assert "/auth/exchange" not in texts(second)
    assert not state.is_signed_in


async def test_a_double_click_adds_once(services: Services) -> None:
    state = await signed_in(services)
    services.answers["POST", "/api/cart"] = cart(cart_item())
    await run(state.add(1, "M", 1))
    await run(state.add(1, "M", 1))
    assert services.sent("POST", "/api/cart") == [{"productId": 1, "size": "M", "quantity": 1}]


async def test_steps_stay_between_one_and_the_stock(services: Services) -> None:
    state = await signed_in(services, cart_item(quantity=1, stock=1))
    await run(state.step(1, 1))
    await run(state.step(1, -1))
    assert services.sent("PATCH", "/api/cart/1") == []
    assert state.lines[0].most == 1


async def test_a_step_sends_the_new_quantity(services: Services) -> None:
    state = await signed_in(services, cart_item(quantity=2))
    services.answers["PATCH", "/api/cart/1"] = cart(cart_item(quantity=3))
    await run(state.step(1, 1))
    assert services.sent("PATCH", "/api/cart/1") == [{"quantity": 3}]
    assert (state.item_count, state.busy_line) == (3, 0)


async def test_lines_say_what_is_wrong_with_them(services: Services) -> None:
    state = await signed_in(
        services,
        cart_item(id=1, quantity=5, stock=3, available=False),
        cart_item(id=2, size="S", stock=0, available=False),
        cart_item(id=3, size="L", stock=9, available=False),
        cart_item(id=4, productId=2, price=320000),
        cart_item(id=5, productId=3),
    )
    assert [line.problem for line in state.lines] == ["short", "gone", "gone", "price", ""]
    assert state.lines[3].problem_text == "Giá đã đổi từ 299.000\u00a0₫ thành 320.000\u00a0₫."
    assert state.has_problems


@pytest.mark.parametrize(
    ("item", "method", "body"),
    [
        (cart_item(quantity=5, stock=3, available=False), "PATCH", {"quantity": 3}),
        (cart_item(stock=0, available=False), "DELETE", None),
        (cart_item(price=320000), "PATCH", {"quantity": 2}),
    ],
)
async def test_one_click_mends_a_line(services: Services, item: dict[str, Any], method: str, body: Any) -> None:
    state = await signed_in(services, item)
    services.answers[method, "/api/cart/1"] = cart()
    await run(state.mend(1))
    assert services.sent(method, "/api/cart/1") == [body]


async def test_a_removed_line_comes_back_to_its_place(services: Services) -> None:
    first, second = cart_item(id=1), cart_item(id=2, productId=2)
    state = await signed_in(services, first, second)
    services.answers["DELETE", "/api/cart/1"] = cart(second)
    services.answers["POST", "/api/cart"] = cart(second, cart_item(id=3))
    await run(state.remove(1))
    assert state.removed_text == "Đã bỏ Mousse dâu khỏi giỏ."
    await run(state.undo_remove())
    assert [line.product_id for line in state.lines] == [1, 2]
    assert state.removed_text == ""


async def test_removing_twice_is_no_error(services: Services) -> None:
    state = await signed_in(services, cart_item())
    services.answers["GET", "/api/cart/7"] = cart()
    events = await run(state.remove(1))
    assert (state.lines, "toast" in texts(events)) == ([], False)


async def test_short_stock_is_said_and_the_cart_shown_as_it_is(services: Services) -> None:
    state = await signed_in(services, cart_item(quantity=2, stock=10))
    services.answers["PATCH", "/api/cart/1"] = problem(409, "insufficient_stock", lines=[{"available": 2}])
    services.answers["GET", "/api/cart/7"] = cart(cart_item(quantity=2, stock=2))
    events = await run(state.step(1, 1))
    assert "Chỉ còn 2 chiếc." in texts(events)
    assert state.lines[0].stock == 2


async def test_a_logout_in_another_tab_ends_the_next_action(services: Services) -> None:
    state = await signed_in(services, cart_item())
    wiring.tokens().log_out(SID)
    events = await run(state.add(1, "M", 1))
    assert "Phiên đăng nhập đã kết thúc" in texts(events)
    assert (state.is_signed_in, state.lines, state.item_count) == (False, [], 0)
    assert services.sent("POST", "/api/cart") == []


async def test_a_cart_out_of_reach_keeps_what_it_shows(services: Services) -> None:
    state = await signed_in(services, cart_item())
    services.answers["GET", "/api/cart/7"] = httpx.ConnectError("down")
    events = await run(state.load())
    assert (state.is_unreachable, state.item_count, "recover" in texts(events)) == (True, 2, True)


async def test_another_tabs_session_is_taken_over(services: Services) -> None:
    services.live_session(user())
    services.answers["GET", "/api/cart/7"] = cart(cart_item())
    state = state_of(CartState)
    await run(state.sync(wiring.signer().code(SID, "adopt")))
    assert (state.person_name, state.item_count) == ("An", 2)
    events = await run(state.sync(""))
    assert (state.person_name, state.item_count) == ("", 0)
    # Somebody signed out on purpose: nothing of theirs may stay in any tab.
    assert "sessionStorage.clear()" in texts(events)


@pytest.mark.parametrize("code", [None, "forged"])
async def test_an_answer_that_says_nothing_changes_nothing(services: Services, code: str | None) -> None:
    state = await signed_in(services, cart_item())
    await run(state.sync(code))
    assert (state.person_name, state.item_count) == ("An", 2)


async def test_signing_out_ends_the_session_everywhere(services: Services) -> None:
    services.answers["POST", "/api/auth/logout"] = httpx.Response(204)
    state = await signed_in(services, cart_item())
    events = await run(state.sign_out())
    await wiring.tokens().settled(SID)
    assert len(services.sent("POST", "/api/auth/logout")) == 1
    assert "/auth/logout" in texts(events)
    assert "sessionStorage.clear()" in texts(events)
    assert not state.is_signed_in
    await run(state.restore())  # the websocket still shows the old cookie
    assert not state.is_signed_in
