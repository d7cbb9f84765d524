"""The function that fills the secrets and runs the one-off tasks, against a double of Secrets Manager."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from moto import mock_aws

from functions import prepare

KEYS = {
    "backend": ["SERVICE_SECRET", "DATABASE_URL"],
    "user_service": ["SERVICE_SECRET", "DATABASE_URL", "SIGNING_KEY", "ADMIN_PASSWORD"],
    "storefront": ["SERVICE_SECRET", "SESSION_SECRET", "VALKEY_URL"],
    "analytics": ["DATABASE_URL"],
}


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="us-east-1")


@pytest.fixture
def event(vault: Any) -> dict[str, Any]:
    arns = {name: vault.create_secret(Name=name)["ARN"] for name in KEYS}
    return {
        "secrets": {name: {"arn": arn, "keys": KEYS[name]} for name, arn in arns.items()},
        "database": "db.example.com",
        "name": "sweetdream",
        "cache": {"id": "cache", "address": "cache.example.com"},
        "cluster": "cluster",
        "subnets": ["subnet-1"],
        "securityGroup": "sg-1",
        "tasks": [],
    }


def values(vault: Any, event: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {
        name: json.loads(vault.get_secret_value(SecretId=told["arn"])["SecretString"])
        for name, told in event["secrets"].items()
    }


def test_every_key_gets_a_value(vault: Any, event: dict[str, Any]) -> None:
    assert prepare.fill(event, vault) == ["backend", "user_service", "storefront", "analytics"]
    made = values(vault, event)
    assert len({one["SERVICE_SECRET"] for one in made.values() if "SERVICE_SECRET" in one}) == 1  # shared by all
    backend = made["backend"]
    assert backend["DATABASE_URL"] == (
        f"postgresql://backend:{backend['password']}@db.example.com:5432/sweetdream?sslmode=require"
    )
    assert backend["password"] != made["user_service"]["password"]
    assert made["storefront"]["VALKEY_URL"] == f"rediss://:{made['storefront']['cache_token']}@cache.example.com:6379/0"
    assert all(len(value) >= 32 for one in made.values() for value in one.values())
    assert set(made["analytics"]) == {"password", "DATABASE_URL"}
    assert made["analytics"]["DATABASE_URL"].startswith(f"postgresql://analytics:{made['analytics']['password']}@")
    key = load_pem_private_key(made["user_service"]["SIGNING_KEY"].encode(), password=None)
    assert isinstance(key, Ed25519PrivateKey)


def test_a_second_call_changes_nothing(vault: Any, event: dict[str, Any]) -> None:
    prepare.fill(event, vault)
    before = values(vault, event)
    assert prepare.fill(event, vault) == []
    assert values(vault, event) == before


def test_a_key_that_was_taken_out_is_made_anew_and_the_others_stay(vault: Any, event: dict[str, Any]) -> None:
    prepare.fill(event, vault)
    before = values(vault, event)
    left = {key: value for key, value in before["user_service"].items() if key != "ADMIN_PASSWORD"}
    vault.put_secret_value(SecretId=event["secrets"]["user_service"]["arn"], SecretString=json.dumps(left))
    assert prepare.fill(event, vault) == ["user_service"]
    after = values(vault, event)["user_service"]
    assert after["ADMIN_PASSWORD"] != before["user_service"]["ADMIN_PASSWORD"]
    assert {**after, "ADMIN_PASSWORD": ""} == {**before["user_service"], "ADMIN_PASSWORD": ""}


def test_a_database_that_moved_changes_the_address_and_not_the_password(vault: Any, event: dict[str, Any]) -> None:
    prepare.fill(event, vault)
    before = values(vault, event)["backend"]
    prepare.fill({**event, "database": "restored.example.com"}, vault)
    after = values(vault, event)["backend"]
    assert after["password"] == before["password"]
    assert "@restored.example.com:5432/" in after["DATABASE_URL"]


class Tasks:
    """Stands for ECS, which the double runs no task of: it tells the states of a task one after another."""

    def __init__(self, *codes: int | None, failures: list[dict[str, str]] | None = None) -> None:
        self.codes, self.failures = codes, failures or []
        self.states = ["PENDING", "RUNNING", "STOPPED"]
        self.asked: list[dict[str, Any]] = []

    def run_task(self, **told: Any) -> dict[str, Any]:
        self.asked.append(told)
        return {"tasks": [] if self.failures else [{"taskArn": "arn:task"}], "failures": self.failures}

    def describe_tasks(self, cluster: str, tasks: list[str]) -> dict[str, Any]:
        assert (cluster, tasks) == ("cluster", ["arn:task"])
        containers = [{"exitCode": code} if code is not None else {} for code in self.codes]
        return {"tasks": [{"lastStatus": self.states.pop(0), "containers": containers, "stoppedReason": "ended"}]}


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "POLL_SECONDS", 0.0)


@pytest.mark.usefixtures("at_once")
def test_a_task_is_waited_for(event: dict[str, Any]) -> None:
    tasks = Tasks(0)
    prepare.run_task(event, {"name": "provision", "definition": "arn:definition"}, tasks)
    assert tasks.states == []
    network = tasks.asked[0]["networkConfiguration"]["awsvpcConfiguration"]
    assert network == {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("tasks", [Tasks(1), Tasks(None), Tasks(failures=[{"reason": "no capacity"}])])
def test_a_task_that_fails_fails_the_deployment(tasks: Tasks, event: dict[str, Any]) -> None:
    with pytest.raises(prepare.TaskFailed, match="provision"):
        prepare.run_task(event, {"name": "provision", "definition": "arn:definition"}, tasks)
