"""The environment variables that PostgreSQL's clients, and psycopg, read besides what they are told."""

import os


def plain_environment() -> dict[str, str]:
    """Return this process's environment without libpq's variables, such as PGHOSTADDR and PGSERVICE.

    A person may have set them for servers of their own. Those that begin with `PG_` are ours.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("PG") or name.startswith("PG_")}


def forget_variables() -> None:
    """Take libpq's variables out of this process's environment, and so out of that of all it starts."""
    for name in os.environ.keys() - plain_environment().keys():
        del os.environ[name]
