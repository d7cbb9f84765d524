"""Limits on attempts, and whose attempts they are."""

import asyncio
from typing import Any

import pytest

from tests.integration.user_service.conftest import LAN, Api, Start

pytestmark = pytest.mark.anyio

RIGHT = {"email": LAN["email"], "password": LAN["password"]}
WRONG = {**RIGHT, "password": "wrong"}


async def stated(api: Api, address: str, service: str = "storefront") -> dict[str, str]:
    """Return the headers by which the storefront states a shopper's address."""
    return {"X-Client-Address": address, "X-Service-Authorization": f"Bearer {await api.service(service)}"}


async def test_an_address_is_kept_from_an_account_for_a_while_after_ten_failures(api: Api) -> None:
    await api.register()
    for _ in range(10):
        await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", WRONG)
    api.pass_time(300)
    before = api.everything()

    refusal = await api.refused(429, "rate_limited", "POST", "/api/auth/login", RIGHT)

    assert refusal.headers["retry-after"] == str(refusal.json()["retryAfter"])
    assert 540 <= refusal.json()["retryAfter"] <= 600
    assert api.everything() == before
    api.pass_time(600)
    await api.login()


async def test_twenty_guesses_at_once_get_ten_tries_on_all_instances_together(start: Start) -> None:
    async with start() as one, start() as other:
        await one.register()
        answers = await asyncio.gather(
            *(api.call("POST", "/api/auth/login", WRONG) for _ in range(10) for api in (one, other))
        )
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 10


async def test_an_unknown_account_is_limited_alike(api: Api) -> None:
    nobody = {**WRONG, "email": "nobody@example.com"}
    statuses = [(await api.call("POST", "/api/auth/login", nobody)).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


async def test_guesses_from_elsewhere_do_not_keep_the_owner_out(api: Api) -> None:
    await api.register()
    attacker = await stated(api, "203.0.113.66")
    for _ in range(10):
        await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", WRONG, headers=attacker)
    await api.refused(429, "rate_limited", "POST", "/api/auth/login", RIGHT, headers=attacker)
    await api.login()


async def test_guesses_from_everywhere_are_slowed_down_and_a_known_device_is_let_in(start: Start) -> None:
    async with start(login_failures_everywhere=12, login_failures_per_account=3) as api:
        device = (await api.register())["deviceToken"]
        for number in range(12):
            guesser = await stated(api, f"203.0.113.{number}")
            await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", WRONG, headers=guesser)
        fresh = await stated(api, "198.51.100.1")
        refusal = await api.refused(429, "rate_limited", "POST", "/api/auth/login", RIGHT, headers=fresh)
        assert 3_500 < refusal.json()["retryAfter"] <= 3_600
        before = api.everything()
        for unknown in ("somebody-elses", (await api.register("other@example.com"))["deviceToken"]):
            body = {**RIGHT, "deviceToken": unknown}
            await api.refused(429, "rate_limited", "POST", "/api/auth/login", body, headers=fresh)
        assert len(api.everything()[1]) == len(before[1]) + 1  # the other's registration, no login

        known = await api.ok("POST", "/api/auth/login", {**RIGHT, "deviceToken": device}, headers=fresh)
        assert known["deviceToken"] is None

        # A device that guesses is no better than others.
        for _ in range(3):
            body = {**WRONG, "deviceToken": device}
            await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", body, headers=fresh)
        await api.refused(429, "rate_limited", "POST", "/api/auth/login", {**RIGHT, "deviceToken": device})


async def test_a_login_does_not_forgive_the_guesses_of_others(start: Start) -> None:
    async with start(login_failures_everywhere=2) as api:
        await api.register()
        await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", WRONG)
        await api.login()
        await api.login()
        elsewhere = await stated(api, "203.0.113.7")
        await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", WRONG, headers=elsewhere)
        await api.refused(429, "rate_limited", "POST", "/api/auth/login", RIGHT, headers=elsewhere)


async def test_a_device_is_known_for_each_who_logged_in_on_it(start: Start) -> None:
    async with start(login_failures_everywhere=1) as api:
        first = await api.register()
        second = await api.register("other@example.com", deviceToken=first["deviceToken"])
        assert second["deviceToken"] is None
        invented = await api.register("third@example.com", deviceToken="chosen-by-somebody")
        assert invented["deviceToken"] not in (None, "chosen-by-somebody")
        assert api.rows("select count(distinct token_hash), count(*) from devices") == [(2, 3)]
        for email in (LAN["email"], "other@example.com"):
            for _ in range(3):
                body = {"email": email, "password": LAN["password"], "deviceToken": first["deviceToken"]}
                await api.ok("POST", "/api/auth/login", body)


async def test_wrong_current_passwords_are_limited_and_close_no_login(api: Api) -> None:
    session = await api.register()
    path, token = f"/api/customers/{session['user']['id']}", session["accessToken"]
    change = {"currentPassword": "wrong", "newPassword": "another horse"}
    for _ in range(10):
        await api.refused(403, "wrong_password", "PATCH", path, change, token)
    right = {**change, "currentPassword": LAN["password"]}
    await api.refused(429, "rate_limited", "PATCH", path, right, token)
    await api.login()


async def test_a_success_forgets_the_failures(api: Api) -> None:
    await api.register()
    for _ in range(3):
        for _ in range(9):
            await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", WRONG)
        await api.login()


async def test_an_address_that_tries_many_accounts_is_stopped(start: Start) -> None:
    async with start(login_failures_per_address=3) as api:
        await api.register()
        for number in range(3):
            body = {**WRONG, "email": f"n{number}@example.com"}
            await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", body)
        await api.refused(429, "rate_limited", "POST", "/api/auth/login", RIGHT)
        elsewhere = await stated(api, "203.0.113.7")
        await api.ok("POST", "/api/auth/login", RIGHT, headers=elsewhere)


async def test_successes_do_not_use_an_address_up(start: Start) -> None:
    async with start(login_failures_per_address=2) as api:
        await api.register()
        for _ in range(5):
            await api.login()


async def test_registrations_and_guests_are_limited_by_address(start: Start) -> None:
    async with start(registrations_per_address=2, guests_per_address=3) as api:
        for number in range(2):
            await api.register(f"n{number}@example.com")
        await api.refused(429, "rate_limited", "POST", "/api/auth/register", {**LAN, "email": "n3@example.com"})
        answers = await asyncio.gather(*(api.call("POST", "/api/auth/guest") for _ in range(9)))
        assert sorted(answer.status_code for answer in answers) == [201] * 3 + [429] * 6
        assert api.rows("select role, count(*) from users group by role order by role") == [
            ("ADMIN", 1),
            ("CUSTOMER", 2),
            ("GUEST", 3),
        ]
        api.pass_time(60)
        await api.guest()


@pytest.mark.parametrize(
    ("addresses", "together"),
    [
        (("203.0.113.7", "203.0.113.8"), False),
        (("203.0.113.7", "::ffff:203.0.113.7"), True),
        (("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), True),
        (("2001:db8:1:2::1", "2001:db8:1:3::1"), False),
    ],
)
async def test_what_counts_as_one_address(start: Start, addresses: tuple[str, str], together: bool) -> None:
    async with start(guests_per_address=1) as api:
        first, second = [
            await api.call("POST", "/api/auth/guest", headers=await stated(api, address)) for address in addresses
        ]
    assert (first.status_code, second.status_code) == (201, 429 if together else 201)


async def test_only_the_storefront_may_state_an_address(api: Api) -> None:
    customer = await api.register()
    bearer = f"Bearer {customer['accessToken']}"
    before = api.everything()
    cases: list[tuple[int, str, dict[str, Any]]] = [
        (401, "invalid_service_token", {"X-Client-Address": "203.0.113.7"}),
        (401, "invalid_service_token", {"X-Client-Address": "203.0.113.7", "X-Service-Authorization": "Bearer x"}),
        (401, "invalid_service_token", {"X-Client-Address": "203.0.113.7", "X-Service-Authorization": bearer}),
        (403, "forbidden", await stated(api, "203.0.113.7", "backend")),
        (422, "validation_error", await stated(api, "the moon")),
    ]
    for status, code, headers in cases:
        await api.refused(status, code, "POST", "/api/auth/guest", headers=headers)
    assert api.everything() == before


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        (0, ["203.0.113.1", "203.0.113.2"], [201, 429]),  # not believed: both come from one peer
        (1, ["9.9.9.9, 203.0.113.1", "8.8.8.8, 203.0.113.1"], [201, 429]),  # the first hop is the client's own word
        (1, ["9.9.9.9, 203.0.113.1", "9.9.9.9, 203.0.113.2"], [201, 201]),
        (2, ["203.0.113.1, 10.0.0.1", "203.0.113.2, 10.0.0.1"], [201, 201]),
        (1, ["nonsense", "nonsense"], [201, 429]),
    ],
)
async def test_a_forwarded_address_counts_behind_trusted_proxies_alone(
    start: Start, hops: int, forwarded: list[str], expected: list[int]
) -> None:
    async with start(guests_per_address=1, trusted_proxy_hops=hops) as api:
        answers = [
            (await api.call("POST", "/api/auth/guest", headers={"X-Forwarded-For": value})).status_code
            for value in forwarded
        ]
    assert answers == expected


async def test_what_is_counted_names_nobody(api: Api) -> None:
    await api.call("POST", "/api/auth/login", WRONG)
    keys = [key for (key,) in api.rows("select key from attempts")]
    assert sorted(key.split(":")[0] for key in keys) == ["login_account", "login_account_at_address", "login_address"]
    assert all(len(key.split(":")[1]) == 64 for key in keys)
