"""What the two environments are, row by row, and in what they differ."""

import ipaddress
import json
import re
import tomllib
from typing import Any

import pytest

from planner.resources import Plan

SERVICES = ("storefront", "backend", "order-service", "user-service")
EACH = pytest.mark.parametrize(
    ("stack_name", "wanted"),
    [
        ("dev", {"region": "us-east-1", "cidr": "10.1.0.0/16", "days": 7, "tasks": (1, 3), "backups": 7}),
        ("prod", {"region": "us-west-2", "cidr": "10.0.0.0/16", "days": 30, "tasks": (2, 10), "backups": 30}),
    ],
)


@EACH
def test_region_and_network(stack_name: str, wanted: dict[str, Any], plans: dict[str, Plan]) -> None:
    plan = plans[stack_name]
    assert plan.region == wanted["region"]
    assert plan.one("ec2:Vpc").inputs["cidrBlock"] == wanted["cidr"]
    zones = {one.inputs["availabilityZone"] for one in plan.of_type("ec2:Subnet")}
    assert zones == {f"{wanted['region']}a", f"{wanted['region']}b"}  # found by asking the region
    assert len(plan.of_type("ec2:NatGateway")) == 1
    assert plan.one("ec2:VpcEndpoint").inputs["vpcEndpointType"] == "Gateway"
    assert plan.one("ec2:FlowLog").inputs["trafficType"] == "REJECT"


def test_the_networks_are_disjoint(dev: Plan, prod: Plan) -> None:
    first, second = (ipaddress.ip_network(one.one("ec2:Vpc").inputs["cidrBlock"]) for one in (dev, prod))
    assert not first.overlaps(second)


@EACH
def test_names(stack_name: str, wanted: dict[str, Any], plans: dict[str, Plan]) -> None:
    plan = plans[stack_name]
    assert plan.one("ecs:Cluster").inputs["name"] == f"sweetdream-{stack_name}-cluster"
    assert plan.one("lb:LoadBalancer").inputs["name"] == f"{stack_name}-sweetdream-alb"
    assert plan.one("cloudwatch:Dashboard").inputs["dashboardName"] == (
        f"SweetDream-BlueGreen-Dashboard-{stack_name.capitalize()}"
    )


@EACH
def test_logs_are_kept_for(stack_name: str, wanted: dict[str, Any], plans: dict[str, Plan]) -> None:
    kept = {one.inputs["retentionInDays"] for one in plans[stack_name].of_type("cloudwatch:LogGroup")}
    assert kept == {wanted["days"]}


@EACH
def test_every_service_scales_between(stack_name: str, wanted: dict[str, Any], plans: dict[str, Plan]) -> None:
    plan = plans[stack_name]
    targets = {one.name: one.inputs for one in plan.of_type("appautoscaling:Target")}
    assert set(targets) == set(SERVICES)
    assert {(one["minCapacity"], one["maxCapacity"]) for one in targets.values()} == {wanted["tasks"]}
    policies = plan.of_type("appautoscaling:Policy")
    followed = {
        one.name: one.inputs["targetTrackingScalingPolicyConfiguration"]["targetValue"]
        for one in policies
        if one.name.startswith("backend-")
    }
    assert followed == {"backend-cpu": 70, "backend-memory": 80}
    assert "storefront-sessions" in {one.name for one in policies}
    cooldowns = {one.inputs["targetTrackingScalingPolicyConfiguration"]["scaleOutCooldown"] for one in policies}
    assert cooldowns == {60}  # out within two minutes


def test_deployments(dev: Plan, prod: Plan) -> None:
    assert {one.inputs["deploymentConfiguration"]["strategy"] for one in dev.of_type("ecs:Service")} == {"ROLLING"}
    strategies = {one.name: one.inputs["deploymentConfiguration"]["strategy"] for one in prod.of_type("ecs:Service")}
    assert strategies == {
        "storefront": "BLUE_GREEN",
        "backend": "LINEAR",
        "order-service": "LINEAR",
        "user-service": "LINEAR",
    }


def test_tls(dev: Plan, prod: Plan) -> None:
    assert {one.inputs["protocol"] for one in dev.of_type("lb:Listener")} == {"HTTP"}
    listeners = {one.name: one.inputs for one in prod.of_type("lb:Listener")}
    assert {name: one["protocol"] for name, one in listeners.items()} == {
        "http": "HTTP",
        "https": "HTTPS",
        "test": "HTTPS",
    }
    assert listeners["http"]["defaultActions"][0]["redirect"]["statusCode"] == "HTTP_301"
    assert listeners["https"]["certificateArn"].startswith("arn:aws:acm:us-west-2:")


@EACH
def test_the_database(stack_name: str, wanted: dict[str, Any], plans: dict[str, Plan]) -> None:
    database = plans[stack_name].one("rds:Instance").inputs
    assert database["backupRetentionPeriod"] == wanted["backups"]
    assert database["multiAz"] is (stack_name == "prod")
    assert database["engineVersion"] == "18"
    assert database["performanceInsightsEnabled"] is True
    assert database["deletionProtection"] is (stack_name == "prod")
    parameters = {one["name"]: one["value"] for one in plans[stack_name].one("rds:ParameterGroup").inputs["parameters"]}
    assert parameters["rds.force_ssl"] == "1"
    assert parameters["log_min_duration_statement"] == "500"
    connections = {"dev": 140, "prod": 280}[stack_name]
    assert parameters["max_connections"] == str(connections)
    alarm = plans[stack_name].one("cloudwatch:MetricAlarm", "database-connections").inputs
    assert alarm["threshold"] == connections * 9 // 10  # of what is there, or it would never ring


def test_production_alone_has_cdn_firewall_backup_and_mail(dev: Plan, prod: Plan) -> None:
    for kind in (
        "cloudfront:Distribution",
        "wafv2:WebAcl",
        "backup:Plan",
        "sesv2:EmailIdentity",
        "route53:HealthCheck",
    ):
        assert dev.of_type(kind) == []
        assert len(prod.of_type(kind)) == 1
    assert prod.one("backup:Vault", "away").inputs["region"] == "us-east-1"


def test_the_bastion_is_off(stack: Plan) -> None:
    assert stack.of_type("ec2:Instance") == []


def test_development_may_be_looked_into_and_is_not_open(dev: Plan, prod: Plan) -> None:
    assert {one.inputs["enableExecuteCommand"] for one in dev.of_type("ecs:Service")} == {True}
    assert {one.inputs["enableExecuteCommand"] for one in prod.of_type("ecs:Service")} == {False}


def test_the_web_is_open_to_the_cdn_alone(prod: Plan) -> None:
    rules = prod.of_type("vpc:SecurityGroupIngressRule")
    assert [one.name for one in rules if one.inputs.get("cidrIpv4") == "0.0.0.0/0"] == []
    assert {one.inputs["fromPort"] for one in rules if one.inputs.get("prefixListId")} == {80, 443}


def test_the_lake(stack: Plan) -> None:
    rules = stack.one("s3:BucketLifecycleConfiguration", "lake").inputs["rules"]
    assert rules[0]["transitions"] == [{"days": 90, "storageClass": "GLACIER"}]
    assert stack.one("s3:BucketVersioning", "lake").inputs["versioningConfiguration"] == {"status": "Enabled"}
    schedule = stack.one("scheduler:Schedule", "export").inputs
    assert (schedule["scheduleExpression"], schedule["scheduleExpressionTimezone"]) == ("cron(0 17 * * ? *)", "UTC")


def test_the_export_is_told_where_from_and_where_to(stack: Plan) -> None:
    told = stack.one("lambda:Function", "export").inputs["environment"]["variables"]
    groups = {one.inputs["name"] for one in stack.of_type("cloudwatch:LogGroup")}
    assert set(told["ANALYTICS_SOURCE"].removeprefix("logs://").split(",")) <= groups
    assert told["ANALYTICS_LAKE"] == f"s3://{stack.one('s3:Bucket', 'lake').inputs['bucket']}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_logs_to_its_own_group(service: str, stack: Plan) -> None:
    definition = stack.one("ecs:TaskDefinition", service)
    container = json.loads(definition.inputs["containerDefinitions"])[0]
    options = container["logConfiguration"]["options"]
    assert options["awslogs-group"] == f"/sweetdream/{stack.stack}/{service}"
    assert definition.inputs["runtimePlatform"]["cpuArchitecture"] == "ARM64"


@pytest.mark.parametrize("service", ["backend", "order_service", "user_service"])
def test_health_paths_are_in_the_services_documents(service: str, stack: Plan, pytestconfig: pytest.Config) -> None:
    document = json.loads((pytestconfig.rootpath / f"docs/openapi/{service}.json").read_text(encoding="utf-8"))
    groups = [one for one in stack.of_type("lb:TargetGroup") if one.name.startswith(service.replace("_", "-"))]
    assert groups
    for group in groups:
        assert "get" in document["paths"][group.inputs["healthCheck"]["path"]]


def test_the_live_table_of_events_has_a_role_a_migration_and_its_server(stack: Plan) -> None:
    secret = stack.one("secretsmanager:Secret", "analytics")
    assert secret.inputs["name"] == f"sweetdream/{stack.stack}/analytics"
    address = f"{secret.arn}:DATABASE_URL::"

    def container(task: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(stack.one("ecs:TaskDefinition", task).inputs["containerDefinitions"])[0]
        return found

    assert {"name": "ANALYTICS_DATABASE_URL", "valueFrom": address} in container("backend")["secrets"]
    others = [
        one["name"] for name in ("storefront", "order-service", "user-service") for one in container(name)["secrets"]
    ]
    assert "ANALYTICS_DATABASE_URL" not in others
    provision = container("provision")
    assert provision["command"][-4:] == ["backend", "order_service", "user_service", "analytics"]
    assert {"name": "ANALYTICS_DB_SECRET_ARN", "value": secret.arn} in provision["environment"]
    migrate = container("migrate-analytics")
    assert migrate["command"] == ["python", "-m", "shopkit.migrations", "analytics"]
    assert {"name": "DATABASE_URL", "valueFrom": address} in migrate["secrets"]
    event = json.loads(stack.one("lambda:Invocation").inputs["input"])
    assert [one["name"] for one in event["tasks"]] == [
        "provision", "migrate-backend", "migrate-order-service", "migrate-user-service", "migrate-analytics", "seed",
    ]  # fmt: skip
    assert event["secrets"]["analytics"] == {"arn": secret.arn, "keys": ["DATABASE_URL"]}


def test_ports_are_those_of_the_table_of_routes(stack: Plan, pytestconfig: pytest.Config) -> None:
    ports = tomllib.loads((pytestconfig.rootpath / "deploy/routes.toml").read_text(encoding="utf-8"))["ports"]
    for name, port in ports.items():
        definition = stack.one("ecs:TaskDefinition", name.replace("_", "-"))
        container = json.loads(definition.inputs["containerDefinitions"])[0]
        assert [one["containerPort"] for one in container["portMappings"]] == [port]


CRITICAL = {
    *(f"{service}-{what}" for service in SERVICES for what in ("unhealthy", "5xx", "cpu", "memory")),
    "database-storage", "database-cpu", "database-connections", "export-failed", "export-undelivered",
    "prepare-errors", "shop-unreached",
}  # fmt: skip
WARNING = {
    "shop-slow", "shop-4xx", "database-slow", "database-memory", "traffic-unusual", "storefront-most-tasks",
    "nat-traffic", "lake-size",
}  # fmt: skip


def test_alarms_tell_the_topic_of_their_weight(stack: Plan) -> None:
    told: dict[str, set[str]] = {"critical": set(), "warning": set()}
    for alarm in stack.of_type("cloudwatch:MetricAlarm"):
        told[re.split("[-:]", alarm.inputs["alarmActions"][0])[-1]].add(alarm.name)
    assert told["critical"] - {"smoke-errors"} == CRITICAL
    assert told["warning"] == WARNING
    assert stack.one("cloudwatch:CompositeAlarm").inputs["alarmActions"][0].endswith("critical")
    assert stack.one("cloudwatch:EventRule").inputs["eventPattern"].count("SERVICE_DEPLOYMENT_FAILED") == 1


def test_money(stack: Plan) -> None:
    budget = stack.one("budgets:Budget").inputs
    assert budget["limitAmount"] == {"dev": "120", "prod": "260"}[stack.stack]
    actual = [one["threshold"] for one in budget["notifications"] if one["notificationType"] == "ACTUAL"]
    assert actual == [50, 80, 100]
    assert budget["costFilters"][0]["values"] == [f"user:Environment${stack.stack}"]


def test_no_program_asks_which_stack_it_is(pytestconfig: pytest.Config) -> None:
    folder = pytestconfig.rootpath / "pulumi"
    sources = [*folder.glob("infra/**/*.py"), *folder.glob("*.py"), *folder.glob("bootstrap/**/*.py")]
    assert len(sources) > 20
    found = [path.name for path in sources if re.search(r"(stack|environment) (==|!=|in) [\"'(\[]", path.read_text())]
    assert found == []
    assert not (folder / "__init__.py").exists()  # it would stand before the SDK
