"""What a change of the programs would do to what is there."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from planner.changes import changes, losses
from planner.resources import Plan


def edited(plan: Plan, kind: str, name: str, edit: Callable[[dict[str, Any]], Any]) -> str:
    told = json.loads(plan.to_json())
    edit(next(one for one in told["resources"] if one["urn"].endswith(f":{kind}::{name}"))["inputs"])
    return json.dumps(told)


def without(plan: Plan, kind: str, name: str) -> str:
    told = json.loads(plan.to_json())
    told["resources"] = [one for one in told["resources"] if not one["urn"].endswith(f":{kind}::{name}")]
    return json.dumps(told)


def test_a_plan_does_not_differ_from_itself(prod: Plan) -> None:
    assert changes(prod.to_json(), prod.to_json()) == []


@pytest.mark.parametrize(
    ("kind", "name", "key", "said"),
    [
        ("Instance", "database", "identifier", "rds:Instance database would be replaced (identifier)"),
        ("Bucket", "lake", "bucket", "s3:Bucket lake would be replaced (bucket)"),
        ("LoadBalancer", "alb", "internal", "lb:LoadBalancer alb would be replaced (internal)"),
    ],
)
def test_what_would_be_replaced_has_to_be_named(kind: str, name: str, key: str, said: str, prod: Plan) -> None:
    found = changes(prod.to_json(), edited(prod, kind, name, lambda inputs: inputs.update({key: "another"})))
    assert list(losses(found)) == [said]
    assert list(losses(found, {name})) == []


def test_what_would_be_deleted_has_to_be_named(prod: Plan) -> None:
    found = changes(prod.to_json(), without(prod, "Key", "key"))
    assert list(losses(found)) == ["kms:Key key would be deleted"]


def test_what_grows_in_place_is_no_loss(prod: Plan) -> None:
    found = changes(prod.to_json(), edited(prod, "Instance", "database", lambda one: one.update(allocatedStorage=50)))
    assert [(one.name, one.kind, one.keys) for one in found] == [("database", "changed", ("allocatedStorage",))]
    assert list(losses(found)) == []
