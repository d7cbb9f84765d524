"""Migrations of the services, each in its own process: the launcher imports no service."""

import os
import subprocess
import sys
from collections.abc import Mapping

from launcher.errors import LauncherError
from launcher.paths import ROOT


def migrate(database_urls: Mapping[str, str]) -> None:
    """Bring the schema of each service to its newest version, all at once.

    Raises:
        LauncherError: a migration failed; the message carries what it said.
    """
    running = {
        service: subprocess.Popen(
            [sys.executable, "-m", "shopkit.migrations", service],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for service, url in database_urls.items()
    }
    said = {service: process.communicate()[0] for service, process in running.items()}
    for service, process in running.items():
        if process.returncode:
            raise LauncherError(f"The migrations of {service} failed.", said[service].strip())
