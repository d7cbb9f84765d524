"""The shop's records in Route 53."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.certificates import Domain
from infra.context import Context, child


@dataclass
class Place:
    """What a name leads to: a load balancer or a distribution."""

    dns_name: pulumi.Input[str]
    zone_id: pulumi.Input[str]


@dataclass
class NamesArgs:
    """Where people go, and where the load balancer is."""

    domain: Domain
    front: Place
    load_balancer: Place


class Names(pulumi.ComponentResource):
    """Aliases for the shop and for its load balancer, and a check of the shop from outside."""

    def __init__(
        self, name: str, context: Context, args: NamesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:web:Names", name, None, opts)
        for kind in ("A", "AAAA"):
            self._alias(f"shop-{kind.lower()}", args.domain.public, kind, args.domain.zone_id, args.front)
        self._alias("origin-a", args.domain.origin, "A", args.domain.zone_id, args.load_balancer)
        self.check = aws.route53.HealthCheck(
            "shop",
            type="HTTPS",
            fqdn=args.domain.public,
            port=443,
            resource_path="/health",
            request_interval=30,
            failure_threshold=3,
            regions=["us-east-1", "us-west-2", "ap-southeast-1"],
            tags=context.tags("shop"),
            opts=child(self),
        )
        self.register_outputs({})

    def _alias(self, name: str, fqdn: str, kind: str, zone_id: pulumi.Input[str], to: Place) -> None:
        aws.route53.Record(
            name,
            zone_id=zone_id,
            name=fqdn,
            type=kind,
            # Never by the targets' health: blue-green leaves one group empty, which counts as sick.
            aliases=[aws.route53.RecordAliasArgs(name=to.dns_name, zone_id=to.zone_id, evaluate_target_health=False)],
            opts=child(self),
        )
