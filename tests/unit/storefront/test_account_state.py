import re
from typing import Any

import httpx
import pytest

from storefront.clients import wiring
from storefront.i18n import t
from storefront.session_cookie import COOKIE, DEVICE_COOKIE
from storefront.state.account import ProfileState, SignInState, local_path
from storefront.state.once import SAME_PRESS_S
from storefront.state.session import start_over
from tests.unit.storefront.fakes import SID, Services, cart, cart_item, guest, problem, run, session, state_of, user

pytestmark = pytest.mark.anyio
LOGIN = {"email": " an@example.com ", "password": "mat-khau"}
PERSON = {"name": "An", "email": "an@example.com", "password": "mat-khau-tot", "phone": "", "address": ""}


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/cart", "/cart"),
        ("/en/checkout?x=1", "/en/checkout?x=1"),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        ("https://evil.example", ""),
        ("javascript:alert(1)", ""),
        ("/a\nb", ""),
        ("", ""),
    ],
)
def test_sign_in_leads_only_to_our_own_pages(path: str, kept: str) -> None:
    assert local_path(path) == kept


async def test_signing_in_shows_the_person_and_goes_on(services: Services) -> None:
    services.answers["POST", "/api/auth/login"] = session(user())
    services.live_session(user())
    services.answers["GET", "/api/cart/7"] = cart(cart_item())
    state = state_of(SignInState, "/login?next=/checkout")
    await run(state.open_form())
    events = str(await run(state.sign_in(LOGIN)))
    assert services.sent("POST", "/api/auth/login") == [{"email": "an@example.com", "password": "mat-khau"}]
    assert (state.is_signed_in, state.item_count) == (True, 2)
    assert "/auth/exchange" in events
    assert "/checkout" in events


async def test_the_browsers_device_token_goes_with_a_login_and_a_new_one_comes_back(services: Services) -> None:
    services.answers["POST", "/api/auth/login"] = session(user()) | {"deviceToken": "dev-2"}
    services.live_session(user())
    services.answers["GET", "/api/cart/7"] = cart()
    state = state_of(SignInState, "/login", f"{DEVICE_COOKIE}=dev-1")
    events = str(await run(state.sign_in(LOGIN)))
    assert [sent["deviceToken"] for sent in services.sent("POST", "/api/auth/login")] == ["dev-1"]
    code = re.search(r"body:'([^']+)'", events)
    assert code is not None
    assert await wiring.signer().redeem(code.group(1), "exchange") == (SID, "dev-2")


async def test_an_easy_password_is_explained_at_its_field(services: Services) -> None:
    errors = [{"in": "body", "field": "password", "message": "easy", "type": "weak_password"}]
    services.answers["POST", "/api/auth/register"] = problem(422, "weak_password", errors=errors)
    state = state_of(SignInState, "/en/register")
    await run(state.register({**PERSON, "password": "password1"}))
    assert (state.errors, state.notice) == ({"password": t("en", "form.password_easy")}, "")


async def test_what_somebody_else_left_in_the_tab_is_not_for_who_signs_in_next(services: Services) -> None:
    services.live_session(user())
    state = state_of(SignInState, "/login?next=/a'b", f"{COOKIE}={wiring.signer().cookie(SID)}")
    await run(state.restore())
    state._leave()  # their session ended; what they saw and typed is still there
    services.answers["POST", "/api/auth/login"] = session(user(), SID[:-1] + "2")
    services.answers["GET", "/api/cart/7"] = cart()
    assert "sessionStorage.clear()" not in str(await run(state.sign_in(LOGIN)))
    state._leave()

    services.answers["POST", "/api/auth/login"] = session(user(id=8, name="Bình"), SID[:-1] + "3")
    events = str(await run(state.sign_in({**LOGIN, "email": "binh@example.com"})))
    assert "sessionStorage.clear();location.replace(" in events
    assert state.person_name == "Bình"


def test_an_address_is_written_into_a_script_as_text() -> None:
    assert start_over("/a'b\"c").endswith('location.replace("/a\'b\\"c")')


async def test_a_guests_token_comes_along(services: Services) -> None:
    services.live_session(guest())
    services.answers["POST", "/api/auth/login"] = session(user(), SID[:-1] + "2")
    services.answers["GET", "/api/cart/7"] = cart()
    state = state_of(SignInState, "/login", f"{COOKIE}={wiring.signer().cookie(SID)}")
    await run(state.restore())
    await run(state.sign_in(LOGIN))
    sent = next(r for r in services.requests if r.url.path == "/api/auth/login")
    assert sent.headers["Authorization"] == f"Bearer access-{SID}"


@pytest.mark.parametrize(
    ("answer", "notice"),
    [
        (problem(401, "invalid_credentials"), "E-mail hoặc mật khẩu không đúng."),
        (problem(429, "rate_limited", retryAfter=130), "Vui lòng đợi khoảng 3 phút"),
        (httpx.ConnectError("down"), "Những gì bạn nhập vẫn còn"),
        (problem(500, "internal_error"), "Những gì bạn nhập vẫn còn"),
    ],
)
async def test_a_refused_sign_in_says_why(services: Services, answer: Any, notice: str) -> None:
    services.answers["POST", "/api/auth/login"] = answer
    state = state_of(SignInState, "/login")
    await run(state.sign_in(LOGIN))
    assert notice in state.notice
    assert (state.is_signed_in, state.is_busy) == (False, False)


async def test_a_form_half_filled_is_not_sent(services: Services) -> None:
    state = state_of(SignInState, "/register")
    await run(state.register({**PERSON, "email": "an@", "password": "short"}))
    assert set(state.errors) == {"email", "password"}
    assert services.requests == []


async def test_a_taken_e_mail_is_said_at_its_field(services: Services) -> None:
    services.answers["POST", "/api/auth/register"] = problem(409, "email_taken")
    state = state_of(SignInState, "/register")
    events = await run(state.register(PERSON))
    assert state.errors == {"email": "E-mail này đã có tài khoản. Bạn có thể đăng nhập."}
    assert "getElementById('email')" in str(events)


async def test_the_account_asks_who_is_not_signed_in_to_sign_in(services: Services) -> None:
    state = state_of(ProfileState, "/en/account")
    assert "/en/login?next=/en/account" in str(await run(state.open()))


async def test_the_profile_is_saved(services: Services) -> None:
    services.live_session(user())
    services.answers["PATCH", "/api/customers/7"] = user(name="An N.")
    state = state_of(ProfileState, "/account", f"{COOKIE}={wiring.signer().cookie(SID)}")
    await run(state.restore())
    await run(state.open())
    assert state.profile_address == "1 Lê Lợi"
    await run(state.save({"name": "An N.", "phone": "", "address": "x"}))
    assert services.sent("PATCH", "/api/customers/7") == [{"name": "An N.", "phone": "", "address": "x"}]
    assert (state.person_name, state.profile_name) == ("An N.", "An N.")


async def test_a_wrong_present_password_is_said_at_its_field(services: Services) -> None:
    services.live_session(user())
    services.answers["PATCH", "/api/customers/7"] = problem(422, "wrong_password")
    state = state_of(ProfileState, "/account", f"{COOKIE}={wiring.signer().cookie(SID)}")
    await run(state.restore())
    await run(state.change_password({"current_password": "nope", "new_password": "mat-khau-moi"}))
    assert state.errors == {"current_password": "Mật khẩu hiện tại không đúng."}
    assert services.sent("PATCH", "/api/customers/7") == [{"currentPassword": "nope", "newPassword": "mat-khau-moi"}]


async def test_a_double_click_signs_in_once(services: Services) -> None:
    services.answers["POST", "/api/auth/login"] = session(user())
    services.live_session(user())
    services.answers["GET", "/api/cart/7"] = cart()
    state = state_of(SignInState, "/login")
    await run(state.sign_in(LOGIN))
    assert await run(state.sign_in(LOGIN)) == []
    assert len(services.sent("POST", "/api/auth/login")) == 1


async def test_a_corrected_form_is_heard_at_once_and_the_same_one_a_moment_later(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("storefront.state.once.time.time", lambda: now)
    services.answers["POST", "/api/auth/login"] = problem(401, "invalid_credentials")
    state = state_of(SignInState, "/login")
    for password in ("wrong", "wrong", "better"):
        await run(state.sign_in({**LOGIN, "password": password}))
    assert [sent["password"] for sent in services.sent("POST", "/api/auth/login")] == ["wrong", "better"]
    now += SAME_PRESS_S
    await run(state.sign_in({**LOGIN, "password": "better"}))
    assert len(services.sent("POST", "/api/auth/login")) == 3


async def test_a_double_click_changes_a_password_once(services: Services) -> None:
    services.live_session(user())
    services.answers["PATCH", "/api/customers/7"] = user()
    state = state_of(ProfileState, "/account", f"{COOKIE}={wiring.signer().cookie(SID)}")
    await run(state.restore())
    form = {"current_password": "mat-khau", "new_password": "mat-khau-rat-tot"}
    await run(state.change_password(form))
    services.answers["PATCH", "/api/customers/7"] = problem(403, "wrong_password")
    await run(state.change_password(form))
    assert len(services.sent("PATCH", "/api/customers/7")) == 1
    assert (state.errors, state.notice) == ({}, "")
