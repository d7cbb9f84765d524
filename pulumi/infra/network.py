"""The VPC: public subnets for the load balancer, private ones for tasks, others without a way out for data."""

import ipaddress
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.policies import Statement
from infra.roles import ServiceRole
from infra.settings import Network as NetworkSettings

# Each zone takes a /20 of each kind out of the VPC's /16.
OFFSETS = {"public": 0, "private": 4, "data": 8}


@dataclass
class NetworkArgs:
    """What the network is made of."""

    settings: NetworkSettings
    log_days: int
    availability_zones: list[str]


class Network(pulumi.ComponentResource):
    """A VPC over several zones."""

    def __init__(
        self, name: str, context: Context, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:network:Network", name, None, opts)
        self._context, self._args = context, args
        self.cidr = args.settings.cidr
        self.zones = args.availability_zones[: args.settings.zones]
        self.vpc = aws.ec2.Vpc(
            "vpc",
            cidr_block=self.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=context.tags("vpc"),
            opts=child(self),
        )
        # Nothing may live in the group that AWS makes by itself; without rules nothing can.
        aws.ec2.DefaultSecurityGroup(
            "default", vpc_id=self.vpc.id, ingress=[], egress=[], tags=context.tags("unused"), opts=child(self)
        )
        self.gateway = aws.ec2.InternetGateway(
            "internet", vpc_id=self.vpc.id, tags=context.tags("internet"), opts=child(self)
        )
        self.public = [self._subnet("public", at) for at in range(len(self.zones))]
        self.private = [self._subnet("private", at) for at in range(len(self.zones))]
        self.data = [self._subnet("data", at) for at in range(len(self.zones))]
        public_routes = self._routes("public", self.public)
        aws.ec2.Route(
            "public-out",
            route_table_id=public_routes.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=self.gateway.id,
            opts=child(self),
        )
        self.nat_addresses, self.nats = self._nat_gateways()
        tables = [self._private_routes(at) for at in range(len(self.zones))]
        data_routes = self._routes("data", self.data)
        aws.ec2.VpcEndpoint(
            "s3",
            vpc_id=self.vpc.id,
            service_name=f"com.amazonaws.{context.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[*(table.id for table in tables), data_routes.id],
            tags=context.tags("s3"),
            opts=child(self),
        )
        if args.settings.flow_logs:
            self._flow_logs()
        self.register_outputs({"vpc_id": self.vpc.id})

    @property
    def public_ids(self) -> list[pulumi.Output[str]]:
        """Where the load balancer stands."""
        return [one.id for one in self.public]

    @property
    def private_ids(self) -> list[pulumi.Output[str]]:
        """Where tasks and functions run: a way out, none in."""
        return [one.id for one in self.private]

    @property
    def data_ids(self) -> list[pulumi.Output[str]]:
        """Where data is kept: no way out, none in."""
        return [one.id for one in self.data]

    def _subnet(self, kind: str, at: int) -> aws.ec2.Subnet:
        block = list(ipaddress.ip_network(self.cidr).subnets(new_prefix=20))[OFFSETS[kind] + at]
        return aws.ec2.Subnet(
            f"{kind}-{at}",
            vpc_id=self.vpc.id,
            cidr_block=str(block),
            availability_zone=self.zones[at],
            map_public_ip_on_launch=False,
            tags=self._context.tags(f"{kind}-{at}"),
            opts=child(self),
        )

    def _routes(self, name: str, subnets: list[aws.ec2.Subnet]) -> aws.ec2.RouteTable:
        table = aws.ec2.RouteTable(name, vpc_id=self.vpc.id, tags=self._context.tags(name), opts=child(self))
        for subnet in subnets:
            aws.ec2.RouteTableAssociation(subnet._name, subnet_id=subnet.id, route_table_id=table.id, opts=child(self))
        return table

    def _nat_gateways(self) -> tuple[list[aws.ec2.Eip], list[aws.ec2.NatGateway]]:
        addresses, gateways = [], []
        for at in range(min(self._args.settings.nat_gateways, len(self.zones))):
            tags = self._context.tags(f"nat-{at}")
            address = aws.ec2.Eip(f"nat-{at}", domain="vpc", tags=tags, opts=child(self, depends_on=[self.gateway]))
            addresses.append(address)
            gateways.append(
                aws.ec2.NatGateway(
                    f"nat-{at}", allocation_id=address.id, subnet_id=self.public[at].id, tags=tags, opts=child(self)
                )
            )
        return addresses, gateways

    def _private_routes(self, at: int) -> aws.ec2.RouteTable:
        table = self._routes(f"private-{at}", [self.private[at]])
        aws.ec2.Route(
            f"private-{at}-out",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            nat_gateway_id=self.nats[at % len(self.nats)].id,
            opts=child(self),
        )
        return table

    def _flow_logs(self) -> None:
        group = aws.cloudwatch.LogGroup(
            "flow",
            name=self._context.log_group("flow"),
            retention_in_days=self._args.log_days,
            opts=child(self),
        )
        role = ServiceRole(
            "flow-logs",
            self._context,
            "vpc-flow-logs.amazonaws.com",
            [
                Statement(
                    ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                    [group.arn.apply("{}:*".format)],
                )
            ],
            opts=child(self),
        )
        # Refused traffic is what somebody will look for; all of it would cost more than the network.
        aws.ec2.FlowLog(
            "flow",
            vpc_id=self.vpc.id,
            traffic_type="REJECT",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            tags=self._context.tags("flow"),
            opts=child(self),
        )
