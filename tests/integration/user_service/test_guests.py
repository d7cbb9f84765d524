"""Guests: made lazily, turned into customers, merged into accounts."""

import asyncio
import json

import httpx
import jwt
import pytest

from shopkit.outbox import each
from shopkit.outbox_worker import OutboxWorker
from tests.integration.user_service.conftest import LAN, Api, Backend, Start

pytestmark = pytest.mark.anyio

CREDENTIALS = {"email": LAN["email"], "password": LAN["password"]}


async def test_a_guest_has_an_account_without_email(api: Api) -> None:
    response = await api.call("POST", "/api/auth/guest")

    assert response.status_code == 201
    user = response.json()["user"]
    assert (user["id"], user["email"], user["name"], user["role"]) == (2, None, "", "GUEST")
    assert (await api.ok("GET", "/api/customers/2", token=response.json()["accessToken"]))["role"] == "GUEST"


async def test_registering_turns_the_guest_into_the_customer(api: Api, backend: Backend) -> None:
    guest = await api.guest()
    customer = await api.register(token=guest["accessToken"])

    assert customer["user"]["id"] == guest["user"]["id"]
    assert customer["user"]["role"] == "CUSTOMER"
    assert customer["sessionId"] != guest["sessionId"]
    await api.refused(401, "session_ended", "POST", "/api/auth/verify", token=guest["accessToken"])
    await api.refused(401, "session_ended", "POST", "/api/auth/refresh", {"refreshToken": guest["refreshToken"]})
    assert api.rows("select ended_reason from sessions where id = %s", guest["sessionId"]) == [("GUEST_REGISTERED",)]
    assert backend.calls == []


async def test_a_visit_keeps_its_name_through_register_and_login(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    for path, body in (("/api/auth/register", LAN), ("/api/auth/login", CREDENTIALS)):
        guest = await api.guest()
        await api.ok("POST", path, body, guest["accessToken"], headers={"X-Session-Id": "visit-1"})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    events = [(line["name"], line["sessionId"], line["payload"]) for line in lines if "eventId" in line]
    assert events == [
        ("User Registered", "visit-1", {"fromGuest": True}),
        ("User Logged In", "visit-1", {"role": "CUSTOMER"}),
    ]


async def test_a_guest_who_registers_a_taken_email_stays_a_guest(api: Api) -> None:
    await api.register()
    guest = await api.guest()
    before = api.everything()

    await api.refused(409, "email_taken", "POST", "/api/auth/register", LAN, guest["accessToken"])

    assert api.everything() == before
    await api.ok("POST", "/api/auth/verify", token=guest["accessToken"])


async def test_a_guest_registers_once(api: Api) -> None:
    guest = await api.guest()
    bodies = [{**LAN, "email": f"n{number}@example.com"} for number in range(10)]
    answers = await asyncio.gather(
        *(api.call("POST", "/api/auth/register", body, guest["accessToken"]) for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [401] * 9
    assert api.rows("select count(*) from users where role <> 'ADMIN'") == [(1,)]


async def test_login_merges_the_guests_cart(api: Api, backend: Backend) -> None:
    account = await api.register()
    guest = await api.guest()

    session = await api.login(token=guest["accessToken"])

    assert session["user"]["id"] == account["user"]["id"]
    [(method, path, body, authorization)] = backend.calls
    assert (method, path) == ("POST", "/internal/carts/merge")
    assert body == {"fromUserId": guest["user"]["id"], "toUserId": account["user"]["id"]}
    [key] = (await api.ok("GET", "/.well-known/jwks.json"))["keys"]
    claims = jwt.decode(
        authorization.removeprefix("Bearer "), jwt.PyJWK(key), algorithms=["EdDSA"], audience="sweetdream-internal"
    )
    assert (claims["sub"], claims["iss"]) == ("user_service", "sweetdream")
    assert api.rows("select * from outbox") == []
    await api.refused(401, "session_ended", "POST", "/api/auth/verify", token=guest["accessToken"])


async def test_a_failed_login_leaves_the_guest_alone(api: Api, backend: Backend) -> None:
    await api.register()
    guest = await api.guest()
    before = api.everything()

    wrong = {**CREDENTIALS, "password": "wrong"}
    await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", wrong, guest["accessToken"])

    assert api.everything() == before
    assert backend.calls == []


async def test_two_tabs_that_log_in_with_one_guest_merge_once(api: Api, backend: Backend) -> None:
    await api.register()
    guest = await api.guest()

    answers = await asyncio.gather(
        *(api.call("POST", "/api/auth/login", CREDENTIALS, guest["accessToken"]) for _ in range(4))
    )

    assert {answer.status_code for answer in answers} <= {200, 401}
    assert 200 in {answer.status_code for answer in answers}
    assert len(backend.merges) == 1


async def test_login_works_while_the_backend_is_down_and_the_cart_follows(api: Api, backend: Backend) -> None:
    account = await api.register()
    guest = await api.guest()
    backend.answer = lambda: httpx.Response(503)

    await api.login(token=guest["accessToken"])

    merge = {"fromUserId": guest["user"]["id"], "toUserId": account["user"]["id"]}
    assert api.rows("select topic, payload from outbox") == [("cart.merge", merge)]
    backend.answer = lambda: httpx.Response(204)
    backend.calls.clear()
    await _work_off(api)
    assert backend.merges == [merge]
    assert api.rows("select * from outbox") == []


async def test_login_does_not_wait_long_for_a_backend_that_hangs(start: Start, backend: Backend) -> None:
    async with start(cart_merge_timeout_s=0.05) as api:
        await api.register()
        guest = await api.guest()
        release = asyncio.Event()
        backend.hang = release.wait

        session = await asyncio.wait_for(api.login(token=guest["accessToken"]), 5)

        assert session["user"]["email"] == LAN["email"]
        assert len(api.rows("select * from outbox")) == 1
        release.set()


async def test_a_process_that_dies_after_the_commit_loses_no_cart(
    api: Api, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await api.register()
    guest = await api.guest()

    async def die(*_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(api.app.state.accounts._carts, "try_now", die)
    with pytest.raises(asyncio.CancelledError):
        await api.call("POST", "/api/auth/login", CREDENTIALS, guest["accessToken"])

    await _work_off(api)
    assert backend.merges == [{"fromUserId": guest["user"]["id"], "toUserId": account["user"]["id"]}]


async def _work_off(api: Api) -> None:
    """Do what the outbox holds, as its worker does when the rows are due."""
    api.write("update outbox set next_attempt_at = now()")
    carts, service = api.app.state.accounts._carts, api.app.state.service
    worker = OutboxWorker(service.database, {"cart.merge": each(carts.handle)})
    while await worker.run_batch():
        pass
