"""One secret for each service, and one for the role of the live table of events.

They are made empty: the preparing function fills them, and no state holds a value.
"""

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.services import ANALYTICS, BACKEND, SERVICES, STOREFRONT, USER_SERVICE, Service

SHARED = ("SERVICE_SECRET",)
OF_DATABASE = ("DATABASE_URL",)
OWNERS = (*(service.name for service in SERVICES), ANALYTICS)
"""Whom there is a secret for, by the name of the service or of the role."""


def keys_of(owner: str) -> tuple[str, ...]:
    """Return the keys of a secret. The preparing function gives each a value."""
    if owner == ANALYTICS:
        return OF_DATABASE
    service = next(one for one in SERVICES if one.name == owner)
    own: tuple[str, ...] = ()
    if service is USER_SERVICE:
        own = ("SIGNING_KEY", "ADMIN_PASSWORD")
    if service is STOREFRONT:
        own = ("SESSION_SECRET", "VALKEY_URL")
    return (*SHARED, *(OF_DATABASE if service.database else ()), *own)


class Vault(pulumi.ComponentResource):
    """The services' secrets in Secrets Manager."""

    def __init__(
        self,
        name: str,
        context: Context,
        key_arn: pulumi.Input[str],
        recovery_days: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sweetdream:security:Vault", name, None, opts)
        self.secrets = {
            owner: aws.secretsmanager.Secret(
                _slug(owner),
                name=f"sweetdream/{context.environment}/{_slug(owner)}",
                description=f"What {owner} is told in secret",
                kms_key_id=key_arn,
                recovery_window_in_days=recovery_days,
                tags=context.tags(_slug(owner)),
                opts=child(self),
            )
            for owner in OWNERS
        }
        self.register_outputs({})

    def arn(self, owner: str) -> pulumi.Output[str]:
        """Return the ARN of a secret."""
        return self.secrets[owner].arn

    def arns_for(self, service: Service) -> list[pulumi.Output[str]]:
        """Return the ARNs of all secrets that a service's containers read."""
        return [self.arn(owner) for owner in (service.name, *((ANALYTICS,) if service is BACKEND else ()))]

    def reference(self, owner: str, key: str) -> pulumi.Output[str]:
        """Return what ECS takes as the name of one key of a secret."""
        return pulumi.Output.concat(self.arn(owner), ":", key, "::")

    def variables(self, service: Service) -> dict[str, pulumi.Output[str]]:
        """Return the variables that a service gets in secret, each with its reference."""
        found = {key: self.reference(service.name, key) for key in keys_of(service.name)}
        if service is BACKEND:
            found["ANALYTICS_DATABASE_URL"] = self.reference(ANALYTICS, "DATABASE_URL")
        return found


def _slug(owner: str) -> str:
    return owner.replace("_", "-")
