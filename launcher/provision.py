"""The database's inside: one role and one schema for each service, and walls between them."""

from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql

from launcher import services
from launcher.postgres import Cluster

DATABASE = "sweetdream"
ANALYTICS = "analytics"
"""The schema and role of the live table of events. The backend serves it, and logs in there with this role."""
SCHEMAS = (*(service.name for service in services.API), ANALYTICS)
"""All schemas that have a role of the same name, and migrations."""
EXTENSIONS = ("unaccent", "pg_trgm")


def provision(cluster: Cluster, passwords: Mapping[str, str], database: str = DATABASE) -> None:
    """Make the database, the extensions, and for each service in `passwords` its role and schema. Safe to repeat."""
    provision_empty(cluster, passwords, database)
    with psycopg.connect(cluster.url(), autocommit=True) as server:
        server.execute("revoke connect on database postgres, template1 from public")
        grant_database(server, database, passwords)
    with psycopg.connect(cluster.url(database), autocommit=True) as inside:
        for extension in EXTENSIONS:
            inside.execute(
                sql.SQL("create extension if not exists {} with schema public").format(sql.Identifier(extension))
            )
        inside.execute("revoke create on schema public from public")
        for role in passwords:
            name = sql.Identifier(role)
            inside.execute(sql.SQL("create schema if not exists {0} authorization {0}").format(name))
            inside.execute(sql.SQL("revoke all on schema {} from public").format(name))


def provision_empty(cluster: Cluster, passwords: Mapping[str, str], database: str = DATABASE) -> None:
    """Make the roles, and the database with nothing in it, as a dump wants it."""
    with psycopg.connect(cluster.url(), autocommit=True) as server:
        if server.execute("select 1 from pg_database where datname = %s", (database,)).fetchone() is None:
            server.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
        for role, password in passwords.items():
            _ensure_role(server, role, password)


def grant_database(server: psycopg.Connection, database: str, roles: Iterable[str]) -> None:
    """Let `roles` and nobody else into `database`. A copy of a database does not inherit this from its template."""
    target = sql.Identifier(database)
    server.execute(sql.SQL("revoke all on database {} from public").format(target))
    names = sql.SQL(", ").join(map(sql.Identifier, roles))
    server.execute(sql.SQL("grant connect, temporary on database {} to {}").format(target, names))


def _ensure_role(server: psycopg.Connection, role: str, password: str) -> None:
    exists = server.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone()
    verb = sql.SQL("alter" if exists else "create")
    server.execute(
        sql.SQL("{} role {} login nosuperuser nocreatedb nocreaterole noinherit password {}").format(
            verb, sql.Identifier(role), sql.Literal(password)
        )
    )
