"""Sessions: verify, refresh, logout, and what the other services ask."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import jwt
import psycopg
import pytest

from shopkit.clock import FixedClock
from tests.integration.user_service.conftest import SECRET, Api, Start

pytestmark = pytest.mark.anyio


async def test_the_access_token_says_who_and_until_when(api: Api, clock: FixedClock) -> None:
    session = await api.register()
    [key] = (await api.ok("GET", "/.well-known/jwks.json"))["keys"]

    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
    header = jwt.get_unverified_header(session["accessToken"])
    assert (header["alg"], header["kid"]) == ("EdDSA", key["kid"])
    now = int(clock.now().timestamp())
    assert jwt.decode(session["accessToken"], jwt.PyJWK(key), algorithms=["EdDSA"], audience="sweetdream") == {
        "iss": "sweetdream",
        "aud": "sweetdream",
        "sub": "2",
        "role": "CUSTOMER",
        "sid": session["sessionId"],
        "iat": now,
        "exp": now + 900,
    }


async def test_verify_tells_the_person_as_they_are_now(api: Api, clock: FixedClock) -> None:
    session = await api.register()
    await api.ok("PATCH", "/api/customers/2", {"name": "Lan Anh"}, session["accessToken"])

    reply = await api.ok("POST", "/api/auth/verify", token=session["accessToken"])

    assert reply["user"]["name"] == "Lan Anh"
    ends = clock.now().replace(microsecond=0) + timedelta(minutes=15)
    assert datetime.fromisoformat(reply["expiresAt"]) == ends


async def test_verify_asks_the_database_and_not_only_the_token(api: Api) -> None:
    session = await api.register()
    api.write("update sessions set ended_at = now()")  # without a NOTIFY, as if it had been missed
    await api.refused(401, "session_ended", "POST", "/api/auth/verify", token=session["accessToken"])


async def test_verify_refuses_what_is_no_token_of_ours(api: Api) -> None:
    for token in (None, "nonsense", "a.b.c"):
        refusal = await api.call("POST", "/api/auth/verify", token=token)
        assert (refusal.status_code, refusal.headers["www-authenticate"]) == (401, "Bearer")


async def test_an_expired_access_token_is_refused(api: Api, clock: FixedClock) -> None:
    clock.advance(timedelta(minutes=-16))
    session = await api.register()
    await api.refused(401, "token_expired", "POST", "/api/auth/verify", token=session["accessToken"])


async def test_refresh_rotates(api: Api, clock: FixedClock) -> None:
    first = await api.register()
    clock.advance(timedelta(days=29))

    second = await api.ok("POST", "/api/auth/refresh", {"refreshToken": first["refreshToken"]})

    assert second["sessionId"] == first["sessionId"]
    assert second["refreshToken"] != first["refreshToken"]
    assert datetime.fromisoformat(second["user"]["lastSeenAt"]) == clock.now()
    clock.advance(timedelta(days=29))
    await api.ok("POST", "/api/auth/refresh", {"refreshToken": second["refreshToken"]})


async def test_a_session_ends_after_thirty_days_without_use(api: Api, clock: FixedClock) -> None:
    session = await api.register()
    clock.advance(timedelta(days=30))
    await api.refused(401, "session_ended", "POST", "/api/auth/refresh", {"refreshToken": session["refreshToken"]})


async def test_refresh_tokens_are_stored_as_hashes(api: Api) -> None:
    session = await api.register()
    [(stored,)] = api.rows("select token_hash from refresh_tokens")
    assert len(stored) == 32
    assert session["refreshToken"].encode() not in bytes(stored)


async def test_a_reused_refresh_token_ends_the_session(api: Api) -> None:
    first = await api.register()
    second = await api.ok("POST", "/api/auth/refresh", {"refreshToken": first["refreshToken"]})

    await api.refused(401, "refresh_reused", "POST", "/api/auth/refresh", {"refreshToken": first["refreshToken"]})

    await api.refused(401, "session_ended", "POST", "/api/auth/refresh", {"refreshToken": second["refreshToken"]})
    await api.refused(401, "session_ended", "POST", "/api/auth/verify", token=second["accessToken"])
    assert api.rows("select ended_reason from sessions") == [("REFRESH_REUSED",)]


async def test_of_twenty_refreshes_at_once_one_wins_and_the_session_ends(api: Api) -> None:
    session = await api.register()
    body = {"refreshToken": session["refreshToken"]}

    answers = await asyncio.gather(*(api.call("POST", "/api/auth/refresh", body) for _ in range(20)))

    won = [answer.json() for answer in answers if answer.status_code == 200]
    lost = [answer.json()["code"] for answer in answers if answer.status_code == 401]
    assert (len(won), lost) == (1, ["refresh_reused"] * 19)
    assert api.rows("select count(*) from refresh_tokens") == [(2,)]
    await api.refused(401, "session_ended", "POST", "/api/auth/refresh", {"refreshToken": won[0]["refreshToken"]})


async def test_an_unknown_refresh_token_is_refused(api: Api) -> None:
    for token in ("unknown", "\u00e9\u20ac"):
        await api.refused(401, "invalid_refresh_token", "POST", "/api/auth/refresh", {"refreshToken": token})


async def test_logout_by_either_token_is_idempotent(api: Api) -> None:
    for name in ("accessToken", "refreshToken", "both"):
        session = await api.register(f"{name.lower()}@example.com")
        token = session["accessToken"] if name != "refreshToken" else None
        body = {"refreshToken": session["refreshToken"]} if name != "accessToken" else None
        for _ in range(2):
            response = await api.call("POST", "/api/auth/logout", body, token)
            assert (response.status_code, response.content) == (204, b"")
        await api.refused(401, "session_ended", "POST", "/api/auth/verify", token=session["accessToken"])
        await api.refused(401, "session_ended", "POST", "/api/auth/refresh", {"refreshToken": session["refreshToken"]})
    assert api.rows("select ended_reason from sessions") == [("LOGOUT",)] * 3


async def test_logout_with_an_expired_access_token_still_ends_the_session(api: Api, clock: FixedClock) -> None:
    clock.advance(timedelta(minutes=-16))
    session = await api.register()
    await api.ok("POST", "/api/auth/logout", token=session["accessToken"])
    assert api.rows("select ended_reason from sessions") == [("LOGOUT",)]


async def test_logout_of_nobody_and_with_a_forged_token_is_refused(api: Api) -> None:
    session = await api.register()
    before = api.everything()
    await api.refused(401, "unauthenticated", "POST", "/api/auth/logout")
    await api.refused(401, "invalid_token", "POST", "/api/auth/logout", token=session["accessToken"][:-8] + "AAAAAAAA")
    await api.ok("POST", "/api/auth/logout", {"refreshToken": "unknown"})
    assert api.everything() == before


async def test_an_ended_session_is_refused_by_other_instances_at_once(start: Start) -> None:
    async with start() as one, start() as other:
        session = await one.register()
        await other.ok("GET", "/api/customers/2", token=session["accessToken"])

        await one.ok("POST", "/api/auth/logout", token=session["accessToken"])

        async with asyncio.timeout(5):
            while (await other.call("GET", "/api/customers/2", token=session["accessToken"])).status_code == 200:
                await asyncio.sleep(0.01)
        await other.refused(401, "session_ended", "GET", "/api/customers/2", token=session["accessToken"])


async def test_the_end_of_a_session_is_told_when_it_is_committed(api: Api) -> None:
    session = await api.register()
    with psycopg.connect(api.databases.superuser, autocommit=True) as listener:
        listener.execute("listen session_ended")
        await api.ok("POST", "/api/auth/logout", token=session["accessToken"])
        [notification] = listener.notifies(timeout=5, stop_after=1)
    assert notification.payload == session["sessionId"]


async def test_services_can_catch_up_on_ended_sessions(api: Api, clock: FixedClock) -> None:
    token = await api.service("order_service")
    early, late = await api.register("early@example.com"), await api.register("late@example.com")
    await api.ok("POST", "/api/auth/logout", {"refreshToken": early["refreshToken"]})
    clock.advance(timedelta(minutes=14))
    await api.ok("POST", "/api/auth/logout", {"refreshToken": late["refreshToken"]})

    both = await api.ok("GET", "/internal/sessions/ended", token=token)
    assert sorted(both) == sorted([early["sessionId"], late["sessionId"]])
    clock.advance(timedelta(minutes=1))
    assert await api.ok("GET", "/internal/sessions/ended", token=token) == [late["sessionId"]]


async def test_only_services_may_ask_which_sessions_ended(api: Api) -> None:
    await api.refused(401, "unauthenticated", "GET", "/internal/sessions/ended")
    await api.refused(401, "invalid_token", "GET", "/internal/sessions/ended", token=await api.admin())


async def test_the_storefront_gets_tokens_of_live_sessions(api: Api, clock: FixedClock) -> None:
    session = await api.register()
    path = f"/internal/sessions/{session['sessionId']}/token"
    storefront = await api.service("storefront")

    reply = await api.ok("POST", path, token=storefront)

    assert reply["user"] == session["user"]
    assert reply["expiresIn"] == 900
    verified = await api.ok("POST", "/api/auth/verify", token=reply["accessToken"])
    assert verified["sessionId"] == session["sessionId"]
    await api.ok("POST", "/api/auth/logout", token=reply["accessToken"])
    await api.refused(404, "not_found", "POST", path, token=storefront)
    await api.refused(404, "not_found", "POST", f"/internal/sessions/{uuid4()}/token", token=storefront)


async def test_only_the_storefront_gets_them(api: Api) -> None:
    session = await api.register()
    path = f"/internal/sessions/{session['sessionId']}/token"
    before = api.everything()
    await api.refused(403, "forbidden", "POST", path, token=await api.service("backend"))
    await api.refused(401, "invalid_token", "POST", path, token=session["accessToken"])
    await api.refused(401, "unauthenticated", "POST", path)
    assert api.everything() == before


async def test_service_tokens_are_for_services_that_know_the_secret(api: Api) -> None:
    for service in ("backend", "order_service", "user_service", "storefront"):
        token = await api.service(service)
        assert jwt.decode(token, options={"verify_signature": False})["sub"] == service
    for body in ({"service": "backend", "secret": "guess"}, {"service": "intruder", "secret": SECRET}):
        await api.refused(401, "invalid_service_credentials", "POST", "/internal/service-token", body)


async def test_a_services_token_is_no_persons(api: Api) -> None:
    await api.refused(401, "invalid_token", "POST", "/api/auth/verify", token=await api.service("storefront"))
