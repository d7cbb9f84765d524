"""Names and certificates of the shop's domain."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.settings import Web

CDN_REGION = "us-east-1"
"""Where CloudFront looks for certificates and web ACLs, wherever the shop is."""


class Certificate(pulumi.ComponentResource):
    """A certificate that renews itself, proven by records in the domain's zone."""

    def __init__(
        self,
        name: str,
        context: Context,
        domains: list[str],
        zone_id: pulumi.Input[str],
        region: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sweetdream:web:Certificate", name, None, opts)
        first, *others = domains
        certificate = aws.acm.Certificate(
            name,
            domain_name=first,
            subject_alternative_names=others,
            validation_method="DNS",
            region=region,
            tags=context.tags(name),
            opts=child(self),
        )
        records = [
            aws.route53.Record(
                f"{name}-{at}",
                zone_id=zone_id,
                name=certificate.domain_validation_options[at].resource_record_name,
                type=certificate.domain_validation_options[at].resource_record_type,
                records=[certificate.domain_validation_options[at].resource_record_value],
                ttl=60,
                allow_overwrite=True,  # the same name in both regions has the same record
                opts=child(self),
            )
            for at in range(len(domains))
        ]
        valid = aws.acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in records],
            region=region,
            opts=child(self),
        )
        self.arn = valid.certificate_arn
        self.register_outputs({"arn": self.arn})


@dataclass
class Domain:
    """The domain's names: what people type, and what CloudFront and the smoke journey call the load balancer."""

    web: Web
    zone_id: pulumi.Input[str]

    @property
    def public(self) -> str:
        """The shop's name."""
        return self.web.domain

    @property
    def origin(self) -> str:
        """The load balancer's name."""
        return f"origin.{self.web.domain}"


def domain_of(web: Web) -> Domain | None:
    """Return the domain of the stack, if it has one. Its zone is there before us: a registrar points to it."""
    if not web.domain:
        return None
    return Domain(web, aws.route53.get_zone(name=web.zone or web.domain).zone_id)
