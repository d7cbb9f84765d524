"""Registering and logging in."""

import asyncio
import json
import unicodedata

import bcrypt
import psycopg
import pytest
from argon2 import low_level

from tests.integration.user_service.conftest import ADMIN, LAN, Api, count_calls, record_statements

pytestmark = pytest.mark.anyio

CREDENTIALS = {"email": LAN["email"], "password": LAN["password"]}


async def test_register_answers_a_session_of_the_new_customer(api: Api) -> None:
    response = await api.call("POST", "/api/auth/register", LAN)

    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    session = response.json()
    assert session["tokenType"] == "Bearer"
    assert session["expiresIn"] == 900
    created_at = session["user"].pop("createdAt")
    assert session["user"] == {
        "id": 2,
        "email": "lan@example.com",
        "name": "Lan",
        "phone": "0901 234 567",
        "address": "1 Hàng Bài",
        "role": "CUSTOMER",
        "lastSeenAt": created_at,
    }
    verified = await api.ok("POST", "/api/auth/verify", token=session["accessToken"])
    assert verified["sessionId"] == session["sessionId"]
    assert verified["user"]["id"] == 2


async def test_phone_and_address_may_be_left_out(api: Api) -> None:
    body = {"email": "a@example.com", "password": "longenough", "name": "A"}
    assert (await api.ok("POST", "/api/auth/register", body))["user"]["address"] == ""


async def test_one_email_is_one_account_however_it_is_typed(api: Api) -> None:
    await api.register("Lan@Example.COM")
    before = api.everything()

    await api.refused(409, "email_taken", "POST", "/api/auth/register", {**LAN, "email": "lAN@example.com"})

    assert api.everything() == before
    assert (await api.login("LAN@EXAMPLE.com"))["user"]["email"] == "lan@example.com"


async def test_bad_input_is_named_and_changes_nothing(api: Api) -> None:
    before = api.everything()
    cases = [
        ("email", "no address"),
        ("email", ""),
        ("email", "a\u0000b@example.com"),
        ("password", "short"),
        ("password", "x" * 129),
        ("name", ""),
        ("name", "   "),
        ("name", "a\u0000b"),
        ("name", "x" * 101),
        ("phone", "call me"),
        ("address", "x" * 501),
        ("address", "a\u0007b"),
        ("role", "ADMIN"),
    ]
    for field, value in cases:
        refusal = await api.refused(422, "validation_error", "POST", "/api/auth/register", {**LAN, field: value})
        assert [error["field"] for error in refusal.json()["errors"]] == [field]
    assert api.everything() == before


@pytest.mark.parametrize(
    "password", ["password1", "PASSWORD1", "12345678", "aaaaaaaaaa", "lan.tran@example.com", "Lan.Tran", "lan.tran123!"]
)
async def test_a_password_that_is_easy_to_guess_is_refused(api: Api, password: str) -> None:
    before = api.everything()
    body = {**LAN, "email": "lan.tran@example.com", "password": password}
    refusal = await api.refused(422, "weak_password", "POST", "/api/auth/register", body)
    assert [error["field"] for error in refusal.json()["errors"]] == ["password"]
    assert api.everything() == before


async def test_an_easy_password_is_refused_when_it_is_changed_too(api: Api) -> None:
    session = await api.register()
    before = api.everything()
    path, change = f"/api/customers/{session['user']['id']}", {"currentPassword": LAN["password"]}
    weak = {**change, "newPassword": "iloveyou"}
    refusal = await api.refused(422, "weak_password", "PATCH", path, weak, session["accessToken"])
    assert [error["field"] for error in refusal.json()["errors"]] == ["newPassword"]
    assert api.everything() == before


async def test_a_body_that_is_no_json_is_refused(api: Api) -> None:
    response = await api.http.post("/api/auth/login", content=b"{", headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_json")


async def test_login_opens_another_session(api: Api) -> None:
    first = await api.register()
    second = await api.login()

    assert second["user"]["id"] == first["user"]["id"]
    assert second["sessionId"] != first["sessionId"]
    await api.ok("POST", "/api/auth/verify", token=first["accessToken"])


async def test_the_first_admin_can_log_in(api: Api) -> None:
    session = await api.ok("POST", "/api/auth/login", ADMIN)
    assert (session["user"]["id"], session["user"]["role"]) == (1, "ADMIN")


async def test_unknown_email_and_wrong_password_get_the_same_answer_for_the_same_work(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.register()
    hashed = count_calls(monkeypatch, low_level, "verify_secret", "hash_secret")
    statements = record_statements(api)
    answers, work = [], []
    for email in ("lan@example.com", "nobody@example.com"):
        hashed.clear()
        statements.clear()
        credentials = {"email": email, "password": "wrong"}
        refusal = await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", credentials)
        answers.append({**refusal.json(), "requestId": ""})
        work.append((list(hashed), list(statements)))
    assert answers[0] == answers[1]
    assert work[0] == work[1]
    assert work[0][0] == ["verify_secret"]
    assert len(work[0][1]) == 1


async def test_a_bcrypt_hash_is_verified_and_replaced_at_login(api: Api) -> None:
    await api.register()
    old = bcrypt.hashpw(b"Secret pw 1", bcrypt.gensalt(4)).decode()
    api.write("update users set password_hash = %s where email = 'lan@example.com'", old)

    await api.refused(
        401, "invalid_credentials", "POST", "/api/auth/login", {"email": "lan@example.com", "password": "secret pw 1"}
    )
    assert api.rows("select password_hash from users where id = 2") == [(old,)]
    await api.login(password="Secret pw 1")
    [(new,)] = api.rows("select password_hash from users where id = 2")
    assert new.startswith("$argon2id$v=19$")
    await api.login(password="Secret pw 1")
    assert api.rows("select password_hash from users where id = 2") == [(new,)]


async def test_passwords_are_the_same_however_a_keyboard_composes_them(api: Api) -> None:
    await api.register(password="mật khẩu đẹp")
    await api.login(password=unicodedata.normalize("NFD", "mật khẩu đẹp"))


async def test_a_strange_password_is_only_wrong(api: Api) -> None:
    await api.register()
    old = bcrypt.hashpw(b"Secret pw 1", bcrypt.gensalt(4)).decode()
    api.write("update users set password_hash = %s where email = 'lan@example.com'", old)
    for password in ("\u0000", "x" * 128, "😀" * 100):
        body = {"email": "lan@example.com", "password": password}
        await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", body)


async def test_a_bad_token_is_refused_rather_than_taken_for_nobody(api: Api) -> None:
    before = api.everything()
    await api.refused(401, "invalid_token", "POST", "/api/auth/register", LAN, "forged")
    assert api.everything() == before


async def test_a_customers_token_means_nothing_to_register(api: Api) -> None:
    first = await api.register("a@example.com")
    second = await api.register("b@example.com", first["accessToken"])
    assert second["user"]["id"] != first["user"]["id"]
    await api.ok("POST", "/api/auth/verify", token=first["accessToken"])


async def test_registration_and_login_are_told_as_events(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    registered = await api.register()
    logged_in = await api.login()

    output = capsys.readouterr().out
    lines = [json.loads(line) for line in output.splitlines()]
    events = [line for line in lines if "eventId" in line]
    assert [(e["name"], e["userId"], e["sessionId"], e["service"], e["payload"]) for e in events] == [
        ("User Registered", 2, registered["sessionId"], "user_service", {"fromGuest": False}),
        ("User Logged In", 2, logged_in["sessionId"], "user_service", {"role": "CUSTOMER"}),
    ]
    assert LAN["password"] not in output


async def test_twenty_registrations_of_one_email_at_once_make_one_account(api: Api) -> None:
    body = {**LAN, "email": "race@example.com"}
    answers = await asyncio.gather(*(api.call("POST", "/api/auth/register", body) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    assert api.rows("select count(*) from users where email = 'race@example.com'") == [(1,)]
    assert api.rows("select count(*) from sessions") == [(1,)]


async def test_a_login_that_overtakes_a_password_change_is_refused(api: Api) -> None:
    await api.register()
    sessions = api.rows("select id from sessions")
    with psycopg.connect(api.databases.superuser) as changing:
        changing.execute("update user_service.users set password_hash = 'another' where id = 2")
        login = asyncio.create_task(api.call("POST", "/api/auth/login", CREDENTIALS))  # verifies the old hash
        async with asyncio.timeout(5):
            while api.rows("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") != [(1,)]:
                await asyncio.sleep(0.01)
        changing.commit()
    answer = await login

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    assert api.rows("select id from sessions") == sessions
