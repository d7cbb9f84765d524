import asyncio

import httpx
import pytest
from pydantic import SecretStr

from shopkit.client import ServiceClient, ServiceProblem, ServiceUnavailable
from storefront.clients.tokens import SessionEnded, TokenCache
from storefront.clients.users import UserClient
from tests.unit.storefront.fakes import SID, Services, problem, session, user

pytestmark = pytest.mark.anyio
TOKEN_PATH = f"/internal/sessions/{SID}/token"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake() -> Services:
    fake = Services()
    fake.live_session(user())
    return fake


@pytest.fixture
def cache(fake: Services, clock: Clock) -> TokenCache:
    service = ServiceClient("user_service", "http://user", transport=httpx.MockTransport(fake))
    return TokenCache(UserClient(service, SecretStr("secret"), clock), clock)


async def test_many_callers_share_one_fetch(cache: TokenCache, fake: Services) -> None:
    found = await asyncio.gather(*(cache.get(SID) for _ in range(20)))
    assert {live.value for live in found} == {f"access-{SID}"}
    assert len(fake.sent("POST", TOKEN_PATH)) == 1
    assert fake.sent("POST", "/internal/service-token") == [{"service": "storefront", "secret": "secret"}]


async def test_a_token_is_used_until_a_minute_before_it_expires(
    cache: TokenCache, fake: Services, clock: Clock
) -> None:
    await cache.get(SID)
    clock.now = 900 - 61
    await cache.get(SID)
    assert len(fake.sent("POST", TOKEN_PATH)) == 1
    clock.now = 900 - 60
    await cache.get(SID)
    assert len(fake.sent("POST", TOKEN_PATH)) == 2


async def test_an_unknown_session_has_ended(cache: TokenCache) -> None:
    with pytest.raises(SessionEnded):
        await cache.get("0b0e7a52-7a0b-4a43-9a64-000000000000")


async def test_a_refused_token_is_fetched_again_once(cache: TokenCache, fake: Services) -> None:
    seen: list[str] = []

    async def request(token: str) -> str:
        seen.append(token)
        if len(seen) == 1:
            raise ServiceProblem(401, "session_ended", "", {})
        return "done"

    assert await cache.call(SID, request) == "done"
    assert len(seen) == len(fake.sent("POST", TOKEN_PATH)) == 2


async def test_a_token_refused_twice_means_that_the_session_is_over(cache: TokenCache) -> None:
    async def request(_: str) -> None:
        raise ServiceProblem(401, "session_ended", "", {})

    with pytest.raises(SessionEnded):
        await cache.call(SID, request)


async def test_other_problems_pass_through(cache: TokenCache) -> None:
    async def request(_: str) -> None:
        raise ServiceProblem(409, "price_changed", "", {})

    with pytest.raises(ServiceProblem, match="price_changed"):
        await cache.call(SID, request)


async def test_after_a_logout_no_tab_gets_a_token_even_if_the_user_service_is_down(
    cache: TokenCache, fake: Services
) -> None:
    await cache.get(SID)
    fake.answers["POST", "/api/auth/logout"] = httpx.ConnectError("down")
    cache.log_out(SID)
    with pytest.raises(SessionEnded):
        await cache.get(SID)


async def test_a_logout_reaches_the_user_service(cache: TokenCache, fake: Services) -> None:
    fake.answers["POST", "/api/auth/logout"] = httpx.Response(204)
    await cache.get(SID)
    cache.log_out(SID)
    await cache.settled(SID)
    assert len(fake.sent("POST", "/api/auth/logout")) == 1


async def test_a_fetch_under_way_at_logout_leaves_no_token_behind(cache: TokenCache, fake: Services) -> None:
    fake.answers["POST", "/api/auth/logout"] = httpx.Response(204)
    flight = asyncio.create_task(cache.get(SID))
    await asyncio.sleep(0)
    cache.log_out(SID)
    await flight
    with pytest.raises(SessionEnded):
        await cache.get(SID)
    await cache.settled(SID)


async def test_new_service_keys_are_followed(cache: TokenCache, fake: Services) -> None:
    refusals = iter([problem(401, "unauthenticated")])
    good = fake.answers["POST", TOKEN_PATH]
    fake.answers["POST", TOKEN_PATH] = lambda _: next(refusals, good)
    assert (await cache.get(SID)).value == f"access-{SID}"
    assert len(fake.sent("POST", "/internal/service-token")) == 2


async def test_a_service_that_is_down_is_no_ended_session(cache: TokenCache, fake: Services) -> None:
    fake.answers["POST", TOKEN_PATH] = httpx.Response(503)
    with pytest.raises(ServiceUnavailable):
        await cache.get(SID)
    fake.live_session(user())
    assert (await cache.get(SID)).user.name == "An"


async def test_a_guest_whose_session_is_over_does_not_keep_anybody_from_signing_in(
    cache: TokenCache, fake: Services
) -> None:
    def login(request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization") == "Bearer stale":
            return problem(401, "session_ended")
        return httpx.Response(200, json=session(user()))

    fake.answers["POST", "/api/auth/login"] = login
    opened = await cache._users.login("an@example.com", "password", "stale", "203.0.113.7")
    assert opened.user.name == "An"


async def test_wrong_credentials_are_tried_once(cache: TokenCache, fake: Services) -> None:
    fake.answers["POST", "/api/auth/login"] = problem(401, "invalid_credentials")
    with pytest.raises(ServiceProblem, match="invalid_credentials"):
        await cache._users.login("an@example.com", "password", "guest", "203.0.113.7")
    assert len(fake.sent("POST", "/api/auth/login")) == 1
    stated = fake.requests[-1].headers
    assert (stated["X-Client-Address"], stated["X-Service-Authorization"]) == ("203.0.113.7", "Bearer service")


async def test_a_session_is_asked_after_when_the_last_word_is_old(
    cache: TokenCache, fake: Services, clock: Clock
) -> None:
    await cache.confirmed(SID, 5)
    clock.now = 4
    await cache.confirmed(SID, 5)
    assert len(fake.sent("POST", TOKEN_PATH)) == 1
    clock.now = 5
    fake.answers["POST", TOKEN_PATH] = problem(404, "not_found")
    with pytest.raises(SessionEnded):
        await cache.confirmed(SID, 5)
    with pytest.raises(SessionEnded):
        await cache.get(SID)


async def test_while_nobody_can_be_asked_the_last_word_counts_as_long_as_its_token(
    cache: TokenCache, fake: Services, clock: Clock
) -> None:
    known = await cache.confirmed(SID, 5)
    fake.answers["POST", TOKEN_PATH] = httpx.ConnectError("down")
    clock.now = 100
    assert await cache.confirmed(SID, 5) == known
    clock.now = 900
    with pytest.raises(ServiceUnavailable):
        await cache.confirmed(SID, 5)
