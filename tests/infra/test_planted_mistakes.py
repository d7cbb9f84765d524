"""Each rule finds the mistake that is planted for it, and nothing is wrong with the plans as they are."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from planner.resources import Plan, Resource, short_type
from planner.rules import RULES, check

Change = Callable[[dict[str, Any]], None]


def planted(plan: Plan, kind: str, name: str | None, change: Change, **fields: Any) -> Plan:
    """Return the plan with the inputs of one resource changed."""
    target = next(one for one in plan.of_type(kind) if name is None or one.name == name)
    inputs = copy.deepcopy(target.inputs)
    change(inputs)
    changed = replace(target, inputs=inputs, **fields)
    return replace(plan, resources=tuple(changed if one.urn == target.urn else one for one in plan.resources))


def without(plan: Plan, kind: str, name: str | None = None) -> Plan:
    gone = next(one for one in plan.of_type(kind) if name is None or one.name == name)
    return replace(plan, resources=tuple(one for one in plan.resources if one.urn != gone.urn))


def with_another(plan: Plan, kind: str, **inputs: Any) -> Plan:
    like = Resource(f"urn:planted::{kind}", _token(plan, kind), "planted", "", custom=True, inputs=inputs)
    return replace(plan, resources=(*plan.resources, like))


def _token(plan: Plan, kind: str) -> str:
    return next((one.type for one in plan.resources if short_type(one.type) == kind), f"aws:{kind}")


def put(**values: Any) -> Change:
    return lambda inputs: inputs.update(values)


def drop(*names: str) -> Change:
    return lambda inputs: [inputs.pop(name) for name in names] and None


def at(path: str, value: Any) -> Change:
    """Set a nested value: `healthCheck.timeout`; numbers are places in lists."""

    def change(inputs: dict[str, Any]) -> None:
        *above, last = path.split(".")
        inside: Any = inputs
        for key in above:
            inside = inside[int(key)] if isinstance(inside, list) else inside[key]
        inside[int(last) if isinstance(inside, list) else last] = value

    return change


def in_container(change: Callable[[dict[str, Any]], Any]) -> Change:
    def whole(inputs: dict[str, Any]) -> None:
        containers = json.loads(inputs["containerDefinitions"])
        change(containers[0])
        inputs["containerDefinitions"] = json.dumps(containers)

    return whole


def variable(name: str, value: str | None) -> Change:
    def change(container: dict[str, Any]) -> None:
        others = [one for one in container["environment"] if one["name"] != name]
        container["environment"] = others if value is None else [*others, {"name": name, "value": value}]

    return in_container(change)


def in_policy(change: Callable[[list[dict[str, Any]]], Any], key: str = "policy") -> Change:
    def whole(inputs: dict[str, Any]) -> None:
        document = json.loads(inputs[key])
        change(document["Statement"])
        inputs[key] = json.dumps(document)

    return whole


MISTAKES: dict[str, tuple[str, Callable[[Plan], Plan]]] = {
    "the database's port is open": (
        "only_the_load_balancer_is_open",
        lambda p: planted(p, "vpc:SecurityGroupIngressRule", "database-from-backend", put(cidrIpv4="0.0.0.0/0")),
    ),
    "the load balancer lets SSH in": (
        "only_the_load_balancer_is_open",
        lambda p: planted(
            p, "vpc:SecurityGroupIngressRule", "alb-from-cdn-80", put(cidrIpv6="::/0", fromPort=22, toPort=22)
        ),
    ),
    "a group has rules inside": (
        "no_rules_inside_groups",
        lambda p: planted(p, "ec2:SecurityGroup", "backend", put(ingress=[{"fromPort": 1}])),
    ),
    "tasks have public addresses": (
        "tasks_have_no_public_address",
        lambda p: planted(p, "ecs:Service", "backend", at("networkConfiguration.assignPublicIp", True)),
    ),
    "tasks run in public subnets": (
        "tasks_run_in_private_subnets",
        lambda p: planted(
            p, "ecs:Service", "backend", at("networkConfiguration.subnets", [p.one("ec2:Subnet", "public-0").id])
        ),
    ),
    "the database is in private subnets": (
        "tasks_run_in_private_subnets",
        lambda p: planted(
            p, "rds:SubnetGroup", None, put(subnetIds=[p.one("ec2:Subnet", f"private-{at}").id for at in (0, 1)])
        ),
    ),
    "a subnet hands out addresses": (
        "subnets_make_no_addresses_public",
        lambda p: planted(p, "ec2:Subnet", "public-0", put(mapPublicIpOnLaunch=True)),
    ),
    "data has a way out": (
        "data_subnets_have_no_way_out",
        lambda p: planted(p, "ec2:Route", "public-out", put(routeTableId=p.one("ec2:RouteTable", "data").id)),
    ),
    "the database is in one zone": (
        "subnet_groups_span_zones",
        lambda p: planted(p, "rds:SubnetGroup", None, put(subnetIds=[p.one("ec2:Subnet", "data-0").id])),
    ),
    "a subnet is outside the network": (
        "subnets_lie_apart_inside_the_network",
        lambda p: planted(p, "ec2:Subnet", "data-1", put(cidrBlock="10.9.0.0/20")),
    ),
    "two subnets overlap": (
        "subnets_lie_apart_inside_the_network",
        lambda p: planted(p, "ec2:Subnet", "data-1", put(cidrBlock=p.one("ec2:Subnet", "data-0").inputs["cidrBlock"])),
    ),
    "the database is not encrypted": (
        "stores_are_encrypted",
        lambda p: planted(p, "rds:Instance", None, put(storageEncrypted=False)),
    ),
    "the cache is reached without TLS": (
        "stores_are_encrypted",
        lambda p: planted(p, "elasticache:ReplicationGroup", None, put(transitEncryptionEnabled=False)),
    ),
    "a topic has AWS's own key": (
        "stores_are_encrypted",
        lambda p: planted(p, "sns:Topic", "critical", put(kmsMasterKeyId="alias/aws/sns")),
    ),
    "a bucket is not encrypted": (
        "buckets_are_safe",
        lambda p: without(p, "s3:BucketServerSideEncryptionConfiguration", "media"),
    ),
    "a bucket could be public": (
        "buckets_are_safe",
        lambda p: planted(p, "s3:BucketPublicAccessBlock", "media", put(blockPublicPolicy=False)),
    ),
    "a bucket may be read without TLS": ("buckets_are_safe", lambda p: without(p, "s3:BucketPolicy", "media")),
    "access logs go to a bucket under KMS": (
        "log_buckets_are_readable_by_their_writer",
        lambda p: planted(
            p,
            "s3:BucketServerSideEncryptionConfiguration",
            "access-logs",
            at("rules.0.applyServerSideEncryptionByDefault.sseAlgorithm", "aws:kms"),
        ),
    ),
    "backups last three days": (
        "the_database_is_kept",
        lambda p: planted(p, "rds:Instance", None, put(backupRetentionPeriod=3)),
    ),
    "the database is public": (
        "the_database_is_kept",
        lambda p: planted(p, "rds:Instance", None, put(publiclyAccessible=True)),
    ),
    "the database does not ask for TLS": (
        "the_database_is_kept",
        lambda p: planted(p, "rds:ParameterGroup", None, at("parameters.0.value", "0")),
    ),
    "failover with one node": (
        "failover_has_somewhere_to_go",
        lambda p: planted(p, "elasticache:ReplicationGroup", None, put(automaticFailoverEnabled=True)),
    ),
    "a password is in the state": (
        "no_secret_is_in_the_plan",
        lambda p: planted(p, "rds:Instance", None, put(password="swordfish")),
    ),
    "a secret's value is in the state": (
        "no_secret_is_in_the_plan",
        lambda p: with_another(p, "secretsmanager/secretVersion:SecretVersion", secretString="swordfish"),
    ),
    "production's database can be deleted": (
        "what_holds_data_is_protected",
        lambda p: planted(p, "rds:Instance", None, put(), protect=False),
    ),
    "production's database leaves no snapshot": (
        "what_holds_data_is_protected",
        lambda p: planted(p, "rds:Instance", None, put(skipFinalSnapshot=True)),
    ),
    "a role may do anything": (
        "policies_name_what_they_allow",
        lambda p: planted(p, "iam:RolePolicy", "backend-task", in_policy(lambda s: s[0].update(Action=["s3:*"]))),
    ),
    "a role may write to every bucket": (
        "policies_name_what_they_allow",
        lambda p: planted(p, "iam:RolePolicy", "backend-task", in_policy(lambda s: s[0].update(Resource=["*"]))),
    ),
    "anybody may take on a role": (
        "roles_are_taken_by_services",
        lambda p: planted(
            p, "iam:Role", "backend-task", in_policy(lambda s: s[0].update(Principal="*"), "assumeRolePolicy")
        ),
    ),
    "any role may be passed on": (
        "passing_roles_is_bound",
        lambda p: planted(
            p,
            "iam:RolePolicy",
            "prepare-function",
            in_policy(lambda s: next(one for one in s if "iam:PassRole" in one["Action"]).pop("Condition")),
        ),
    ),
    "two services share a role": (
        "every_service_has_roles_of_its_own",
        lambda p: planted(
            p,
            "ecs:TaskDefinition",
            "backend",
            put(taskRoleArn=p.one("ecs:TaskDefinition", "storefront").inputs["taskRoleArn"]),
        ),
    ),
    "the role that starts the backend may not read the secret of the events": (
        "secrets_can_be_read",
        lambda p: planted(
            p,
            "iam:RolePolicy",
            "backend-execution",
            in_policy(
                lambda found: next(one for one in found if one["Action"] == ["secretsmanager:GetSecretValue"])[
                    "Resource"
                ].remove(p.one("secretsmanager:Secret", "analytics").arn)
            ),
        ),
    ),
    "a target group's name is too long": (
        "names_fit",
        lambda p: planted(p, "lb:TargetGroup", "backend-blue", put(name="production-order-service-group-blue")),
    ),
    "two rules have one priority": (
        "priorities_are_unique",
        lambda p: planted(
            p, "lb:ListenerRule", "backend", put(priority=p.one("lb:ListenerRule", "storefront").inputs["priority"])
        ),
    ),
    "a rule says too much": (
        "rules_are_within_limits",
        lambda p: planted(
            p, "lb:ListenerRule", "backend", at("conditions.0.pathPattern.regexValues", [f"^/{n}$" for n in range(6)])
        ),
    ),
    "/api/* comes before /api/orders": (
        "paths_lead_where_they_should",
        lambda p: planted(p, "lb:ListenerRule", "backend", put(priority=1)),
    ),
    "/internal can be reached": (
        "paths_lead_where_they_should",
        lambda p: without(p, "lb:ListenerRule", "refuse-1"),
    ),
    "plain HTTP is answered": (
        "listeners_are_secure",
        lambda p: planted(p, "lb:Listener", "http", put(defaultActions=[{"type": "fixed-response"}])),
    ),
    "a check takes longer than its interval": (
        "health_checks_are_sane",
        lambda p: planted(p, "lb:TargetGroup", "backend-blue", at("healthCheck.timeout", 10)),
    ),
    "a target is let go at once": (
        "health_checks_are_sane",
        lambda p: planted(p, "lb:TargetGroup", "storefront-blue", put(deregistrationDelay=0)),
    ),
    "idle websockets are cut": (
        "websockets_may_be_idle",
        lambda p: planted(p, "lb:LoadBalancer", None, put(idleTimeout=60)),
    ),
    "the CDN caches pages": (
        "the_cdn_caches_no_page",
        lambda p: planted(
            p,
            "cloudfront:Distribution",
            None,
            at("defaultCacheBehavior.cachePolicyId", "658327ea-f89d-4fab-a63d-7e88639e58f6"),
        ),
    ),
    "the web ACL is in the shop's region": (
        "the_cdn_caches_no_page",
        lambda p: planted(p, "wafv2:WebAcl", None, put(region="us-west-2")),
    ),
    "Fargate has no such size": (
        "tasks_fit_fargate",
        lambda p: planted(p, "ecs:TaskDefinition", "backend", put(memory="4096")),
    ),
    "a task is built for x86": (
        "tasks_fit_fargate",
        lambda p: planted(p, "ecs:TaskDefinition", "backend", at("runtimePlatform.cpuArchitecture", "X86_64")),
    ),
    "a container writes to its root": (
        "containers_are_confined",
        lambda p: planted(
            p, "ecs:TaskDefinition", "backend", in_container(lambda c: c.update(readonlyRootFilesystem=False))
        ),
    ),
    "a container logs to nowhere": (
        "containers_log",
        lambda p: planted(
            p,
            "ecs:TaskDefinition",
            "backend",
            in_container(lambda c: c["logConfiguration"]["options"].update({"awslogs-group": "/elsewhere"})),
        ),
    ),
    "a secret has no key": (
        "secrets_come_by_reference",
        lambda p: planted(
            p,
            "ecs:TaskDefinition",
            "backend",
            in_container(lambda c: c["secrets"][0].update(valueFrom="arn:aws:secretsmanager:us-west-2:1:secret:x")),
        ),
    ),
    "a secret's key is filled by nobody": (
        "secrets_come_by_reference",
        lambda p: planted(
            p,
            "ecs:TaskDefinition",
            "backend",
            in_container(lambda c: c["secrets"][0].update(valueFrom=c["secrets"][0]["valueFrom"].replace("_", "-"))),
        ),
    ),
    "a secret is in the plain environment": (
        "secrets_come_by_reference",
        lambda p: planted(p, "ecs:TaskDefinition", "backend", variable("SERVICE_SECRET", "swordfish")),
    ),
    "a required variable is missing": (
        "settings_are_set",
        lambda p: planted(p, "ecs:TaskDefinition", "backend", variable("TRUSTED_PROXY_HOPS", None)),
    ),
    "a variable is misspelt": (
        "settings_are_set",
        lambda p: planted(p, "ecs:TaskDefinition", "backend", variable("POOLSIZE", "3")),
    ),
    "a task is killed while it drains": (
        "stopping_takes_its_time",
        lambda p: planted(p, "ecs:TaskDefinition", "backend", in_container(lambda c: c.update(stopTimeout=5))),
    ),
    "the load balancer asks another port": (
        "ports_agree",
        lambda p: planted(p, "ecs:Service", "backend", at("loadBalancers.0.containerPort", 3002)),
    ),
    "a check looks at another port": (
        "ports_agree",
        lambda p: planted(
            p,
            "ecs:TaskDefinition",
            "backend",
            in_container(lambda c: c["healthCheck"].update(command=["CMD", "python", "http://127.0.0.1:9/health"])),
        ),
    ),
    "an address leads to nobody": (
        "addresses_lead_to_services",
        lambda p: planted(p, "ecs:TaskDefinition", "storefront", variable("BACKEND_URL", "http://backend:8080")),
    ),
    "one side of a call is closed": (
        "calls_pass_the_firewall",
        lambda p: without(p, "vpc:SecurityGroupEgressRule", "backend-to-database"),
    ),
    "the load balancer cannot reach a service": (
        "calls_pass_the_firewall",
        lambda p: without(p, "vpc:SecurityGroupIngressRule", "storefront-from-alb"),
    ),
    "a circuit breaker beside blue-green": (
        "deployments_fit_their_strategy",
        lambda p: planted(p, "ecs:Service", "backend", put(deploymentCircuitBreaker={"enable": True})),
    ),
    "a deployment looks at no alarm": (
        "deployments_fit_their_strategy",
        lambda p: planted(p, "ecs:Service", "backend", at("alarms.alarmNames", ["sweetdream-prod-nothing"])),
    ),
    "the storefront shifts by steps": (
        "deployments_fit_their_strategy",
        lambda p: planted(p, "ecs:Service", "storefront", at("deploymentConfiguration.strategy", "LINEAR")),
    ),
    "a deployment would undo autoscaling": (
        "deployments_fit_their_strategy",
        lambda p: planted(p, "ecs:Service", "backend", put(), ignore_changes=("loadBalancers",)),
    ),
    "a service does not wait for migrations": (
        "preparing_comes_first",
        lambda p: planted(p, "ecs:Service", "backend", put(), depends_on=()),
    ),
    "pools are larger than the database": (
        "connections_suffice",
        lambda p: planted(p, "ecs:TaskDefinition", "backend", variable("POOL_SIZE", "4")),
    ),
    "more tasks want more connections": (
        "connections_suffice",
        lambda p: planted(p, "appautoscaling:Target", "order-service", put(maxCapacity=13)),
    ),
    "how many connections there are is left to RDS": (
        "connections_suffice",
        lambda p: planted(p, "rds:ParameterGroup", None, lambda inputs: inputs["parameters"].pop()),
    ),
    "a log group is kept for ever": (
        "logs_end",
        lambda p: planted(p, "cloudwatch:LogGroup", "backend", drop("retentionInDays")),
    ),
    "an alarm tells nobody": (
        "alarms_tell_somebody",
        lambda p: planted(p, "cloudwatch:MetricAlarm", "backend-5xx", put(alarmActions=[])),
    ),
    "an alarm watches a service that is gone": (
        "alarms_point_at_something",
        lambda p: planted(
            p,
            "cloudwatch:MetricAlarm",
            "backend-5xx",
            at("metricQueries.0.metric.dimensions", {"LoadBalancer": "app/gone/1"}),
        ),
    ),
    "an alarm compares two values": (
        "alarms_point_at_something",
        lambda p: planted(p, "cloudwatch:MetricAlarm", "backend-5xx", at("metricQueries.0.returnData", True)),
    ),
    "a function is on an old runtime": (
        "functions_are_bounded",
        lambda p: planted(p, "lambda:Function", "prepare", put(runtime="python3.9")),
    ),
    "a function runs for an hour": (
        "functions_are_bounded",
        lambda p: planted(p, "lambda:Function", "prepare", put(timeout=3_600)),
    ),
    "a widget draws what is gone": (
        "widgets_point_at_something",
        lambda p: planted(
            p,
            "cloudwatch:Dashboard",
            None,
            lambda inputs: inputs.update(dashboardBody=inputs["dashboardBody"].replace("sweetdream-prod-db", "gone")),
        ),
    ),
    "a schedule loses what cannot be delivered": (
        "schedules_lose_nothing",
        lambda p: planted(p, "scheduler:Schedule", "export", lambda inputs: inputs["target"].pop("deadLetterConfig")),
    ),
    "a schedule calls nothing": (
        "schedules_lose_nothing",
        lambda p: planted(p, "scheduler:Schedule", "export", at("target.arn", "arn:aws:lambda:us-west-2:1:function:x")),
    ),
    "nothing says whose it is": (
        "everything_is_tagged",
        lambda p: replace(p, config={**p.config, "aws:defaultTags": '{"tags": {"Project": "sweetdream"}}'}),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_found_by_its_rule(mistake: str, prod: Plan) -> None:
    rule, plant = MISTAKES[mistake]
    assert rule in {one.rule for one in check(plant(prod))}


def test_nothing_is_wrong_with_the_plans(stack: Plan) -> None:
    assert check(stack) == []


def test_every_rule_has_a_mistake_planted_for_it() -> None:
    assert {rule.__name__ for rule in RULES} == {rule for rule, _ in MISTAKES.values()}
    assert len(MISTAKES) >= 30
