"""Migrations: by any number of replicas at once, and never behind the models."""

import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from psycopg import sql

from launcher.paths import ROOT
from launcher.postgres import Cluster
from shopkit.migrations import config
from shopkit.provision import provision
from tests.support.cluster import PASSWORD, Databases

SERVICES = ("backend", "order_service", "user_service")


@pytest.fixture
def unmigrated(cluster: Cluster) -> Iterator[Databases]:
    """A database with the services' roles and empty schemas."""
    name = f"test_{uuid4().hex[:12]}"
    provision(cluster.url(), dict.fromkeys(SERVICES, PASSWORD), name)
    yield Databases(cluster, name)
    with psycopg.connect(cluster.url(), autocommit=True) as server:
        server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def migrate(service: str, url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "shopkit.migrations", service],
        cwd=ROOT,
        env={"DATABASE_URL": url, "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_four_replicas_migrate_at_once(unmigrated: Databases) -> None:
    running = [migrate("order_service", unmigrated.order_service) for _ in range(4)]
    said = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0, 0], said
    with psycopg.connect(unmigrated.superuser) as look:
        assert look.execute("select count(*) from order_service.alembic_version").fetchone() == (1,)
        assert look.execute("select count(*) from order_service.orders").fetchone() == (0,)
        locks = "select count(*) from pg_locks where locktype = 'advisory' and database = "
        assert look.execute(locks + "(select oid from pg_database where datname = current_database())").fetchone() == (
            0,
        )


@pytest.mark.parametrize("service", SERVICES)
def test_the_tables_are_as_the_models_say(databases: Databases, service: str) -> None:
    command.check(config(service, databases.url(service)))


@pytest.mark.parametrize("service", SERVICES)
def test_migrating_once_more_changes_nothing(databases: Databases, service: str) -> None:
    process = migrate(service, databases.url(service))
    assert (process.communicate(timeout=60)[0], process.returncode) == ("", 0)


def test_a_service_is_told_how_to_migrate() -> None:
    usage = subprocess.run(
        [sys.executable, "-m", "shopkit.migrations"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (usage.returncode, usage.stderr) == (1, "usage: python -m shopkit.migrations SERVICE\n")
    process = migrate("backend", "")
    assert process.communicate(timeout=60)[0] == "configuration: DATABASE_URL: Field required\n"
    assert process.returncode == 78


@pytest.mark.parametrize(
    ("service", "before", "busy"),
    [
        ("backend", "0006", ("size", "product", "hold", "hold_line", "cart_line", "cart_removal")),
        ("order_service", "0007", ("outbox", "attempts", "orders", "order_request")),
        ("user_service", "0005", ("outbox", "attempts", "sessions", "refresh_tokens")),
    ],
)
def test_storage_is_set_while_the_shop_reads_and_writes(
    unmigrated: Databases, service: str, before: str, busy: tuple[str, ...]
) -> None:
    url = unmigrated.url(service)
    command.upgrade(config(service, url), before)
    with psycopg.connect(url) as writer, psycopg.connect(url) as reader:
        for table in busy:
            reader.execute(sql.SQL("select * from {}").format(sql.Identifier(service, table)))
            writer.execute(sql.SQL("lock table {} in row exclusive mode").format(sql.Identifier(service, table)))
        command.upgrade(config(service, url), "head")  # gives up after five seconds of waiting for a table
        query = "select count(*) from pg_class where relnamespace = %s::regnamespace and relname = any(%s) "
        found = reader.execute(f"{query} and reloptions is not null", (service, list(busy))).fetchone()
        assert found == (len(busy),)
