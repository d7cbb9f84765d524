"""The walls between the services' schemas, tried for real, and the fixtures that other tests stand on."""

from itertools import permutations

import psycopg
import pytest
from psycopg import errors, sql

from launcher.services import SCHEMAS
from tests.support.cluster import Databases

NAMES = SCHEMAS
STRANGERS = [(role, schema) for role in NAMES for schema in [*NAMES, "public"] if role != schema]
INTRUSIONS = (
    "select * from {}.wall_probe",
    "insert into {}.wall_probe values (1)",
    "update {}.wall_probe set id = 2",
    "delete from {}.wall_probe",
    "drop table {}.wall_probe",
    "create table {}.intruder (id int)",
    "grant all on {}.wall_probe to public",
)


@pytest.fixture
def furnished(databases: Databases) -> Databases:
    """Give a database in which each service keeps a table."""
    for name in NAMES:
        with psycopg.connect(databases.url(name)) as connection:
            connection.execute(sql.SQL("create table {}.wall_probe (id int)").format(sql.Identifier(name)))
    with psycopg.connect(databases.superuser) as connection:
        connection.execute("create table public.wall_probe (id int)")
    return databases


@pytest.mark.parametrize(("role", "schema"), STRANGERS)
def test_a_role_can_touch_no_schema_but_its_own(furnished: Databases, role: str, schema: str) -> None:
    with psycopg.connect(furnished.url(role), autocommit=True) as connection:
        for statement in INTRUSIONS:
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(sql.SQL(statement).format(sql.Identifier(schema)))


@pytest.mark.parametrize("role", NAMES)
def test_a_role_is_let_into_no_other_database(databases: Databases, role: str) -> None:
    for database in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(databases.cluster.url(database, role, "test"))


@pytest.mark.parametrize(("role", "other"), [*permutations(NAMES, 2), *((name, "postgres") for name in NAMES)])
def test_a_role_cannot_become_another(databases: Databases, role: str, other: str) -> None:
    with psycopg.connect(databases.url(role)) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(other)))


def test_search_works_for_every_role(databases: Databases) -> None:
    for role in NAMES:
        with psycopg.connect(databases.url(role)) as connection:
            row = connection.execute(
                "select public.unaccent('đậu đỏ'), public.similarity('mousse', 'mouse')"
            ).fetchone()
        assert row is not None
        assert row[0] == "dau do"
        assert row[1] > 0.5


def test_each_test_has_a_database_of_its_own(databases: Databases) -> None:
    with psycopg.connect(databases.superuser) as connection:
        assert connection.execute("select to_regclass('backend.wall_probe')").fetchone() == (None,)
