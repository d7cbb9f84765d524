"""What a plan costs in a month, from a dated table of prices and a load that is written beside them."""

import json
import tomllib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from planner.resources import Plan, Resource, short_type

TABLE = Path(__file__).with_name("prices.toml")
FREE_ALARMS = 10
FREE_OUT_GB = 100
FREE_LAMBDA_GBS = 400_000


class Unpriced(Exception):
    """A resource's type is in no row of the table; the message names it."""


@dataclass(frozen=True)
class Line:
    """A line of the bill, in USD a month."""

    group: str
    what: str
    usd: float


@cache
def table() -> dict[str, Any]:
    """Return the prices."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def estimate(plan: Plan) -> list[Line]:
    """Return the lines of a month's bill at the reference load.

    Raises:
        Unpriced: the table says nothing about a resource.
    """
    lines: list[Line] = []
    for one in plan.resources:
        kind = short_type(one.type)
        if not one.custom or kind.startswith("pulumi:") or kind in table()["free"]["types"]:
            continue
        if kind not in PRICED:
            raise Unpriced(kind)
        lines += PRICED[kind](one, plan)
    return [line for line in [*lines, *_by_use(plan)] if line.usd > 0]


def total(lines: list[Line]) -> float:
    """Return the sum in USD."""
    return sum(line.usd for line in lines)


def grouped(lines: list[Line]) -> dict[str, float]:
    """Return the sums of the groups, largest first."""
    sums: dict[str, float] = defaultdict(float)
    for line in lines:
        sums[line.group] += line.usd
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def _hourly(name: str, count: float = 1) -> float:
    found = table()
    return float(found["hourly"][name]) * float(found["hours"]) * count


def _monthly(name: str, count: float = 1) -> float:
    return float(table()["monthly"][name]) * count


def _service(one: Resource, plan: Plan) -> list[Line]:
    definition = next(task for task in plan.of_type("ecs:TaskDefinition") if task.arn == one.inputs["taskDefinition"])
    vcpu, gb = int(definition.inputs["cpu"]) / 1024, int(definition.inputs["memory"]) / 1024
    weights = {
        strategy["capacityProvider"]: int(strategy.get("weight", 0))
        for strategy in one.inputs["capacityProviderStrategies"]
    }
    spot = weights.get("FARGATE_SPOT", 0) / sum(weights.values())
    share = (1 - spot) + spot * float(table()["hourly"]["spot.share"])
    tasks = int(one.inputs["desiredCount"])
    usd = (_hourly("fargate.vcpu", vcpu) + _hourly("fargate.gb", gb)) * tasks * share
    return [Line("Fargate", f"{one.name}: {tasks} x {vcpu:g} vCPU, {gb:g} GB", usd)]


def _database(one: Resource, _plan: Plan) -> list[Line]:
    double = 2 if one.inputs.get("multiAz") else 1
    size, gb = one.inputs["instanceClass"], int(one.inputs["allocatedStorage"])
    return [
        Line("RDS", f"{size}{' with standby' if double == 2 else ''}", _hourly(size, double)),
        Line("RDS", f"{gb} GB", _monthly("gp3.gb", gb * double)),
    ]


def _cache(one: Resource, _plan: Plan) -> list[Line]:
    nodes = int(one.inputs["numCacheClusters"])
    return [Line("Valkey", f"{nodes} x {one.inputs['nodeType']}", _hourly(one.inputs["nodeType"], nodes))]


def _balancer(one: Resource, _plan: Plan) -> list[Line]:
    zones = len(one.inputs["subnets"])
    return [Line("ALB", one.name, _hourly("alb")), Line("ALB", f"{zones} addresses", _hourly("ipv4", zones))]


def _nothing(_one: Resource, _plan: Plan) -> list[Line]:
    return []


def _acl(one: Resource, _plan: Plan) -> list[Line]:
    return [Line("WAF", one.name, _monthly("acl") + _monthly("acl.rule", len(one.inputs["rules"])))]


def _secret_of_the_master(one: Resource, plan: Plan) -> list[Line]:
    return [*_database(one, plan), Line("Secrets Manager", "the database's master", _monthly("secret"))]


PRICED: dict[str, Callable[[Resource, Plan], list[Line]]] = {
    "ecs:Service": _service,
    "rds:Instance": _secret_of_the_master,
    "elasticache:ReplicationGroup": _cache,
    "lb:LoadBalancer": _balancer,
    "ec2:NatGateway": lambda one, _: [Line("NAT", one.name, _hourly("nat"))],
    "ec2:Eip": lambda one, _: [Line("NAT", f"address of {one.name}", _hourly("ipv4"))],
    "ec2:Instance": lambda one, _: [Line("Bastion", one.name, _hourly(one.inputs["instanceType"]))],
    "secretsmanager:Secret": lambda one, _: [Line("Secrets Manager", one.name, _monthly("secret"))],
    "kms:Key": lambda one, _: [Line("KMS", one.name, _monthly("key"))],
    "cloudwatch:MetricAlarm": _nothing,  # counted together, as the first ten are free
    "cloudwatch:CompositeAlarm": lambda one, _: [Line("CloudWatch", one.name, 0.5)],
    "cloudwatch:LogMetricFilter": lambda one, _: [Line("CloudWatch", f"metric {one.name}", _monthly("metric"))],
    "cloudwatch:Dashboard": _nothing,  # the first three of an account are free
    "route53:HealthCheck": lambda one, _: [Line("Route 53", f"check of {one.name}", _monthly("healthcheck"))],
    "wafv2:WebAcl": _acl,
}


def _by_use(plan: Plan) -> list[Line]:
    prices, load = table()["each"], table()["load"][plan.stack]
    alarms = len(plan.of_type("cloudwatch:MetricAlarm"))
    lines = [
        Line("ALB", f"{load['alb_lcu']} LCU", _hourly("alb.lcu", load["alb_lcu"])),
        Line("NAT", f"{load['nat_gb']} GB", prices["nat.gb"] * load["nat_gb"]),
        Line("Data transfer", f"{load['out_gb']} GB out", prices["out.gb"] * max(0, load["out_gb"] - FREE_OUT_GB)),
        Line("S3", f"{load['s3_gb']} GB", _monthly("s3.gb", load["s3_gb"])),
        Line("S3", f"{load['s3_puts']:,} writes", prices["s3.put"] * load["s3_puts"]),
        Line("CloudWatch", f"{load['logs_gb']} GB of logs", _monthly("logs.gb", load["logs_gb"])),
        Line("CloudWatch", f"{alarms} alarms", _monthly("alarm", max(0, alarms - FREE_ALARMS))),
        Line("ECR", f"{load['ecr_gb']} GB of images", _monthly("ecr.gb", load["ecr_gb"])),
        Line("Lambda", "calls", prices["lambda.gbs"] * max(0, load["lambda_gbs"] - FREE_LAMBDA_GBS)),
        Line("WAF", f"{load['waf_requests']:,} requests", prices["waf.request"] * load["waf_requests"]),
    ]
    if plan.of_type("route53:Record"):
        lines.append(Line("Route 53", "the domain's zone", _monthly("zone")))
    if plan.of_type("backup:Plan"):
        gb = load["backup_gb"]
        lines.append(Line("Backup", f"{gb} GB, twice", _monthly("backup.gb", 2 * gb)))
        lines.append(Line("Backup", f"{gb} GB to the other region", prices["transfer.region.gb"] * gb))
    return lines


def as_json(lines: list[Line]) -> str:
    """Return the lines as JSON."""
    told = [{"group": one.group, "what": one.what, "usd": round(one.usd, 2)} for one in lines]
    return json.dumps({"as_of": table()["as_of"], "total": round(total(lines), 2), "lines": told}, indent=1)
