"""Logs end some day, alarms tell somebody, and everything that is watched is there."""

import json
from collections.abc import Iterator
from typing import Any

from planner.resources import Plan, Resource

# Namespaces, and the dimension by which each names a resource; without one the metric is of the whole stack.
NAMED_BY = {
    "AWS/ECS": ("ServiceName", "ecs:Service"),
    "AWS/RDS": ("DBInstanceIdentifier", "rds:Instance"),
    "AWS/Lambda": ("FunctionName", "lambda:Function"),
    "AWS/S3": ("BucketName", "s3:Bucket"),
    "AWS/SQS": ("QueueName", "sqs:Queue"),
    "AWS/ApplicationELB": ("LoadBalancer", "lb:LoadBalancer"),
    "AWS/ElastiCache": ("CacheClusterId", ""),
    "AWS/NATGateway": ("NatGatewayId", "ec2:NatGateway"),
    "AWS/WAFV2": ("WebACL", "wafv2:WebAcl"),
    "AWS/CloudFront": ("DistributionId", "cloudfront:Distribution"),
    "AWS/Route53": ("HealthCheckId", "route53:HealthCheck"),
    "AWS/Logs": ("LogGroupName", "cloudwatch:LogGroup"),
    "AWS/Scheduler": ("ScheduleGroup", ""),
    "AWS/Billing": ("Currency", ""),
    "AWS/SES": ("", ""),
    "AWS/Athena": ("", ""),
}
OWN = "SweetDream"


def logs_end(plan: Plan) -> Iterator[str]:
    """Keep logs for as long as was said, and not for ever."""
    wanted = {int(one.inputs.get("retentionInDays", 0)) for one in plan.of_type("cloudwatch:LogGroup")}
    for group in plan.of_type("cloudwatch:LogGroup"):
        if int(group.inputs.get("retentionInDays", 0)) not in (7, 30):
            yield f"{group.name} is kept for {group.inputs.get('retentionInDays', 'ever')}"
    if len(wanted) > 1:
        yield f"log groups are kept for {sorted(wanted)} days"


def alarms_tell_somebody(plan: Plan) -> Iterator[str]:
    """Send alarms to a topic that somebody reads."""
    read = {one.inputs["topic"] for one in plan.of_type("sns:TopicSubscription")}
    for alarm in plan.of_type("cloudwatch:MetricAlarm", "cloudwatch:CompositeAlarm"):
        actions = alarm.inputs.get("alarmActions", [])
        if not actions or not set(actions) <= read:
            yield f"{alarm.name} tells nobody"
        if alarm.inputs.get("actionsEnabled") is False:
            yield f"{alarm.name} is muted"
        if not alarm.inputs.get("alarmDescription"):
            yield f"{alarm.name} does not say what is wrong"


def alarms_point_at_something(plan: Plan) -> Iterator[str]:
    """Watch what is planned."""
    for alarm in plan.of_type("cloudwatch:MetricAlarm"):
        for namespace, dimensions in _metrics(alarm):
            yield from (f"{alarm.name}: {problem}" for problem in _unknown(plan, namespace, dimensions))
        if alarm.inputs.get("metricQueries"):
            shown = [one for one in alarm.inputs["metricQueries"] if one.get("returnData")]
            if len(shown) != 1 and not alarm.inputs.get("thresholdMetricId"):
                yield f"{alarm.name} compares {len(shown)} values"


def widgets_point_at_something(plan: Plan) -> Iterator[str]:
    """Draw what is planned, in a dashboard that CloudWatch can read."""
    for dashboard in plan.of_type("cloudwatch:Dashboard"):
        for widget in json.loads(dashboard.inputs["dashboardBody"])["widgets"]:
            if {"type", "x", "y", "width", "height", "properties"} - set(widget):
                yield f"{dashboard.name} has a widget that lacks a part"
                continue
            if widget["x"] + widget["width"] > 24:
                yield f"{dashboard.name} has a widget off its edge"
            for row in widget["properties"].get("metrics", []):
                plain = [one for one in row if not isinstance(one, dict)]
                if len(plain) < 2:
                    continue
                dimensions = dict(zip(plain[2::2], plain[3::2], strict=True))
                title = widget["properties"].get("title")
                yield from (f"{title}: {problem}" for problem in _unknown(plan, plain[0], dimensions))


def functions_are_bounded(plan: Plan) -> Iterator[str]:
    """Run functions for a bounded time, on a current runtime, with a log group of their own."""
    groups = {one.physical_name for one in plan.of_type("cloudwatch:LogGroup")}
    for function in plan.of_type("lambda:Function"):
        if not 1 <= int(function.inputs.get("timeout", 3)) <= 900:
            yield f"{function.name} runs for {function.inputs['timeout']} s"
        runtime = function.inputs.get("runtime")
        if function.inputs.get("packageType") != "Image" and runtime not in ("python3.13", "python3.14"):
            yield f"{function.name} runs on {runtime}"
        if function.inputs.get("loggingConfig", {}).get("logGroup") not in groups:
            yield f"{function.name} logs to a group that is not planned"


def schedules_lose_nothing(plan: Plan) -> Iterator[str]:
    """Call what is planned, and keep what cannot be delivered."""
    functions = {one.arn for one in plan.of_type("lambda:Function")}
    queues = {one.arn for one in plan.of_type("sqs:Queue")}
    for one in plan.of_type("scheduler:Schedule"):
        if one.inputs["target"]["arn"] not in functions:
            yield f"{one.name} calls nothing"
        if one.inputs["target"].get("deadLetterConfig", {}).get("arn") not in queues:
            yield f"{one.name} loses what cannot be delivered"


def everything_is_tagged(plan: Plan) -> Iterator[str]:
    """Say of everything to whom it belongs, or its cost belongs to nobody."""
    tags = json.loads(plan.config.get("aws:defaultTags", "{}")).get("tags", {})
    for name in ("Project", "Environment", "ManagedBy", "CostCenter"):
        if not tags.get(name):
            yield f"nothing is tagged with {name}"
    if tags.get("Environment") != plan.stack:
        yield f"everything is tagged as {tags.get('Environment')}"


def _metrics(alarm: Resource) -> Iterator[tuple[str, dict[str, Any]]]:
    if alarm.inputs.get("namespace"):
        yield alarm.inputs["namespace"], alarm.inputs.get("dimensions", {})
    for query in alarm.inputs.get("metricQueries", []):
        if metric := query.get("metric"):
            yield metric["namespace"], metric.get("dimensions", {})


def _unknown(plan: Plan, namespace: str, dimensions: dict[str, Any]) -> Iterator[str]:
    if namespace.startswith(OWN):
        return
    if namespace not in NAMED_BY:
        yield f"{namespace} is no namespace that we know"
        return
    dimension, kind = NAMED_BY[namespace]
    value = dimensions.get(dimension)
    if dimension and value is None:
        yield f"{namespace} is asked without {dimension}"
    elif kind and value not in set(_names(plan, kind)):
        yield f"there is no {dimension} {value}"


def _names(plan: Plan, kind: str) -> Iterator[str]:
    for one in plan.of_type(kind):
        yield one.physical_name
        yield one.id
        if "arnSuffix" in one.outputs:
            yield str(one.outputs["arnSuffix"])


RULES = (
    logs_end,
    alarms_tell_somebody,
    alarms_point_at_something,
    widgets_point_at_something,
    functions_are_bounded,
    schedules_lose_nothing,
    everything_is_tagged,
)
