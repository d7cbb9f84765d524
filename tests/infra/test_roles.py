"""A role may do what the code that runs under it asks of AWS, no more and no less. The code is run, its calls noted."""

import ast
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from backend.media.storage import S3Storage
from functions import prepare
from planner.resources import Plan
from shopkit import provision
from shopkit.clock import day_bounds, shop_day
from tests.infra.calls import Call, Calls, allowed, container, refused, unused

DAY = shop_day(datetime.now(UTC)) - timedelta(days=2)
# Modules that ask something of AWS, and under which role; what no role may do is done by people or in development.
ASKING = {
    "analytics/lakes.py": {"export-function": {"get_object", "put_object", "list_objects_v2"}, "": {"delete_object"}},
    "analytics/sources.py": {"export-function": {"filter_log_events"}},
    "backend/media/storage.py": {"backend-task": {"get_object", "put_object"}, "": {"create_bucket"}},
    "shopkit/provision.py": {"provision-task": {"get_secret_value"}},
    "pulumi/functions/prepare.py": {
        "prepare-function": {
            "get_secret_value", "put_secret_value", "describe_replication_groups", "modify_replication_group",
            "run_task", "describe_tasks",
        }
    },
}  # fmt: skip


@pytest.fixture
def calls(stack: Plan, monkeypatch: pytest.MonkeyPatch) -> Calls:
    monkeypatch.setenv("AWS_DEFAULT_REGION", stack.region)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return Calls(stack.region)


def assert_exact(plan: Plan, role: str, made: set[Call]) -> None:
    may = allowed(plan, role)
    assert refused(made, may) == set()
    assert unused(made, may) == set()


def its_log(plan: Plan, function: str) -> set[Call]:
    """Return what Lambda does under a function's role: it writes the log."""
    [group] = [one.arn for one in plan.of_type("cloudwatch:LogGroup") if one.name == function]
    return {(f"logs:{action}", f"{group}:*") for action in ("CreateLogStream", "PutLogEvents")}


@pytest.mark.anyio
async def test_the_backend(stack: Plan, calls: Calls) -> None:
    told = {one["name"]: one["value"] for one in container(stack, "backend")["environment"]}
    with mock_aws():
        calls.install()
        bucket, place = told["MEDIA_BUCKET"], {"LocationConstraint": stack.region}
        client = boto3.session.Session(region_name="us-east-1").client("s3")
        client.create_bucket(
            Bucket=bucket, **({} if stack.region == "us-east-1" else {"CreateBucketConfiguration": place})
        )  # type: ignore[arg-type]
        storage = S3Storage(bucket, "media/")
        await storage.put("products/a.svg", b"<svg/>", "image/svg+xml")
        assert await storage.get("products/a.svg") == b"<svg/>"
        assert await storage.get("products/none.svg") is None
    # S3 answers 403, not 404, to who may not list; the storage would take that for a failure.
    extra = {("s3:ListBucket", f"arn:aws:s3:::{bucket}")}
    assert_exact(stack, "backend-task", calls.made | extra | by_people(stack))


def by_people(plan: Plan) -> set[Call]:
    """Return what ECS Exec wants of a task role, where it is on."""
    if not any(one.inputs["enableExecuteCommand"] for one in plan.of_type("ecs:Service")):
        return set()
    ways = ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
    return {(f"ssmmessages:{way}", "*") for way in ways}


@pytest.mark.parametrize("service", ["storefront", "order-service", "user-service"])
def test_the_services_that_ask_nothing_of_aws(service: str, stack: Plan) -> None:
    assert_exact(stack, f"{service}-task", by_people(stack))


@pytest.mark.parametrize("service", ["storefront", "backend", "order-service", "user-service"])
def test_what_starts_a_service(service: str, stack: Plan) -> None:
    secrets = {one["valueFrom"].rsplit(":", 3)[0] for one in container(stack, service)["secrets"]}
    [logs] = [one.arn for one in stack.of_type("cloudwatch:LogGroup") if one.name == service]
    repository = container(stack, service)["image"].partition("/")[2].rpartition(":")[0]
    images = f"arn:aws:ecr:{stack.region}:123456789012:repository/{repository}"
    asked = {
        ("ecr:GetAuthorizationToken", "*"),
        *(
            (f"ecr:{what}", images)
            for what in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
        ),
        *((f"logs:{what}", f"{logs}:*") for what in ("CreateLogStream", "PutLogEvents")),
        *(("secretsmanager:GetSecretValue", one) for one in secrets),
        ("kms:Decrypt", stack.one("kms:Key", "key").arn),
    }
    assert_exact(stack, f"{service}-execution", asked)


def test_the_export(stack: Plan, calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    import random  # noqa: PLC0415

    from analytics.export import export  # noqa: PLC0415 - with their clients, which are made under the recorder
    from analytics.lakes import lake_at  # noqa: PLC0415
    from analytics.sources import source_at  # noqa: PLC0415
    from tests.unit.analytics.lake import line_of, some_event  # noqa: PLC0415

    told = stack.one("lambda:Function", "export").inputs["environment"]["variables"]
    begin, end = day_bounds(DAY)
    with mock_aws():
        client: Any = boto3.session.Session(region_name="us-east-1").client("s3")
        client.create_bucket(Bucket=told["ANALYTICS_LAKE"].removeprefix("s3://"))
        logs = boto3.session.Session(region_name=stack.region).client("logs")
        for group in told["ANALYTICS_SOURCE"].removeprefix("logs://").split(","):
            logs.create_log_group(logGroupName=group)
            logs.create_log_stream(logGroupName=group, logStreamName="one")
            event = some_event(random.Random(1), begin)
            entry: Any = {"timestamp": round(event.occurred_at.timestamp() * 1000), "message": line_of(event).decode()}
            logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=[entry])
        calls.install()
        manifest = export(
            source_at(told["ANALYTICS_SOURCE"]),
            lake_at(told["ANALYTICS_LAKE"]),
            DAY,
            now=lambda: end + timedelta(hours=1),
        )
        assert sum(manifest.events.values()) == 1
    failures = {("sqs:SendMessage", stack.one("sqs:Queue").arn)}  # Lambda's, for a call that failed to the end
    assert_exact(stack, "export-function", calls.made | its_log(stack, "export") | failures)


def test_the_tasks_that_provision(stack: Plan, calls: Calls) -> None:
    told = {one["name"]: one["value"] for one in container(stack, "provision")["environment"]}
    password = json.dumps({"username": "master", "password": "x" * 32})
    calls.answers = {"GetSecretValue": {"SecretString": password}}
    calls.install()
    provision.read_server_url(told)
    provision.read_passwords(container(stack, "provision")["command"][3:], told)
    key = {("kms:Decrypt", stack.one("kms:Key", "key").arn)}  # Secrets Manager's, for what it reads
    assert_exact(stack, "provision-task", calls.made | key)


def test_the_function_that_prepares(stack: Plan, calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    states = iter([{}, {"AuthTokenEnabled": False}])
    calls.answers = {
        "GetSecretValue": {"SecretString": json.dumps({"cache_token": "x"})},
        "PutSecretValue": {},
        "DescribeReplicationGroups": lambda: {"ReplicationGroups": [{"Status": "available", **next(states, {})}]},
        "ModifyReplicationGroup": {},
        "RunTask": {"tasks": [{"taskArn": "arn:task"}]},
        "DescribeTasks": {"tasks": [{"lastStatus": "STOPPED", "containers": [{"exitCode": 0}]}]},
    }
    monkeypatch.setattr(prepare, "POLL_SECONDS", 0.0)
    calls.install()
    event = json.loads(stack.one("lambda:Invocation").inputs["input"])
    prepare.handler(event, None)
    key = stack.one("kms:Key", "key").arn
    ran = {one["definition"] for one in event["tasks"]}
    definitions = [one for one in stack.of_type("ecs:TaskDefinition") if one.arn in ran]
    handed = {one.inputs[role] for one in definitions for role in ("taskRoleArn", "executionRoleArn")}
    extra = {
        ("kms:Decrypt", key),
        ("kms:GenerateDataKey", key),  # Secrets Manager's, for what it writes
        *(("iam:PassRole", one) for one in handed),
    }
    assert_exact(stack, "prepare-function", calls.made | its_log(stack, "prepare") | extra)


def methods(source: Path) -> set[str]:
    """Return the names of AWS operations that a module calls, or hands to a paginator."""
    known = {
        method
        for service in ("s3", "logs", "secretsmanager", "ecs", "elasticache", "ce", "cloudwatch", "sns")
        for method in boto3.session.Session(region_name="us-east-1").client(service).meta.method_to_api_mapping
    }
    tree = ast.walk(ast.parse(source.read_text(encoding="utf-8")))
    found = set()
    for node in tree:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in {"get_paginator", "get_waiter"} and isinstance(node.args[0], ast.Constant):
                name = str(node.args[0].value)
            if name in known:
                found.add(name)
    return found


def test_every_module_that_asks_something_of_aws_is_run_here(pytestconfig: pytest.Config) -> None:
    root = pytestconfig.rootpath
    folders = ("analytics", "backend", "order_service", "user_service", "shopkit", "storefront", "pulumi/functions")
    sources = [path for folder in folders for path in (root / folder).rglob("*.py")]
    found = {
        str(path.relative_to(root)): path for path in sources if "boto3.client(" in path.read_text(encoding="utf-8")
    }
    assert found.keys() == ASKING.keys()
    for name, path in found.items():
        assert methods(path) == set().union(*ASKING[name].values()), name


def test_a_role_that_may_too_much_or_too_little_is_found() -> None:
    made = {("s3:GetObject", "arn:aws:s3:::lake/a")}
    may = {("s3:GetObject", "arn:aws:s3:::lake/*"), ("s3:DeleteObject", "arn:aws:s3:::lake/*")}
    assert unused(made, may) == {("s3:DeleteObject", "arn:aws:s3:::lake/*")}
    assert refused({*made, ("s3:GetObject", "arn:aws:s3:::other/a")}, may) == {("s3:GetObject", "arn:aws:s3:::other/a")}
