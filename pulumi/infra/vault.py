"""One secret for each service. They are made empty: the preparing function fills them, and no state holds a value."""

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.services import SERVICES, STOREFRONT, USER_SERVICE, Service

SHARED = ("SERVICE_SECRET",)
OF_DATABASE = ("DATABASE_URL",)


def keys_of(service: Service) -> tuple[str, ...]:
    """Return the variables that a service gets from its secret."""
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
            service.name: aws.secretsmanager.Secret(
                service.slug,
                name=f"sweetdream/{context.environment}/{service.slug}",
                description=f"What {service.name} is told in secret",
                kms_key_id=key_arn,
                recovery_window_in_days=recovery_days,
                tags=context.tags(service.slug),
                opts=child(self),
            )
            for service in SERVICES
        }
        self.register_outputs({})

    def arn(self, service: Service) -> pulumi.Output[str]:
        """Return the ARN of a service's secret."""
        return self.secrets[service.name].arn
