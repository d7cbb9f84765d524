"""Migrations of the services, each in its own process: the launcher imports no service."""

import sys
from collections.abc import Mapping

from launcher.processes import run_all


def migrate(database_urls: Mapping[str, str]) -> None:
    """Bring the schema of each service to its newest version, all at once.

    Raises:
        LauncherError: a migration failed; the message carries what it said.
    """
    run_all(
        {
            service: ([sys.executable, "-m", "shopkit.migrations", service], {"DATABASE_URL": url})
            for service, url in database_urls.items()
        },
        "The migrations",
    )
