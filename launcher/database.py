"""The shop's own database: the cluster in the data folder, provisioned and migrated."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher import environment, services
from launcher.credentials import Credentials
from launcher.migrate import migrate_if_needed
from launcher.postgres import Cluster
from launcher.provision import provision


def shop_cluster(folder: Path) -> Cluster:
    """Return the cluster that the data folder holds."""
    return Cluster(folder / "postgres")


def prepare(cluster: Cluster, credentials: Credentials) -> None:
    """Start the cluster; make sure of the database, the roles and the schemas."""
    cluster.start()
    provision(cluster, credentials.role_passwords)


def migrate_all(cluster: Cluster, credentials: Credentials) -> None:
    """Bring every service's schema to its newest version."""
    urls = {service.name: environment.database_url(service, cluster, credentials) for service in services.API}
    migrate_if_needed(cluster, urls)


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Give the cluster, started if need be, and stopped again if it was."""
    cluster = shop_cluster(folder)
    started = cluster.start()
    try:
        yield cluster
    finally:
        if started:
            cluster.stop()
