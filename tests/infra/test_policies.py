"""Every action that a policy names is one that AWS knows."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from planner.resources import Plan
from planner.rules.access import statements


@cache
def known_actions() -> frozenset[str]:
    """Return AWS's actions in lower case, from the list that parliament carries; its code is too old to import."""
    spec = find_spec("parliament")
    assert spec is not None
    assert spec.origin is not None
    services = json.loads((Path(spec.origin).parent / "iam_definition.json").read_text(encoding="utf-8"))
    return frozenset(
        f"{service['prefix']}:{one['privilege']}".lower() for service in services for one in service["privileges"]
    )


def unknown(actions: list[str]) -> list[str]:
    return [action for action in actions if action.lower() not in known_actions()]


def test_policies_name_actions_that_exist(stack: Plan) -> None:
    policies = stack.of_type("iam:RolePolicy", "iam:Policy")
    assert len(policies) > 10
    named = {action for one in policies for statement in statements(one) for action in statement["Action"]}
    assert len(named) > 20
    assert unknown(sorted(named)) == []


@pytest.mark.parametrize("action", ["s3:GetObjekt", "nowhere:Get", "logs:PutLogEvent"])
def test_a_misspelt_action_is_found(action: str) -> None:
    assert unknown([action, "s3:GetObject"]) == [action]
