"""The start of the service: the signing key, the first admin, several instances, migrations, housekeeping."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import psycopg
import pytest
from alembic import command
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shopkit import migrations
from shopkit.clock import FixedClock
from tests.integration.user_service.conftest import ADMIN, Api, Start
from tests.support.cluster import Databases
from user_service import housekeeping

pytestmark = pytest.mark.anyio

PEM = (
    Ed25519PrivateKey.generate()
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)


async def test_a_fresh_shop_has_one_admin_however_many_instances_start_it(start: Start) -> None:
    async with AsyncExitStack() as stack:
        instances = await asyncio.gather(*(stack.enter_async_context(start()) for _ in range(4)))
        api: Api = instances[0]
        assert api.rows("select id, email, name, role from users") == [(1, ADMIN["email"], "Admin", "ADMIN")]
        assert api.rows("select count(*) from signing_keys") == [(1,)]
        keys = [await instance.ok("GET", "/.well-known/jwks.json") for instance in instances]
        assert all(document == keys[0] for document in keys)


async def test_it_waits_for_a_database_that_is_still_starting(start: Start, databases: Databases) -> None:
    def take_connections(wanted: bool) -> None:
        with psycopg.connect(databases.cluster.url(), autocommit=True) as server:
            server.execute(f"alter database {databases.name} allow_connections {wanted}")

    take_connections(False)
    try:
        async with start() as api:
            assert (await api.call("GET", "/livez")).status_code == 200
            unready = await api.call("GET", "/readyz")
            assert (unready.status_code, unready.json()) == (503, {"status": "starting", "database": "unreachable"})
            unhealthy = await api.call("GET", "/health")
            assert (unhealthy.status_code, unhealthy.json()["status"]) == (503, "starting")
            await api.refused(503, "unavailable", "GET", "/.well-known/jwks.json")
            await api.refused(503, "unavailable", "POST", "/api/auth/login", ADMIN)
            take_connections(True)
            async with asyncio.timeout(20):
                while (await api.call("GET", "/readyz")).status_code != 200:
                    await asyncio.sleep(0.05)
            await api.ok("GET", "/health")
            await api.admin()
            assert api.rows("select id, email from users") == [(1, ADMIN["email"])]
    finally:
        take_connections(True)


async def test_what_is_wrong_for_good_stops_the_start(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr("user_service.app.ensure_admin", broken)
    with pytest.raises(ValueError, match="broken"):
        async with start():
            pass


async def test_sessions_outlive_a_restart(start: Start) -> None:
    async with start() as api:
        token = await api.admin()
    async with start() as api:
        await api.ok("POST", "/api/auth/verify", token=token)
        assert api.rows("select count(*) from users") == [(1,)]


async def test_an_instance_that_starts_later_knows_which_sessions_ended(start: Start) -> None:
    async with start() as api:
        session = await api.register()
        await api.ok("POST", "/api/auth/logout", token=session["accessToken"])
    async with start() as api:
        async with asyncio.timeout(5):
            while session["sessionId"] not in api.app.state.verifier.ended:
                await asyncio.sleep(0.01)
        await api.refused(401, "session_ended", "GET", "/api/customers/2", token=session["accessToken"])


async def test_the_admins_password_is_not_set_back_by_a_restart(start: Start) -> None:
    async with start() as api:
        body = {"currentPassword": ADMIN["password"], "newPassword": "a better password"}
        await api.ok("PATCH", "/api/customers/1", body, await api.admin())
    async with start() as api:
        await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", ADMIN)
        await api.login(ADMIN["email"], "a better password")


async def test_in_production_key_and_admin_come_from_the_settings(start: Start) -> None:
    options = {
        "environment": "production",
        "trusted_proxy_hops": 1,
        "signing_key": PEM.replace("\n", "\\n"),
        "service_secret": "a secret of our own",
        "admin_email": "Boss@Example.com",
        "admin_password": "a long enough password",
    }
    async with start(**options) as api:
        assert api.rows("select * from signing_keys") == []
        session = await api.login("boss@example.com", "a long enough password")
        assert (session["user"]["id"], session["user"]["role"]) == (1, "ADMIN")


async def test_the_keys_may_be_cached_and_answers_about_people_not(api: Api) -> None:
    assert (await api.call("GET", "/.well-known/jwks.json")).headers["cache-control"] == "public, max-age=300"
    admin = await api.admin()
    assert (await api.call("GET", "/api/customers", token=admin)).headers["cache-control"] == "no-store"


def test_the_migrations_make_what_the_models_say(databases: Databases) -> None:
    command.check(migrations.config("user_service", databases.user_service))


def test_the_migrations_can_be_taken_back(databases: Databases) -> None:
    config = migrations.config("user_service", databases.user_service)
    command.downgrade(config, "base")
    with psycopg.connect(databases.superuser) as connection:
        left = connection.execute(
            "select relname from pg_class where relnamespace = 'user_service'::regnamespace and relkind = 'r'"
        ).fetchall()
        functions = connection.execute("select proname from pg_proc where pronamespace = 'user_service'::regnamespace")
        assert (left, functions.fetchall()) == ([("alembic_version",)], [])
    command.upgrade(config, "head")


async def test_housekeeping_removes_what_is_long_over_in_small_steps(
    api: Api, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopkit.housekeeping.BATCH", 1)
    monkeypatch.setattr("shopkit.housekeeping.BETWEEN_STEPS_S", 0)
    old = await api.register("old@example.com")
    for _ in range(2):
        await api.ok("POST", "/api/auth/logout", {"refreshToken": old["refreshToken"]})
        clock.advance(timedelta(minutes=1))
        old = await api.login("old@example.com")
    await api.ok("POST", "/api/auth/logout", {"refreshToken": old["refreshToken"]})
    nobody = {"email": "nobody@example.com", "password": "wrong"}
    await api.refused(401, "invalid_credentials", "POST", "/api/auth/login", nobody)
    api.write("update devices set last_used_at = last_used_at - interval '181 days'")
    clock.advance(timedelta(days=8))
    api.pass_time(8 * 86_400)
    live = await api.register("live@example.com")

    gone = {"attempts": 3, "refresh_tokens": 3, "sessions": 2, "devices": 3, "guests": 0}
    assert await api.app.state.housekeeping.tidy() == gone
    assert [key.split(":")[0] for (key,) in api.rows("select key from attempts")] == ["register"]

    assert api.rows("select session_id::text from refresh_tokens") == [(live["sessionId"],)]
    assert api.rows("select count(*) from sessions") == [(2,)]
    assert await api.app.state.housekeeping.tidy() == dict.fromkeys(gone, 0)


async def test_guests_are_forgotten_some_days_after_their_sessions(
    api: Api, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "GUESTS_AT_ONCE", 2)
    monkeypatch.setattr(housekeeping, "BETWEEN_STEPS_S", 0)
    service = api.app.state.service
    away, back, out, becomes = [await api.guest() for _ in range(4)]
    lan = await api.register(token=becomes["accessToken"])
    await api.ok("POST", "/api/auth/logout", token=out["accessToken"])
    clock.advance(timedelta(days=20))
    back = await api.ok("POST", "/api/auth/refresh", {"refreshToken": back["refreshToken"]})
    assert await housekeeping.forget_all_guests(service.database, clock) == 1
    assert api.rows("select count(*) from users where id = %s", out["user"]["id"]) == [(0,)]

    clock.advance(
        timedelta(days=10 + 7, seconds=1)
    )  # `away` was last seen 37 days ago, and its session ended by itself
    before = api.everything()
    assert await housekeeping.forget_all_guests(service.database, clock) == 1
    people, sessions, tokens, _, audit = api.everything()
    assert audit == before[4]
    gone = away["user"]["id"]
    assert people == [row for row in before[0] if row[0] != gone]
    assert [row[0] for row in people] == [1, back["user"]["id"], lan["user"]["id"]]
    assert sessions == [row for row in before[1] if row[1] != gone]
    assert len(tokens) == len(before[2]) - 1
    await api.ok("POST", "/api/auth/refresh", {"refreshToken": back["refreshToken"]})
    assert await housekeeping.forget_all_guests(service.database, clock) == 0
