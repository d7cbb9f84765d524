from typing import Any

import httpx
import pytest

from storefront.clients import wiring
from storefront.i18n import Lang, t
from storefront.session_cookie import COOKIE
from storefront.state import checkout
from storefront.state.checkout import PRESS, CheckoutState
from tests.unit.storefront.fakes import SID, Services, cart, cart_item, order, problem, run, state_of, user

pytestmark = pytest.mark.anyio
FORM = {"name": "Bình", "phone": "0901 234 567", "email": "", "address": "12 Lý Tự Trọng", "note": ""}
ORDERS = "/api/orders"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No press here is a double click's second."""
    monkeypatch.setattr(checkout, "SAME_PRESS_S", 0.0)


async def at_checkout(services: Services, *items: dict[str, Any], path: str = "/checkout") -> CheckoutState:
    services.live_session(user())
    services.answers["GET", "/api/cart/7"] = cart(*(items or (cart_item(),)))
    services.answers["GET", "/api/orders/delivery-terms"] = {"fee": 30000, "freeFrom": 500000}
    services.answers["POST", ORDERS] = order()
    state = state_of(CheckoutState, path, f"{COOKIE}={wiring.signer().cookie(SID)}")
    await run(state.restore())
    await run(state.load())
    await run(state.open())
    return state


def keys(services: Services) -> list[str]:
    return [
        request.headers["Idempotency-Key"]
        for request in services.requests
        if (request.method, request.url.path) == ("POST", ORDERS)
    ]


async def test_the_profile_fills_the_form_and_the_terms_the_sums(services: Services) -> None:
    state = await at_checkout(services, cart_item(quantity=1))
    assert (state.name, state.phone, state.address) == ("An", "0901234567", "1 Lê Lợi")
    assert (state.fee_text, state.grand_total_text) == ("30.000\u00a0₫", "329.000\u00a0₫")
    assert state.fee_hint == "Mua thêm 201.000\u00a0₫ để được miễn phí giao hàng."


async def test_delivery_is_free_from_the_terms_sum_on_and_pick_up_always(services: Services) -> None:
    state = await at_checkout(services, cart_item(quantity=2))
    assert (state.fee_text, state.grand_total_text) == ("Miễn phí", "598.000\u00a0₫")
    state = await at_checkout(services, cart_item(quantity=1))
    state.choose("PICKUP")
    assert (state.fee_text, state.grand_total_text) == ("Miễn phí", "299.000\u00a0₫")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", " ", "Cho chúng tôi biết tên của bạn."),
        ("phone", "abc", "Số điện thoại chưa đúng, ví dụ 0901 234 567."),
        ("email", "an@", "E-mail chưa đúng, ví dụ ten@vidu.vn."),
        ("address", "", "Hãy nhập địa chỉ giao bánh."),
        ("note", "x" * 1001, "Ghi chú dài tối đa 1000 ký tự."),
    ],
)
async def test_what_is_wrong_is_said_at_the_field_and_nothing_is_sent(
    services: Services, field: str, value: str, message: str
) -> None:
    state = await at_checkout(services)
    events = await run(state.place({**FORM, field: value}))
    assert state.errors == {field: message}
    assert f"getElementById('{field}')" in str(events)
    assert keys(services) == []


async def test_pick_up_needs_no_address(services: Services) -> None:
    state = await at_checkout(services)
    state.choose("PICKUP")
    await run(state.place({**FORM, "address": ""}))
    sent = services.sent("POST", ORDERS)[0]
    assert (sent["fulfilment"], sent["payment"], sent["shippingAddress"]) == ("PICKUP", "PAY_AT_PICKUP", "")


async def test_an_address_too_far_away_is_explained_at_the_field(services: Services) -> None:
    state = await at_checkout(services)
    services.answers["POST", ORDERS] = problem(
        422, "outside_delivery_area", place="Hà Nội", area="TP. Hồ Chí Minh", areaEn="Ho Chi Minh City"
    )
    events = await run(state.place({**FORM, "address": "12 Ngõ Huyện, Hà Nội"}))
    assert state.errors == {
        "address": t("vi", "checkout.address_outside", place="Hà Nội", area="TP. Hồ Chí Minh"),
    }
    assert state.notice == t("vi", "form.summary")
    assert "getElementById('address')" in str(events)
    assert (state.item_count, state.is_uncertain) == (2, False)
    # Put right, it is a new try.
    services.answers["POST", ORDERS] = order()
    await run(state.place(FORM))
    assert len(set(keys(services))) == 2
    assert state.errors == {}


async def test_the_checkout_says_when_the_cakes_come(services: Services) -> None:
    state = await at_checkout(services)
    assert state.expected_text == ""
    services.answers["GET", "/api/orders/delivery-terms"] |= {
        "expectedFrom": "2099-03-04T08:00:00+07:00",
        "expectedUntil": "2099-03-04T12:00:00+07:00",
    }
    await run(state.open())
    assert state.expected_text == "Dự kiến giao: Thứ Tư 4/3, 8:00–12:00"
    state.choose("PICKUP")
    assert state.expected_text == "Dự kiến có bánh: Thứ Tư 4/3, 8:00–12:00"


async def test_a_cart_that_another_tab_emptied_is_told_apart_from_one_that_was_empty(services: Services) -> None:
    state = await at_checkout(services)
    assert state.had_items
    services.answers["GET", "/api/cart/7"] = cart()
    await run(state.load())
    assert (state.item_count, state.had_items, state.name) == (0, True, "An")
    await run(state.open())
    assert not state.had_items

    state = await at_checkout(services)
    await run(state.place(FORM))
    assert not state.had_items, "this tab ordered it"


async def test_a_cart_that_was_emptied_in_this_tab_is_just_empty(services: Services) -> None:
    state = await at_checkout(services)
    services.answers["DELETE", "/api/cart/1"] = cart()
    await run(state.remove(1))
    assert (state.item_count, state.had_items, state.emptied_here) == (0, True, True)
    services.answers["POST", "/api/cart/7"] = cart(cart_item())
    await run(state.load())
    assert (state.item_count, state.emptied_here) == (2, False)
    services.answers["GET", "/api/cart/7"] = cart()
    await run(state.load())
    assert (state.item_count, state.had_items, state.emptied_here) == (0, True, False), "another tab did that"


async def test_a_cart_whose_session_has_ended_is_just_empty(services: Services) -> None:
    state = await at_checkout(services)
    services.answers["GET", "/api/cart/7"] = problem(401, "unauthorized")
    services.answers["POST", f"/internal/sessions/{SID}/token"] = problem(404, "not_found")
    await run(state.load())
    assert (state.item_count, state.is_signed_in, state.emptied_here) == (0, False, True)


TODAY = {"expectedFrom": "2099-03-03T15:58:00+07:00", "expectedUntil": "2099-03-03T20:00:00+07:00"}
TOMORROW = {"expectedFrom": "2099-03-04T08:00:00+07:00", "expectedUntil": "2099-03-04T12:00:00+07:00"}


async def promised(services: Services, **promise: Any) -> CheckoutState:
    state = await at_checkout(services)
    services.answers["GET", "/api/orders/delivery-terms"] |= promise
    await run(state.open())
    return state


async def test_a_later_time_must_be_confirmed_before_anything_is_ordered(services: Services) -> None:
    state = await promised(services, **TODAY)
    services.answers["GET", "/api/orders/delivery-terms"] |= TOMORROW
    events = await run(state.place(FORM))
    assert keys(services) == []
    assert (state.must_confirm, state.is_placing, state.is_uncertain) == (True, False, False)
    assert state.notice == t("vi", "checkout.promise_changed")
    assert state.notice_lines == [state.expected_text] == ["Dự kiến giao: Thứ Tư 4/3, 8:00–12:00"]
    assert "checkout-notice" in str(events)
    await run(state.place(FORM))
    assert len(keys(services)) == 1


async def test_a_double_click_does_not_agree_to_what_nobody_has_read(services: Services) -> None:
    state = await promised(services, **TODAY)
    services.answers["GET", "/api/orders/delivery-terms"] |= TOMORROW
    pressed = FORM | {PRESS: str(state.press)}
    await run(state.place(pressed))
    assert await run(state.place(pressed)) == []
    assert (keys(services), state.must_confirm) == ([], True)
    await run(state.place(FORM | {PRESS: str(state.press)}))
    assert len(keys(services)) == 1


async def test_a_corrected_field_is_heard_at_once(services: Services) -> None:
    state = await at_checkout(services)
    await run(state.place(FORM | {"name": "", PRESS: str(state.press)}))
    assert (keys(services), state.is_placing) == ([], False)
    await run(state.place(FORM | {PRESS: str(state.press)}))
    assert len(keys(services)) == 1


async def test_a_fee_that_has_changed_must_be_confirmed(services: Services) -> None:
    state = await at_checkout(services, cart_item(quantity=1))
    services.answers["GET", "/api/orders/delivery-terms"] = {"fee": 45000, "freeFrom": 500000}
    await run(state.place(FORM))
    assert (keys(services), state.must_confirm, state.notice) == ([], True, t("vi", "checkout.price_changed"))
    assert state.grand_total_text == "344.000\u00a0₫"


async def test_the_same_time_a_moment_later_is_no_change(services: Services) -> None:
    state = await promised(services, **TODAY)
    services.answers["GET", "/api/orders/delivery-terms"] |= {"expectedFrom": "2099-03-03T15:59:00+07:00"}
    await run(state.place(FORM))
    assert len(keys(services)) == 1


async def test_an_earlier_try_that_may_stand_is_not_held_up_by_another_time(services: Services) -> None:
    state = await promised(services, **TODAY)
    services.answers["POST", ORDERS] = httpx.ReadTimeout("slow")
    await run(state.place(FORM))
    tries = len(keys(services))
    services.answers["GET", "/api/orders/delivery-terms"] |= TOMORROW
    services.answers["POST", ORDERS] = order()
    await run(state.place(FORM))
    assert len(keys(services)) == tries + 1
    assert len(set(keys(services))) == 1
    assert (state.must_confirm, state.notice) == (False, "")


async def test_terms_that_cannot_be_asked_for_again_hold_nothing_up(services: Services) -> None:
    state = await promised(services, **TODAY)
    services.answers["GET", "/api/orders/delivery-terms"] = httpx.ConnectError("down")
    await run(state.place(FORM))
    assert len(keys(services)) == 1


@pytest.mark.parametrize(
    ("profile", "ticked"),
    [
        ({"phone": "", "address": ""}, True),
        ({"phone": "0901234567", "address": ""}, True),
        ({"phone": "", "address": "1 Lê Lợi"}, True),
        ({"phone": "0901234567", "address": "1 Lê Lợi"}, False),
    ],
)
async def test_remembering_is_offered_while_the_profile_lacks_something(
    services: Services, profile: dict[str, str], ticked: bool
) -> None:
    state = await at_checkout(services)
    state._user = state._user.model_copy(update=profile) if state._user else None
    state._prefill()
    assert state.keeps_profile is ticked


async def test_the_order_is_sent_exactly_as_it_was_shown(services: Services) -> None:
    state = await at_checkout(services)
    events = await run(state.place({**FORM, "note": "Mừng sinh nhật"}))
    assert services.sent("POST", ORDERS) == [
        {
            "userId": 7,
            "items": [{"productId": 1, "quantity": 2, "size": "M", "price": 299000}],
            "totalAmount": 598000,
            "shippingAddress": "12 Lý Tự Trọng",
            "fulfilment": "DELIVERY",
            "payment": "CASH_ON_DELIVERY",
            "contactName": "Bình",
            "contactPhone": "0901 234 567",
            "contactEmail": None,
            "note": "Mừng sinh nhật",
            "cartState": "1:2",
        }
    ]
    assert "/order/" in str(events)
    assert (state.item_count, state.is_placing) == (0, False)


async def test_a_second_press_orders_nothing_and_leads_to_the_order(services: Services) -> None:
    state = await at_checkout(services)
    await run(state.place(FORM))
    events = await run(state.place(FORM))
    assert len(keys(services)) == 1
    assert "/order/" in str(events)


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("slow"), httpx.Response(503), problem(500, "internal_error")])
async def test_an_unknown_outcome_is_said_and_the_next_press_has_the_same_key(services: Services, failure: Any) -> None:
    state = await at_checkout(services)
    services.answers["POST", ORDERS] = failure
    await run(state.place(FORM))
    assert "đơn sẽ không bị đặt hai lần" in state.notice
    assert state.is_uncertain
    services.answers["POST", ORDERS] = order()
    await run(state.place(FORM))
    assert len(set(keys(services))) == 1
    assert (state.notice, state.is_uncertain) == ("", False)


async def test_a_changed_order_after_an_unknown_outcome_shows_the_first_if_that_went_through(
    services: Services,
) -> None:
    state = await at_checkout(services)
    services.answers["POST", ORDERS] = httpx.ReadTimeout("slow")
    await run(state.place(FORM))
    first = services.sent("POST", ORDERS)[0]

    def replay(request: httpx.Request) -> httpx.Response:
        same = "12 Lý Tự Trọng".encode() in request.content
        return httpx.Response(201, json=order()) if same else problem(422, "idempotency_key_reused")

    services.answers["POST", ORDERS] = replay
    events = await run(state.place({**FORM, "address": "99 Lê Lợi"}))
    assert services.sent("POST", ORDERS)[-1] == first
    assert len(set(keys(services))) == 1
    assert "Lần đặt đầu tiên của bạn đã thành công" in str(events)


async def test_an_order_whose_cart_emptied_meanwhile_is_found_and_never_placed_again(services: Services) -> None:
    state = await at_checkout(services)
    services.answers["POST", ORDERS] = httpx.ReadTimeout("slow")
    await run(state.place(FORM))
    tries = len(keys(services))
    services.answers["GET", "/api/cart/7"] = cart()
    services.answers["GET", "/api/orders/user/7"] = {
        "items": [order(createdAt="2099-01-01T00:00:00Z")],
        "page": 1,
        "limit": 5,
        "total": 1,
        "pages": 1,
    }
    await run(state.load())
    events = await run(state.open())
    assert "/order/" in str(events)
    assert len(keys(services)) == tries


async def test_a_clear_no_gets_a_new_key_next_time(services: Services) -> None:
    state = await at_checkout(services)
    services.answers["POST", ORDERS] = problem(409, "insufficient_stock", lines=[])
    await run(state.place(FORM))
    await run(state.place(FORM))
    assert len(set(keys(services))) == 2


async def test_a_changed_price_is_shown_and_must_be_confirmed(services: Services) -> None:
    state = await at_checkout(services)
    line = {"productId": 1, "size": "M", "requestedPrice": 299000, "price": 320000, "name": "Mousse dâu", "nameEn": ""}
    services.answers["POST", ORDERS] = problem(409, "price_changed", lines=[line])
    services.answers["GET", "/api/cart/7"] = cart(cart_item(price=320000))
    await run(state.place(FORM))
    assert state.notice_lines == ["Mousse dâu (cỡ M): 299.000\u00a0₫ → 320.000\u00a0₫"]
    assert (state.must_confirm, state.total_text) == (True, "640.000\u00a0₫")
    services.answers["POST", ORDERS] = order()
    await run(state.place(FORM))
    assert services.sent("POST", ORDERS)[-1]["items"][0]["price"] == 320000


async def test_short_stock_names_the_line_and_is_mended_in_place(services: Services) -> None:
    state = await at_checkout(services, cart_item(quantity=3))
    line = {"productId": 1, "size": "M", "requested": 3, "available": 1, "name": "Mousse dâu", "nameEn": ""}
    services.answers["POST", ORDERS] = problem(409, "insufficient_stock", lines=[line])
    services.answers["GET", "/api/cart/7"] = cart(cart_item(quantity=3, stock=1, available=False))
    await run(state.place(FORM))
    assert state.notice_lines == ["Mousse dâu (cỡ M): chỉ còn 1"]
    assert state.lines[0].mend_text == "Lấy 1 chiếc còn lại"
    services.answers["PATCH", "/api/cart/1"] = cart(cart_item(quantity=1, stock=1))
    await run(state.mend_line(1))
    assert (state.notice, state.grand_total_text) == ("", "329.000\u00a0₫")


async def test_a_line_known_to_be_short_is_not_even_sent(services: Services) -> None:
    state = await at_checkout(services, cart_item(quantity=3, stock=1, available=False))
    await run(state.place(FORM))
    assert (keys(services), bool(state.notice)) == ([], True)


async def test_without_delivery_terms_nothing_is_sent(services: Services) -> None:
    state = await at_checkout(services)
    state._terms = None
    services.answers["GET", "/api/orders/delivery-terms"] = httpx.ConnectError("down")
    await run(state.place(FORM))
    assert keys(services) == []
    assert "Chưa có gì được gửi đi" in state.notice
    assert state.address == FORM["address"]


async def test_the_services_own_complaints_reach_the_fields(services: Services) -> None:
    state = await at_checkout(services, path="/en/checkout")
    errors = [{"field": "contactPhone", "message": "x"}]
    services.answers["POST", ORDERS] = problem(422, "validation_error", errors=errors)
    await run(state.place(FORM))
    assert state.errors == {"phone": "This is not a phone number; for example 0901 234 567."}


async def test_fields_are_checked_as_they_are_left(services: Services) -> None:
    state = await at_checkout(services)
    state.keep("phone", "12")
    assert "phone" in state.errors
    state.keep("phone", "0901234567")
    state.keep("name", "")
    state.keep("_sid", "forged")
    assert state.errors == {}
    assert state._sid == SID


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (problem(422, "too_many_pieces", most=100), "nhận tối đa 100 bánh."),
        (problem(422, "too_many_pieces_of_one", most=50), "nhận tối đa 50 bánh cùng loại."),
        (problem(422, "too_many_open_pieces", most=150), "tối đa 150 bánh chưa giao."),
        (problem(429, "rate_limited", retryAfter=121), "thử lại sau khoảng 3 phút"),
    ],
)
async def test_a_limit_is_explained_and_nothing_is_lost(services: Services, refusal: httpx.Response, said: str) -> None:
    state = await at_checkout(services)
    services.answers["POST", ORDERS] = refusal
    await run(state.place(FORM))
    assert said in state.notice
    assert "028 7300 1234" in state.notice
    assert (state.is_uncertain, state.is_placing, state.item_count) == (False, False, 2)
    assert state.address == FORM["address"]


async def test_the_order_is_counted_for_the_shoppers_address(services: Services) -> None:
    state = await at_checkout(services)
    await run(state.place(FORM))
    [placed] = [r for r in services.requests if (r.method, r.url.path) == ("POST", ORDERS)]
    assert placed.headers["X-Service-Authorization"] == "Bearer service"
    assert placed.headers["X-Client-Address"] == "203.0.113.7"


def changes(services: Services) -> list[Any]:
    return services.sent("PATCH", "/api/customers/7")


async def test_phone_and_address_are_kept_in_the_profile_with_consent(services: Services) -> None:
    state = await at_checkout(services)
    state._user = state._user.model_copy(update={"phone": "", "address": ""}) if state._user else None
    state._prefill()
    assert state.keeps_profile
    said = {"phone": "0901 234 567", "address": "12 Lý Tự Trọng"}
    services.answers["PATCH", "/api/customers/7"] = user(**said)
    await run(state.place({**FORM, "remember": "on"}))
    assert changes(services) == [said]
    # The tab that opens next is filled in with it.
    other = state_of(CheckoutState, "/checkout", f"{COOKIE}={wiring.signer().cookie(SID)}")
    await run(other.restore())
    other._prefill()
    assert (other.phone, other.address, other.keeps_profile) == ("0901 234 567", "12 Lý Tự Trọng", False)


@pytest.mark.parametrize("form", [FORM, {**FORM, "remember": ""}])
async def test_without_consent_the_profile_stays(services: Services, form: dict[str, str]) -> None:
    state = await at_checkout(services)
    await run(state.place(form))
    assert keys(services)
    assert changes(services) == []


async def test_the_profile_keeps_its_address_when_a_cake_is_fetched(services: Services) -> None:
    state = await at_checkout(services)
    state.choose("PICKUP")
    services.answers["PATCH", "/api/customers/7"] = user(phone="0909 999 999")
    await run(state.place({**FORM, "phone": "0909 999 999", "remember": "on"}))
    assert changes(services) == [{"phone": "0909 999 999"}]


@pytest.mark.parametrize("answer", [httpx.ConnectError("down"), problem(500, "internal_error")])
async def test_an_order_stands_though_the_profile_cannot_be_kept(services: Services, answer: Any) -> None:
    state = await at_checkout(services)
    services.answers["PATCH", "/api/customers/7"] = answer
    events = str(await run(state.place({**FORM, "remember": "on"})))
    assert "/order/" in events
    assert state.notice == ""


async def test_an_order_names_the_cart_that_the_page_shows(services: Services) -> None:
    state = await at_checkout(services, cart_item(quantity=2))
    await run(state.place(FORM))
    assert services.sent("POST", ORDERS)[0]["cartState"] == "1:2"


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_a_shop_that_is_too_busy_says_so_and_nothing_typed_is_lost(services: Services, lang: Lang) -> None:
    state = await at_checkout(services, path="/en/checkout" if lang == "en" else "/checkout")
    services.answers["POST", ORDERS] = problem(503, "busy")
    form = {**FORM, "email": "binh@example.com", "note": "Ít ngọt"}
    events = await run(state.place(form))
    assert state.notice == t(lang, "checkout.busy")
    assert "focus()" in str(events)
    typed = {"name": state.name, "phone": state.phone, "email": state.email, "address": state.address}
    assert {**typed, "note": state.note} == form
    assert (state.is_uncertain, state.is_placing, state.item_count, len(keys(services))) == (False, False, 2, 1)
    services.answers["POST", ORDERS] = order()
    await run(state.place(form))
    assert len(set(keys(services))) == 1
    assert (state.notice, state.item_count) == ("", 0)


async def test_a_shop_that_is_busy_leaves_an_earlier_try_uncertain(services: Services) -> None:
    state = await at_checkout(services)
    services.answers["POST", ORDERS] = httpx.ReadTimeout("slow")
    await run(state.place(FORM))
    services.answers["POST", ORDERS] = problem(503, "busy")
    await run(state.place(FORM))
    assert (state.notice, state.is_uncertain) == (t("vi", "checkout.uncertain"), True)
