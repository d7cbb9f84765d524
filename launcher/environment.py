"""What each process of the local shop is told through its environment."""

from pathlib import Path

from launcher import services
from launcher.credentials import Credentials
from launcher.postgres import Cluster
from launcher.services import Service
from shopkit.provision import DATABASE


def database_url(schema: str, cluster: Cluster, credentials: Credentials, database: str = DATABASE) -> str:
    """Return the address at which a schema is reached by its own role."""
    return cluster.url(database, schema, credentials.role_passwords[schema])


def shared(folder: Path, credentials: Credentials) -> dict[str, str]:
    """Return what every process is told."""
    return {
        "ENVIRONMENT": "development",
        "PUBLIC_URL": services.STOREFRONT.url,
        "BACKEND_URL": services.BACKEND.url,
        "ORDER_SERVICE_URL": services.ORDER_SERVICE.url,
        "USER_SERVICE_URL": services.USER_SERVICE.url,
        "SERVICE_SECRET": credentials.service_secret,
        "SESSION_SECRET": credentials.session_secret,
        "MEDIA_FOLDER": str(folder / "media"),
    }


def of(service: Service, folder: Path, cluster: Cluster, credentials: Credentials) -> dict[str, str]:
    """Return what `service` is told."""
    environment = shared(folder, credentials)
    if service in services.API:
        environment["DATABASE_URL"] = database_url(service.name, cluster, credentials)
    if service is services.BACKEND:
        environment["ANALYTICS_DATABASE_URL"] = database_url(services.ANALYTICS, cluster, credentials)
    return environment
