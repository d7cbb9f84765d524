"""Container definitions. ECS takes them as JSON in its own spelling, which only the rules over the plan check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from infra.services import STOREFRONT, Service

WRITABLE_MB = 64
HEALTH = (
    "import urllib.request as u; u.urlopen('http://127.0.0.1:{port}/health', timeout=2)"  # as the images' HEALTHCHECK
)


@dataclass(frozen=True)
class Container:
    """One container of a task. `secrets` holds references, not values."""

    service: Service
    name: str
    image: pulumi.Input[str]
    environment: Mapping[str, pulumi.Input[str]]
    secrets: Mapping[str, pulumi.Input[str]]
    log_group: pulumi.Input[str]
    region: str
    command: Sequence[str] = ()
    stop_seconds: int = 30
    serves: bool = True

    def definition(self) -> dict[str, Any]:
        """Return it as ECS spells it."""
        told: dict[str, Any] = {
            "name": self.name,
            "image": self.image,
            "essential": True,
            "environment": [{"name": key, "value": value} for key, value in sorted(self.environment.items())],
            "secrets": [{"name": key, "valueFrom": reference} for key, reference in self.secrets.items()],
            "readonlyRootFilesystem": True,
            "linuxParameters": {
                "initProcessEnabled": True,
                "capabilities": {"drop": ["ALL"]},
                "tmpfs": [_tmpfs(path) for path in self._writable()],
            },
            "stopTimeout": self.stop_seconds,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": self.log_group,
                    "awslogs-region": self.region,
                    "awslogs-stream-prefix": self.name,
                    "mode": "non-blocking",
                    "max-buffer-size": "25m",
                },
            },
        }
        if self.command:
            told["command"] = list(self.command)
        if self.serves:
            port = self.service.port
            told["portMappings"] = [
                {"name": self.service.slug, "containerPort": port, "protocol": "tcp", "appProtocol": "http"}
            ]
            told["healthCheck"] = {
                "command": ["CMD", "python", "-c", HEALTH.format(port=port)],
                "interval": 10,
                "timeout": 5,
                "retries": 3,
                "startPeriod": 60,
            }
        return told

    def _writable(self) -> tuple[str, ...]:
        return ("/tmp", "/app/.web/backend") if self.service is STOREFRONT else ("/tmp",)  # noqa: S108


def _tmpfs(path: str) -> dict[str, Any]:
    return {"containerPath": path, "size": WRITABLE_MB, "mountOptions": ["rw", "nosuid", "nodev", "mode=1777"]}
