"""A way to the database for people: a machine that nobody can reach, except through Session Manager."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.firewall import HTTPS, POSTGRES
from infra.roles import ServiceRole

SESSION_MANAGER = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"


@dataclass
class BastionArgs:
    """Where it stands, and what it reaches."""

    vpc_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    database_group: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class Bastion(pulumi.ComponentResource):
    """The smallest machine there is. It has no key and no open port."""

    def __init__(
        self, name: str, context: Context, args: BastionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:access:Bastion", name, None, opts)
        group = aws.ec2.SecurityGroup(
            name,
            name=context.name(name),
            description="Out only",
            vpc_id=args.vpc_id,
            tags=context.tags(name),
            opts=child(self),
        )
        for what, port, target in (("out", HTTPS, None), ("to-database", POSTGRES, args.database_group)):
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-{what}",
                security_group_id=group.id,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                cidr_ipv4=None if target else "0.0.0.0/0",
                referenced_security_group_id=target,
                description=what,
                opts=child(self),
            )
        aws.vpc.SecurityGroupIngressRule(
            f"database-from-{name}",
            security_group_id=args.database_group,
            referenced_security_group_id=group.id,
            ip_protocol="tcp",
            from_port=POSTGRES,
            to_port=POSTGRES,
            description="From the bastion",
            opts=child(self),
        )
        role = ServiceRole(
            name, context, "ec2.amazonaws.com", managed=[SESSION_MANAGER], bound_to_account=False, opts=child(self)
        )
        profile = aws.iam.InstanceProfile(name, name=context.name(name), role=role.role.name, opts=child(self))
        self.instance = aws.ec2.Instance(
            name,
            ami=aws.ssm.get_parameter(name=IMAGE).value,
            instance_type="t4g.nano",
            subnet_id=args.subnet_id,
            vpc_security_group_ids=[group.id],
            iam_instance_profile=profile.name,
            metadata_options=aws.ec2.InstanceMetadataOptionsArgs(http_tokens="required"),
            root_block_device=aws.ec2.InstanceRootBlockDeviceArgs(encrypted=True, kms_key_id=args.key_arn),
            tags=context.tags(name),
            opts=child(self, ignore_changes=["ami"]),
        )
        self.register_outputs({})
