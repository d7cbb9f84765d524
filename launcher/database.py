"""The shop's own database: the cluster in the data folder, provisioned and migrated."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, flock
from pathlib import Path
from typing import TextIO

from launcher import environment, ui
from launcher.credentials import Credentials
from launcher.errors import LauncherError
from launcher.folder import alone, claim
from launcher.migrate import migrate_if_needed
from launcher.postgres import Cluster
from launcher.record import Record
from launcher.replace import INCOMING, settle
from launcher.services import SCHEMAS
from shopkit.provision import provision

WAIT_S = 60.0
"""How long a command waits for the server of a shop that runs: it may just be starting again."""


def shop_cluster(folder: Path) -> Cluster:
    """Return the cluster that the data folder holds."""
    return Cluster(folder / "postgres")


def prepare(cluster: Cluster, credentials: Credentials) -> None:
    """Start the cluster; make sure of the database, the roles and the schemas."""
    cluster.start()
    provision(cluster.url(), credentials.role_passwords)


def migrate_all(cluster: Cluster, credentials: Credentials) -> None:
    """Bring every service's schema to its newest version."""
    urls = {schema: environment.database_url(schema, cluster, credentials) for schema in SCHEMAS}
    migrate_if_needed(cluster, urls)


@contextmanager
def in_use(folder: Path) -> Iterator[TextIO]:
    """Say that we use the folder's server until the block ends, so that no other command stops it."""
    with (folder / "use.lock").open("a") as lock:
        flock(lock, LOCK_SH)
        yield lock


@contextmanager
def unused(folder: Path) -> Iterator[Cluster]:
    """Give the folder's cluster, stopped, and let nobody start it until the block ends.

    Raises:
        LauncherError: the shop runs, or somebody looks into the database.
    """
    claim(folder)
    with alone(folder), (folder / "use.lock").open("a") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise LauncherError("Somebody uses the database just now.", "Leave ./dev psql first.") from None
        settle(folder)
        cluster = shop_cluster(folder)
        cluster.stop()
        yield cluster


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Give the cluster: the server of the shop that runs, or else one that is started, and stopped by its last user.

    Raises:
        LauncherError: it could not be started, or the running shop's does not answer.
    """
    claim(folder)
    if (folder / INCOMING).exists():
        with alone(folder):
            settle(folder)
    cluster = shop_cluster(folder)
    with in_use(folder) as lock:
        if Record(folder).launcher_pid() is not None:
            _wait_for(cluster)  # the launcher looks after it; a second server would only be in its way
        else:
            cluster.start()
        try:
            yield cluster
        finally:
            flock(lock, LOCK_UN)
            with suppress(BlockingIOError):
                flock(lock, LOCK_EX | LOCK_NB)
                cluster.stop()


def _wait_for(cluster: Cluster) -> None:
    if cluster.is_running():
        return
    deadline = time.monotonic() + WAIT_S
    with ui.step("Waiting for PostgreSQL, which the running shop is starting"):
        while not cluster.is_running():
            if time.monotonic() > deadline:
                raise LauncherError(
                    f"PostgreSQL of the running shop does not answer on port {cluster.port}.",
                    f"See what its terminal says, and the log: {cluster.log}",
                )
            time.sleep(0.2)
