"""Provisioning: as often as one likes, by a master that is no superuser, with walls between the services."""

import os
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from launcher import migrate
from launcher.paths import ROOT
from launcher.postgres import THROWAWAY, Cluster
from shopkit.provision import DATABASE, provision
from tests.support.cluster import scratch_folder

SERVICES = ("backend", "order_service", "user_service")
MASTER, MASTER_PASSWORD = "master", "master-password"


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[Cluster]:
    """A PostgreSQL of these tests' own: roles are the whole server's."""
    with scratch_folder() as folder:
        cluster = Cluster(folder / "postgres", settings=THROWAWAY)
        cluster.start()
        with psycopg.connect(cluster.url(), autocommit=True) as server:
            server.execute(
                sql.SQL("create role {} login createdb createrole password {}").format(
                    sql.Identifier(MASTER), sql.Literal(MASTER_PASSWORD)
                )
            )
        yield cluster


@pytest.fixture
def server(own_cluster: Cluster) -> Iterator[Cluster]:
    """The same, without what an earlier test provisioned."""
    yield own_cluster
    with psycopg.connect(own_cluster.url(), autocommit=True) as connection:
        connection.execute(f"drop database if exists {DATABASE} with (force)")
        for role in SERVICES:
            connection.execute(f"drop role if exists {role}")


def passwords() -> dict[str, str]:
    return {role: f"{role}-{uuid4()}" for role in SERVICES}


def run(cluster: Cluster, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "shopkit.provision", *SERVICES],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def command_line_environment(cluster: Cluster, secrets: dict[str, str]) -> dict[str, str]:
    told = {f"{role.upper()}_DB_PASSWORD": secret for role, secret in secrets.items()}
    return {"ADMIN_DATABASE_URL": cluster.url("postgres", MASTER, MASTER_PASSWORD), **told}


def test_a_master_without_superuser_provisions_and_all_migrations_run(server: Cluster) -> None:
    first, second = passwords(), passwords()
    for secrets in (first, second):  # a deployment does it each time
        done = run(server, command_line_environment(server, secrets))
        assert (done.returncode, done.stderr) == (0, "")
        migrate.migrate({role: server.url(DATABASE, role, secrets[role]) for role in SERVICES})
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url(DATABASE, "backend", first["backend"]))


def test_a_service_reaches_no_other_schema_and_no_other_database(server: Cluster) -> None:
    secrets = passwords()
    provision(server.url("postgres", MASTER, MASTER_PASSWORD), secrets)
    migrate.migrate({role: server.url(DATABASE, role, secrets[role]) for role in SERVICES})
    with psycopg.connect(server.url(DATABASE, "backend", secrets["backend"]), autocommit=True) as backend:
        assert backend.execute("select count(*) from backend.product").fetchone() == (0,)
        for refused in (
            "select * from user_service.account",
            "create table public.mine ()",
            "create table order_service.mine ()",
            "set role user_service",
            "create role mine",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                backend.execute(refused)
    with psycopg.connect(server.url(DATABASE)) as look:
        mine = "select count(*) from pg_class where relname = 'mine'"
        assert look.execute(mine).fetchone() == (0,)
    provision(server.url(), secrets)  # a superuser closes its own databases too
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(server.url("postgres", "backend", secrets["backend"]))


def test_rights_that_a_role_should_not_have_are_taken_away(server: Cluster) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("create role backend superuser createdb createrole")
        provision(server.url(), passwords())
        rights = "select rolsuper, rolcreatedb, rolcreaterole, rolinherit, rolcanlogin from pg_roles where rolname = %s"
        assert connection.execute(rights, ("backend",)).fetchone() == (False, False, False, False, True)


def test_a_password_is_never_in_a_statement(server: Cluster) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("alter system set log_statement = 'all'")
        connection.execute("select pg_reload_conf()")
        secrets = passwords()
        provision(server.url(), secrets)
        connection.execute("alter system reset log_statement")
    logged = server.log.read_text()
    assert "alter role" in logged
    assert not [secret for secret in secrets.values() if secret in logged]


@pytest.mark.parametrize("weak", ["insecure-password-of-the-backend", "short"])
def test_outside_development_a_weak_password_stops_it_before_anything_is_made(server: Cluster, weak: str) -> None:
    told = {**command_line_environment(server, passwords()), "BACKEND_DB_PASSWORD": weak, "ENVIRONMENT": "production"}
    done = run(server, told)
    assert done.returncode == 78
    assert done.stderr == (
        "configuration: BACKEND_DB_PASSWORD must be a secret of your own (at least 16 characters) outside development\n"
    )
    with psycopg.connect(server.url()) as look:
        made = "select count(*) from pg_roles where rolname = any(%s)"
        assert look.execute(made, (list(SERVICES),)).fetchone() == (0,)


@pytest.mark.parametrize("missing", ["ADMIN_DATABASE_URL", "USER_SERVICE_DB_PASSWORD"])
def test_what_is_missing_is_named(server: Cluster, missing: str) -> None:
    told = command_line_environment(server, passwords())
    del told[missing]
    done = run(server, told)
    assert done.returncode == 78
    assert done.stderr.startswith(f"configuration: {missing} is not set")
