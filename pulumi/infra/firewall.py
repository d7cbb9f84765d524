"""Security groups: who may speak to whom. What no rule names cannot."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.services import SERVICES

EVERYWHERE = "0.0.0.0/0"
POSTGRES, VALKEY, HTTPS = 5432, 6379, 443
GROUPS = ("alb", *(one.slug for one in SERVICES), "prepare", "smoke", "database", "cache")


@dataclass
class FirewallArgs:
    """Where the groups belong, and who may come in from outside."""

    vpc_id: pulumi.Input[str]
    web_ports: tuple[int, ...]
    from_cdn_only: bool
    test_port: int | None
    test_addresses: list[pulumi.Input[str]]


class Firewall(pulumi.ComponentResource):
    """One group for each part, with rules from group to group."""

    def __init__(
        self, name: str, context: Context, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:network:Firewall", name, None, opts)
        self.groups = {
            part: aws.ec2.SecurityGroup(
                part,
                name=context.name(part),
                description=f"{part} of the {context.environment} shop",
                vpc_id=args.vpc_id,
                tags=context.tags(part),
                opts=child(self),
            )
            for part in GROUPS
        }
        self._from_outside(args)
        for service in SERVICES:
            self._allow("alb", service.slug, service.port)
            self._out(service.slug, HTTPS)
            for other in service.calls:
                self._allow(service.slug, next(one.slug for one in SERVICES if one.name == other), self._port(other))
            if service.database:
                self._allow(service.slug, "database", POSTGRES)
            if service.cache:
                self._allow(service.slug, "cache", VALKEY)
        self._allow("prepare", "database", POSTGRES)
        self._out("prepare", HTTPS)
        self._out("smoke", HTTPS)
        if args.test_port:
            self._out("smoke", args.test_port)
        self.register_outputs({})

    def group_id(self, part: str) -> pulumi.Output[str]:
        """Return the id of a part's group."""
        return self.groups[part].id

    @staticmethod
    def _port(name: str) -> int:
        return next(one.port for one in SERVICES if one.name == name)

    def _from_outside(self, args: FirewallArgs) -> None:
        prefix_list = (
            aws.ec2.get_managed_prefix_list(name="com.amazonaws.global.cloudfront.origin-facing").id
            if args.from_cdn_only
            else None
        )
        for port in args.web_ports:
            aws.vpc.SecurityGroupIngressRule(
                f"alb-from-{'cdn' if prefix_list else 'everywhere'}-{port}",
                security_group_id=self.group_id("alb"),
                description="CloudFront" if prefix_list else "Shoppers",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                prefix_list_id=prefix_list,
                cidr_ipv4=None if prefix_list else EVERYWHERE,
                opts=child(self),
            )
        for at, address in enumerate(args.test_addresses if args.test_port else []):
            aws.vpc.SecurityGroupIngressRule(
                f"alb-test-{at}",
                security_group_id=self.group_id("alb"),
                description="The smoke journey, which comes from our own NAT gateway",
                ip_protocol="tcp",
                from_port=args.test_port,
                to_port=args.test_port,
                cidr_ipv4=pulumi.Output.from_input(address).apply("{}/32".format),
                opts=child(self),
            )

    def _allow(self, source: str, target: str, port: int) -> None:
        aws.vpc.SecurityGroupIngressRule(
            f"{target}-from-{source}",
            security_group_id=self.group_id(target),
            referenced_security_group_id=self.group_id(source),
            description=f"From {source}",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=child(self),
        )
        aws.vpc.SecurityGroupEgressRule(
            f"{source}-to-{target}",
            security_group_id=self.group_id(source),
            referenced_security_group_id=self.group_id(target),
            description=f"To {target}",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=child(self),
        )

    def _out(self, source: str, port: int) -> None:
        aws.vpc.SecurityGroupEgressRule(
            f"{source}-out-{port}",
            security_group_id=self.group_id(source),
            cidr_ipv4=EVERYWHERE,
            description="AWS's own services and the shop's address, through NAT",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=child(self),
        )
