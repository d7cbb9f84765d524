"""Nothing but the load balancer and the CDN can be reached from outside."""

import ipaddress
from collections.abc import Iterator

from planner.resources import Plan

OPEN = ("0.0.0.0/0", "::/0")
WEB_PORTS = (80, 443)


def only_the_load_balancer_is_open(plan: Plan) -> Iterator[str]:
    """Let people in on the web's ports of the load balancer's group, and nowhere else."""
    balancers = {group for one in plan.of_type("lb:LoadBalancer") for group in one.inputs.get("securityGroups", [])}
    for rule in plan.of_type("vpc:SecurityGroupIngressRule"):
        if rule.inputs.get("cidrIpv4") not in OPEN and rule.inputs.get("cidrIpv6") not in OPEN:
            continue
        ports = range(int(rule.inputs.get("fromPort", 0)), int(rule.inputs.get("toPort", 65535)) + 1)
        if rule.inputs["securityGroupId"] not in balancers or any(port not in WEB_PORTS for port in ports):
            yield f"{rule.name} lets everybody in"


def no_rules_inside_groups(plan: Plan) -> Iterator[str]:
    """Keep rules in resources of their own: rules inside a group delete those."""
    for group in plan.of_type("ec2:SecurityGroup"):
        if group.inputs.get("ingress") or group.inputs.get("egress"):
            yield f"{group.name} has rules of its own"


def tasks_have_no_public_address(plan: Plan) -> Iterator[str]:
    """Keep tasks off the internet."""
    for service in plan.of_type("ecs:Service"):
        if service.inputs.get("networkConfiguration", {}).get("assignPublicIp"):
            yield f"{service.name} has a public address"


def tasks_run_in_private_subnets(plan: Plan) -> Iterator[str]:
    """Put tasks where nothing comes in, and data where nothing goes out either."""
    kinds = {one.id: one.name.partition("-")[0] for one in plan.of_type("ec2:Subnet")}
    for service in plan.of_type("ecs:Service"):
        for subnet in service.inputs["networkConfiguration"]["subnets"]:
            if kinds.get(subnet) != "private":
                yield f"{service.name} is not in private subnets"
    for group in plan.of_type("rds:SubnetGroup", "elasticache:SubnetGroup"):
        if any(kinds.get(subnet) != "data" for subnet in group.inputs["subnetIds"]):
            yield f"{group.name} is not in data subnets"


def subnets_make_no_addresses_public(plan: Plan) -> Iterator[str]:
    """Give a public address to nothing that does not ask for one."""
    for subnet in plan.of_type("ec2:Subnet"):
        if subnet.inputs.get("mapPublicIpOnLaunch"):
            yield f"{subnet.name} hands out public addresses"


def data_subnets_have_no_way_out(plan: Plan) -> Iterator[str]:
    """Let nothing leave the subnets of the data."""
    tables = {one.id: one.name for one in plan.of_type("ec2:RouteTable")}
    for route in plan.of_type("ec2:Route"):
        if tables.get(route.inputs["routeTableId"]) == "data":
            yield f"{route.name} leads out of the data's subnets"


def subnet_groups_span_zones(plan: Plan) -> Iterator[str]:
    """Outlive a zone: two at least."""
    zones = {one.id: one.inputs["availabilityZone"] for one in plan.of_type("ec2:Subnet")}
    for group in plan.of_type("rds:SubnetGroup", "elasticache:SubnetGroup"):
        if len({zones.get(subnet) for subnet in group.inputs["subnetIds"]}) < 2:
            yield f"{group.name} is in one zone"
    for balancer in plan.of_type("lb:LoadBalancer"):
        if len({zones.get(subnet) for subnet in balancer.inputs["subnets"]}) < 2:
            yield f"{balancer.name} is in one zone"


def subnets_lie_apart_inside_the_network(plan: Plan) -> Iterator[str]:
    """Keep subnets inside their network and off one another."""
    networks = {one.id: ipaddress.IPv4Network(one.inputs["cidrBlock"]) for one in plan.of_type("ec2:Vpc")}
    seen: list[tuple[str, ipaddress.IPv4Network]] = []
    for subnet in plan.of_type("ec2:Subnet"):
        block = ipaddress.IPv4Network(subnet.inputs["cidrBlock"])
        whole = networks[subnet.inputs["vpcId"]]
        if not (whole.network_address <= block.network_address and block.broadcast_address <= whole.broadcast_address):
            yield f"{subnet.name} is outside {whole}"
        for name, other in seen:
            if block.overlaps(other):
                yield f"{subnet.name} overlaps {name}"
        seen.append((subnet.name, block))


RULES = (
    only_the_load_balancer_is_open,
    no_rules_inside_groups,
    tasks_have_no_public_address,
    tasks_run_in_private_subnets,
    subnets_make_no_addresses_public,
    data_subnets_have_no_way_out,
    subnet_groups_span_zones,
    subnets_lie_apart_inside_the_network,
)
