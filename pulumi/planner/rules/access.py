"""Nobody may do more than they have to."""

import json
import re
from collections.abc import Iterator
from typing import Any

from planner.resources import Plan, Resource

# Actions that AWS knows for all resources only, or whose resource has no name yet.
EVERYWHERE = (
    "ecr:GetAuthorizationToken",
    "ssmmessages:*",
    "ecs:DescribeTasks",
    "ce:GetCostAndUsage",
    "ce:GetCostForecast",
    "cloudwatch:GetMetricData",
    "xray:Put*",
)
READING = re.compile(r"^[a-z0-9-]+:(Get|List|Describe|Query|Filter|BatchGet)")
TRUSTED = re.compile(r"^[a-z0-9-]+\.amazonaws\.com$")


def statements(one: Resource, key: str = "policy") -> list[dict[str, Any]]:
    """Return the statements of a resource's policy."""
    text = one.inputs.get(key)
    if not isinstance(text, str) or '"Statement"' not in text:
        return []
    found = json.loads(text)["Statement"]
    return found if isinstance(found, list) else [found]


def policies_name_what_they_allow(plan: Plan) -> Iterator[str]:
    """Allow named actions on named resources."""
    for one in plan.of_type("iam:RolePolicy", "iam:Policy"):
        for statement in statements(one):
            if statement["Effect"] != "Allow":
                continue
            actions, resources = _listed(statement["Action"]), _listed(statement["Resource"])
            for action in actions:
                if "*" in action and not action.startswith("ssmmessages"):
                    yield f"{one.name} allows {action}"
                if "*" in resources and not _may_be_everywhere(action):
                    yield f"{one.name} allows {action} on everything"


def roles_are_taken_by_services(plan: Plan) -> Iterator[str]:
    """Let AWS's services take on roles, and our own pipeline by OIDC; nobody else."""
    for role in plan.of_type("iam:Role"):
        for statement in statements(role, "assumeRolePolicy"):
            principal = statement["Principal"]
            if not isinstance(principal, dict) or set(principal) - {"Service", "Federated"}:
                yield f"{role.name} can be taken on by {principal}"
                continue
            for service in _listed(principal.get("Service", [])):
                if not TRUSTED.match(service):
                    yield f"{role.name} can be taken on by {service}"
            if "Federated" in principal and "sub" not in json.dumps(statement.get("Condition", {})):
                yield f"{role.name} can be taken on by any repository"


def passing_roles_is_bound(plan: Plan) -> Iterator[str]:
    """Let a role be handed to one service only."""
    for one in plan.of_type("iam:RolePolicy", "iam:Policy"):
        for statement in statements(one):
            if "iam:PassRole" in _listed(statement["Action"]) and "iam:PassedToService" not in json.dumps(statement):
                yield f"{one.name} may pass roles to anything"


def every_service_has_roles_of_its_own(plan: Plan) -> Iterator[str]:
    """Give each service a task role and an execution role that no other has."""
    owners: dict[tuple[str, str], str] = {}
    names = {one.inputs["taskDefinition"] for one in plan.of_type("ecs:Service")}
    for definition in plan.of_type("ecs:TaskDefinition"):
        if definition.arn not in names:
            continue
        for key in ("taskRoleArn", "executionRoleArn"):
            role = definition.inputs.get(key)
            if not role:
                yield f"{definition.name} has no {key}"
            elif (key, role) in owners:
                yield f"{definition.name} shares {key} with {owners[key, role]}"
            owners[key, str(role)] = definition.name


def secrets_can_be_read(plan: Plan) -> Iterator[str]:
    """Let the role that starts a task read the secrets that its containers name: else no task starts."""
    readable: dict[str, set[str]] = {}
    for policy in plan.of_type("iam:RolePolicy"):
        for statement in statements(policy):
            if "secretsmanager:GetSecretValue" in _listed(statement["Action"]):
                readable.setdefault(policy.inputs["role"], set()).update(_listed(statement["Resource"]))
    roles = {role.arn: role.physical_name for role in plan.of_type("iam:Role")}
    for definition in plan.of_type("ecs:TaskDefinition"):
        found = readable.get(roles.get(str(definition.inputs.get("executionRoleArn")), ""), set())
        for container in json.loads(definition.inputs["containerDefinitions"]):
            for secret in container.get("secrets", []):
                if not any(secret["valueFrom"].startswith(f"{arn}:") for arn in found):
                    yield f"{definition.name} may not read {secret['name']}"


def _may_be_everywhere(action: str) -> bool:
    for allowed in EVERYWHERE:
        if action == allowed or (allowed.endswith("*") and action.startswith(allowed[:-1])):
            return True
    return bool(READING.match(action))


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


RULES = (
    policies_name_what_they_allow,
    roles_are_taken_by_services,
    passing_roles_is_bound,
    every_service_has_roles_of_its_own,
    secrets_can_be_read,
)
