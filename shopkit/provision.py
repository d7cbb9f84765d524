"""The database's inside: one role and one schema for each service, and walls between them. Safe to repeat.

`python -m shopkit.provision backend order_service user_service` reads from the environment:

    ADMIN_DATABASE_URL            postgresql://master:password@host:5432/postgres
    ADMIN_DATABASE_SECRET_ARN     instead of a password in it: a Secrets Manager secret with "username" and "password"
    BACKEND_DB_PASSWORD           of the service's role; for every service named
    BACKEND_DB_SECRET_ARN         instead of it: a secret that is the password, or JSON with "password"

The master needs CREATEDB and CREATEROLE and no more: no RDS master is a superuser.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from shopkit.settings import EX_CONFIG, INSECURE_PREFIX, MIN_SECRET_LENGTH, Environment

DATABASE = "sweetdream"
EXTENSIONS = ("unaccent", "pg_trgm")


def provision(server_url: str, passwords: Mapping[str, str], database: str = DATABASE) -> None:
    """Make the database, the extensions, and for each service in `passwords` its role and schema.

    `server_url` is any database of the server for a role that may create databases and roles.
    """
    provision_empty(server_url, passwords, database)
    with psycopg.connect(server_url, autocommit=True) as server:
        _close_other_databases(server)
        grant_database(server, database, passwords)
    with psycopg.connect(make_conninfo(server_url, dbname=database), autocommit=True) as inside:
        for extension in EXTENSIONS:
            inside.execute(
                sql.SQL("create extension if not exists {} with schema public").format(sql.Identifier(extension))
            )
        inside.execute("revoke create on schema public from public")
        for role in passwords:
            name = sql.Identifier(role)
            inside.execute(sql.SQL("create schema if not exists {0} authorization {0}").format(name))
            inside.execute(sql.SQL("revoke all on schema {} from public").format(name))


def provision_empty(server_url: str, passwords: Mapping[str, str], database: str = DATABASE) -> None:
    """Make the roles, and the database with nothing in it, as a dump wants it."""
    with psycopg.connect(server_url, autocommit=True) as server:
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


def _close_other_databases(server: psycopg.Connection) -> None:
    """Keep the services out of the server's own databases, where those are ours: RDS owns its template."""
    ours = server.execute(
        "select datname from pg_database where datname in ('postgres', 'template1') and pg_has_role(datdba, 'usage')"
    )
    for (name,) in ours.fetchall():
        server.execute(sql.SQL("revoke connect on database {} from public").format(sql.Identifier(name)))


def _ensure_role(server: psycopg.Connection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    found = server.execute(
        "select rolsuper, rolcreatedb or rolcreaterole from pg_roles where rolname = %s", (role,)
    ).fetchone()
    if found is None:
        server.execute(sql.SQL("create role {}").format(name))
        found = (False, False)
    is_superuser, may_create = found
    # Only what must be taken away is named: a master that is no superuser may not even say "nosuperuser".
    less = [*(["nosuperuser"] if is_superuser else []), *(["nocreatedb", "nocreaterole"] if may_create else [])]
    # Hashed here, so that no log of statements shows the password.
    hashed = server.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    options = sql.SQL(" ".join(["login", "noinherit", *less]))
    server.execute(sql.SQL("alter role {} {} password {}").format(name, options, sql.Literal(hashed)))
    if server.execute("select 1 from pg_roles where rolname = current_user and rolsuper").fetchone() is None:
        # Who is no superuser makes a schema for a role only as its member.
        server.execute(sql.SQL("grant {} to current_user with set true").format(name))


class Misconfigured(Exception):
    """Something in the environment is missing or unfit; the message says what."""


def read_passwords(roles: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the password of each role.

    Raises:
        Misconfigured: one is missing, or outside development one that shipped with the code or is short.
    """
    passwords: dict[str, str] = {}
    for role in roles:
        name = f"{role.upper()}_DB_PASSWORD"
        arn = environment.get(f"{role.upper()}_DB_SECRET_ARN")
        password = _secret(arn).get("password", "") if arn else environment.get(name, "")
        if not password:
            raise Misconfigured(f"{name} is not set, and no secret is named by {role.upper()}_DB_SECRET_ARN")
        is_weak = password.startswith(INSECURE_PREFIX) or len(password) < MIN_SECRET_LENGTH
        if is_weak and environment.get("ENVIRONMENT", Environment.DEVELOPMENT) != Environment.DEVELOPMENT:
            raise Misconfigured(
                f"{name} must be a secret of your own (at least {MIN_SECRET_LENGTH} characters) outside development"
            )
        passwords[role] = password
    return passwords


def read_server_url(environment: Mapping[str, str]) -> str:
    """Return the master's connection string.

    Raises:
        Misconfigured: it is not set.
    """
    url = environment.get("ADMIN_DATABASE_URL", "")
    if not url:
        raise Misconfigured("ADMIN_DATABASE_URL is not set")
    arn = environment.get("ADMIN_DATABASE_SECRET_ARN")
    if not arn:
        return url
    secret = _secret(arn)
    return make_conninfo(url, user=secret.get("username"), password=secret.get("password"))


def _secret(arn: str) -> dict[str, Any]:
    """Return a secret of AWS Secrets Manager; one that is no JSON object is a password."""
    # Only the backend's lock has it, and only its image provisions.
    import boto3  # noqa: PLC0415

    text: str = boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    try:
        secret = json.loads(text)
    except json.JSONDecodeError:
        return {"password": text}
    return secret if isinstance(secret, dict) else {"password": text}


def main() -> None:
    """Provision the database that the environment names for the services on the command line."""
    roles = sys.argv[1:]
    if not roles:
        sys.exit("usage: python -m shopkit.provision SERVICE...")
    try:
        url, passwords = read_server_url(os.environ), read_passwords(roles, os.environ)
    except Misconfigured as error:
        sys.stderr.write(f"configuration: {error}\n")
        raise SystemExit(EX_CONFIG) from None
    provision(url, passwords)


if __name__ == "__main__":
    main()
