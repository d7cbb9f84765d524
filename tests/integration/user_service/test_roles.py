"""Roles: given by staff, by id or e-mail, and never taken from the last admin."""

import asyncio

import psycopg
import pytest

from tests.integration.user_service.conftest import ADMIN, Api

pytestmark = pytest.mark.anyio

PATHS = ("/api/customers/2/role", "/api/customers/email/LAN%40example.com/role")


@pytest.mark.parametrize("path", PATHS)
async def test_a_new_role_ends_the_persons_sessions(api: Api, path: str) -> None:
    first, second = await api.register(), await api.login()

    changed = await api.ok("PATCH", path, {"role": "ADMIN"}, await api.admin())

    assert changed == {**second["user"], "role": "ADMIN"}
    for session in (first, second):
        await api.refused(401, "session_ended", "POST", "/api/auth/verify", token=session["accessToken"])
        await api.refused(401, "session_ended", "POST", "/api/auth/refresh", {"refreshToken": session["refreshToken"]})
    assert api.rows("select distinct ended_reason from sessions where user_id = 2") == [("ROLE_CHANGED",)]
    await api.ok("GET", "/api/customers", token=(await api.login())["accessToken"])


async def test_the_same_role_again_changes_nothing(api: Api) -> None:
    session = await api.register()
    admin = await api.admin()
    before = api.everything()
    await api.ok("PATCH", "/api/customers/2/role", {"role": "CUSTOMER"}, admin)
    assert api.everything() == before
    await api.ok("POST", "/api/auth/verify", token=session["accessToken"])


async def test_only_staff_give_roles(api: Api) -> None:
    session, guest = await api.register(), await api.guest()
    service = await api.service("backend")
    before = api.everything()
    for path in PATHS:
        await api.refused(401, "unauthenticated", "PATCH", path, {"role": "ADMIN"})
        await api.refused(403, "forbidden", "PATCH", path, {"role": "ADMIN"}, session["accessToken"])
        await api.refused(403, "forbidden", "PATCH", path, {"role": "ADMIN"}, guest["accessToken"])
        await api.refused(401, "invalid_token", "PATCH", path, {"role": "ADMIN"}, service)
    assert api.everything() == before


async def test_a_role_that_cannot_be_given_is_refused(api: Api) -> None:
    await api.register()
    admin = await api.admin()
    before = api.everything()
    for body in ({"role": "GUEST"}, {"role": "BOSS"}, {"role": None}, {}, {"role": "ADMIN", "x": 1}):
        for path in PATHS:
            await api.refused(422, "validation_error", "PATCH", path, body, admin)
    assert api.everything() == before


async def test_nobody_there_is_not_found(api: Api) -> None:
    admin = await api.admin()
    for path in ("/api/customers/999/role", "/api/customers/email/nobody%40example.com/role"):
        await api.refused(404, "not_found", "PATCH", path, {"role": "ADMIN"}, admin)
    await api.refused(422, "validation_error", "PATCH", "/api/customers/email/nonsense/role", {"role": "ADMIN"}, admin)


async def test_a_guest_gets_no_role(api: Api) -> None:
    await api.guest()
    admin = await api.admin()
    before = api.everything()
    await api.refused(409, "guest_account", "PATCH", "/api/customers/2/role", {"role": "ADMIN"}, admin)
    assert api.everything() == before


async def test_the_last_admin_stays(api: Api) -> None:
    admin = await api.admin()
    before = api.everything()
    for path in ("/api/customers/1/role", "/api/customers/email/admin%40sweetdream.com/role"):
        await api.refused(409, "last_admin", "PATCH", path, {"role": "CUSTOMER"}, admin)
    assert api.everything() == before
    await api.ok("POST", "/api/auth/verify", token=admin)


async def test_nobody_takes_their_own_role_away(api: Api) -> None:
    await api.register()
    admin = await api.admin()
    await api.ok("PATCH", "/api/customers/2/role", {"role": "ADMIN"}, admin)
    before = api.everything()

    for path in ("/api/customers/1/role", "/api/customers/email/admin%40sweetdream.com/role"):
        await api.refused(409, "own_role", "PATCH", path, {"role": "CUSTOMER"}, admin)
        assert (await api.ok("PATCH", path, {"role": "ADMIN"}, admin))["role"] == "ADMIN"

    assert api.everything() == before
    await api.ok("POST", "/api/auth/verify", token=admin)


async def test_two_admins_who_demote_each_other_leave_one(api: Api) -> None:
    await api.register()
    one = await api.admin()
    await api.ok("PATCH", "/api/customers/2/role", {"role": "ADMIN"}, one)
    two = (await api.login())["accessToken"]

    with psycopg.connect(api.databases.superuser) as holding:
        # Both calls are held up at their first lock, so that they are sure to meet.
        holding.execute("select from user_service.users for update")
        calls = asyncio.gather(
            api.call("PATCH", "/api/customers/2/role", {"role": "CUSTOMER"}, one),
            api.call("PATCH", "/api/customers/1/role", {"role": "CUSTOMER"}, two),
        )
        async with asyncio.timeout(5):
            while api.rows("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") != [(2,)]:
                await asyncio.sleep(0.01)
        holding.rollback()
        answers = await calls

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [answer.json()["code"] for answer in answers if answer.status_code == 409] == ["last_admin"]
    assert api.rows("select count(*) from users where role = 'ADMIN'") == [(1,)]


async def test_an_admin_who_was_demoted_a_moment_ago_gives_no_roles(api: Api) -> None:
    await api.register("a@example.com")
    await api.register("b@example.com")
    one = await api.admin()
    await api.ok("PATCH", "/api/customers/2/role", {"role": "ADMIN"}, one)
    api.write("update users set role = 'CUSTOMER' where id = 1")  # the token does not know it yet
    before = api.everything()

    await api.refused(401, "session_ended", "PATCH", "/api/customers/3/role", {"role": "ADMIN"}, one)

    assert api.everything() == before


async def test_a_login_during_a_role_change_never_keeps_the_old_role(api: Api) -> None:
    await api.register()
    admin = await api.admin()
    for role in ("ADMIN", "CUSTOMER", "ADMIN", "CUSTOMER"):
        sessions, _ = await asyncio.gather(
            asyncio.gather(*(api.login() for _ in range(4))),
            api.ok("PATCH", "/api/customers/2/role", {"role": role}, admin),
        )
        for session in sessions:
            answer = await api.call("POST", "/api/auth/verify", token=session["accessToken"])
            assert answer.status_code == 401 or session["user"]["role"] == role


async def test_the_admins_password_can_be_changed(api: Api) -> None:
    body = {"currentPassword": ADMIN["password"], "newPassword": "a better password"}
    await api.ok("PATCH", "/api/customers/1", body, await api.admin())
    await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", ADMIN)
