"""Names of the alarms that a deployment looks at.

ECS is told the names and an alarm is told the service: with fixed names neither waits for the other.
"""

from infra.context import Context
from infra.services import Service

UNHEALTHY, ERRORS = "unhealthy", "5xx"


def alarm_name(context: Context, part: str, what: str) -> str:
    """Return the name of an alarm."""
    return context.name(f"{part}-{what}")


def deployment_alarms(context: Context, service: Service) -> list[str]:
    """Return the alarms that undo a deployment of a service."""
    return [alarm_name(context, service.slug, ERRORS)]
