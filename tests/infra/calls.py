"""Writes down what code asks of AWS, as IAM calls it, and reads from a plan what a role may do."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import boto3

from planner.resources import ACCOUNT, Plan
from planner.rules.access import statements

# Where IAM's name is not the operation's.
NAMED = {"s3:ListObjectsV2": "s3:ListBucket"}
Call = tuple[str, str]
"""An action and the ARN it is done to."""


@dataclass
class Calls:
    """The calls of clients that `boto3.client` makes once it is installed. `answers` are given in place of AWS's."""

    region: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    made: set[Call] = field(default_factory=set)

    def install(self) -> None:
        """Listen to clients that are made from now on. A test's own session ends with it."""
        boto3.setup_default_session(
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            region_name=self.region,
        )
        assert boto3.DEFAULT_SESSION is not None
        boto3.DEFAULT_SESSION.events.register("before-parameter-build.*.*", self._note)
        boto3.DEFAULT_SESSION.events.register("before-call.*.*", self._answer)

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        action = f"{model.service_model.signing_name}:{model.name}"
        self.made.add((NAMED.get(action, action), self._target(model.service_model.signing_name, params)))

    def _answer(self, model: Any, **_: Any) -> tuple[Any, Any] | None:
        if model.name not in self.answers:
            return None
        response = type("Response", (), {"status_code": 200})()
        answer = self.answers[model.name]
        return response, answer() if callable(answer) else answer

    def _target(self, service: str, params: dict[str, Any]) -> str:
        place = f"{self.region}:{ACCOUNT}"
        if service == "s3":
            return f"arn:aws:s3:::{params['Bucket']}" + (f"/{params['Key']}" if "Key" in params else "")
        if service == "logs":
            return f"arn:aws:logs:{place}:log-group:{params['logGroupName']}:*"
        if service == "elasticache":
            return f"arn:aws:elasticache:{place}:replicationgroup:{params['ReplicationGroupId']}"
        return str(params.get("SecretId") or params.get("taskDefinition") or "*")


def allowed(plan: Plan, role: str) -> set[Call]:
    """Return the actions and the resources, as patterns, that a role's own policy allows."""
    found = [one for one in plan.of_type("iam:RolePolicy") if one.name == role]
    return {call for one in found for statement in statements(one) for call in _pairs(statement)}


def _pairs(statement: dict[str, Any]) -> Iterator[Call]:
    for action in statement["Action"]:
        for resource in statement["Resource"]:
            yield action, resource


def refused(made: set[Call], may: set[Call]) -> set[Call]:
    """Return the calls that no statement allows."""
    return {one for one in made if not any(_covers(statement, one) for statement in may)}


def unused(made: set[Call], may: set[Call]) -> set[Call]:
    """Return what is allowed and never done."""
    return {statement for statement in may if not any(_covers(statement, one) for one in made)}


def _covers(statement: Call, made: Call) -> bool:
    return statement[0] == made[0] and fnmatchcase(made[1], statement[1])


def container(plan: Plan, task: str) -> dict[str, Any]:
    """Return the container of a task definition."""
    found: dict[str, Any] = json.loads(plan.one("ecs:TaskDefinition", task).inputs["containerDefinitions"])[0]
    return found
