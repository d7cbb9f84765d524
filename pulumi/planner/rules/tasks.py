"""Task definitions and services, of which ECS takes much as text that nobody else checks."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from planner.resources import Plan, Resource

# CPU units: GB of memory that Fargate has with them.
FARGATE = {256: (0.5, 1, 2), 512: (1, 2, 3, 4), 1024: (2, 3, 4, 5, 6, 7, 8), 2048: tuple(range(4, 17))}
RETRYING_S = 10
"""What an image takes after DRAIN_S to end."""
OTHER_CONNECTIONS = 11
"""Five that PostgreSQL and RDS reserve, a migration's, and five of RDS's own watching and of people."""
MOST_TAKEN = 0.95


def containers(definition: Resource) -> list[dict[str, Any]]:
    """Return the containers of a task definition."""
    found: list[dict[str, Any]] = json.loads(definition.inputs["containerDefinitions"])
    return found


def tasks_fit_fargate(plan: Plan) -> Iterator[str]:
    """Ask for CPU and memory that Fargate has, on arm64."""
    for one in plan.of_type("ecs:TaskDefinition"):
        cpu, gb = int(one.inputs["cpu"]), int(one.inputs["memory"]) / 1024
        if gb not in FARGATE.get(cpu, ()):
            yield f"{one.name}: Fargate has no {cpu} units with {gb} GB"
        if one.inputs.get("runtimePlatform", {}).get("cpuArchitecture") != "ARM64":
            yield f"{one.name} is not for arm64"
        if one.inputs.get("networkMode") != "awsvpc":
            yield f"{one.name}: Fargate has no other network than awsvpc"


def containers_are_confined(plan: Plan) -> Iterator[str]:
    """Let a container write to its temporary folder only, and as no one of rank."""
    for one in plan.of_type("ecs:TaskDefinition"):
        for container in containers(one):
            if not container.get("readonlyRootFilesystem"):
                yield f"{one.name} can write to its root"
            if "ALL" not in container.get("linuxParameters", {}).get("capabilities", {}).get("drop", []):
                yield f"{one.name} keeps capabilities"
            if container.get("privileged") or container.get("user") in ("0", "root"):
                yield f"{one.name} is root"
            if not container.get("essential"):
                yield f"{one.name} would go on without its container"


def containers_log(plan: Plan) -> Iterator[str]:
    """Write logs to a group that is planned."""
    groups = {one.physical_name for one in plan.of_type("cloudwatch:LogGroup")}
    for one in plan.of_type("ecs:TaskDefinition"):
        for container in containers(one):
            options = container.get("logConfiguration", {}).get("options", {})
            if options.get("awslogs-group") not in groups:
                yield f"{one.name} logs to a group that is not planned"
            if not options.get("awslogs-stream-prefix"):
                yield f"{one.name}: Fargate wants a prefix of log streams"


def secrets_come_by_reference(plan: Plan) -> Iterator[str]:
    """Name a key that is filled, of a planned secret, and keep secrets out of the plain environment."""
    planned = {one.arn for one in plan.of_type("secretsmanager:Secret")}
    filled = {
        f"{secret['arn']}:{key}::"
        for call in plan.of_type("lambda:Invocation")
        for secret in json.loads(call.inputs["input"]).get("secrets", {}).values()
        if secret["arn"] in planned
        for key in secret["keys"]
    }
    for one in plan.of_type("ecs:TaskDefinition"):
        for container in containers(one):
            for secret in container.get("secrets", []):
                if secret["valueFrom"] not in filled:
                    yield f"{one.name}: {secret['name']} names no key that is filled, of a planned secret"
            for variable in container["environment"]:
                told = variable["name"]
                looks_secret = told.endswith(("_SECRET", "_PASSWORD", "_KEY", "_TOKEN"))
                if looks_secret or ("://" in str(variable["value"]) and "@" in str(variable["value"])):
                    yield f"{one.name}: {told} is in the plain environment"


def settings_are_set(plan: Plan) -> Iterator[str]:
    """Set every variable that a service requires, and none that it does not know."""
    for definition in _served(plan):
        container = containers(definition)[0]
        told = {one["name"]: one["value"] for one in container["environment"]}
        told |= {one["name"]: "" for one in container.get("secrets", [])}
        known, required = _settings(definition.name)
        if told.get("ENVIRONMENT") == "production":
            required = required | {"TRUSTED_PROXY_HOPS", "PUBLIC_URL", *(k for k in known if k.endswith("_SECRET"))}
            required |= {"SIGNING_KEY", "ADMIN_PASSWORD"} & known
            if not str(told.get("PUBLIC_URL")).startswith("https://"):
                yield f"{definition.name}: production is reached over HTTPS only"
        for name in sorted(required - set(told)):
            yield f"{definition.name} is not told {name}"
        for name in sorted(set(told) - known):
            yield f"{definition.name} knows no {name}"


def stopping_takes_its_time(plan: Plan) -> Iterator[str]:
    """Kill a container only after it had the time to drain."""
    for one in plan.of_type("ecs:TaskDefinition"):
        for container in containers(one):
            drain = next((float(v["value"]) for v in container["environment"] if v["name"] == "DRAIN_S"), 0.0)
            stop = int(container.get("stopTimeout", 30))
            if stop < drain + RETRYING_S or stop > 120:
                yield f"{one.name} is killed after {stop} s, and drains for {drain:g}"


def ports_agree(plan: Plan) -> Iterator[str]:
    """Listen where the load balancer, the check and the others' addresses say."""
    definitions = {one.arn: one for one in plan.of_type("ecs:TaskDefinition")}
    groups = {one.arn: one for one in plan.of_type("lb:TargetGroup")}
    for service in plan.of_type("ecs:Service"):
        definition = definitions.get(service.inputs["taskDefinition"])
        if definition is None:
            yield f"{service.name} runs a task that is not planned"
            continue
        container = containers(definition)[0]
        ports = {one["containerPort"] for one in container.get("portMappings", [])}
        names = {one.get("name") for one in container.get("portMappings", [])}
        for target in service.inputs.get("loadBalancers", []):
            if target["containerName"] != container["name"] or int(target["containerPort"]) not in ports:
                yield f"{service.name}: the load balancer asks a container or port that is not there"
            group = groups.get(target["targetGroupArn"])
            if group is None or int(group.inputs["port"]) not in ports:
                yield f"{service.name}: its target group is of another port"
        check = " ".join(container.get("healthCheck", {}).get("command", []))
        if not any(f":{port}/health" in check for port in ports):
            yield f"{service.name} does not look at its own health"
        for alias in service.inputs.get("serviceConnectConfiguration", {}).get("services", []):
            if alias["portName"] not in names:
                yield f"{service.name} is found by a port that is not there"


def addresses_lead_to_services(plan: Plan) -> Iterator[str]:
    """Tell services addresses by which others are found."""
    found = {
        f"http://{alias['dnsName']}:{alias['port']}"
        for service in plan.of_type("ecs:Service")
        for one in service.inputs.get("serviceConnectConfiguration", {}).get("services", [])
        for alias in one["clientAlias"]
    }
    for definition in _served(plan):
        for variable in containers(definition)[0]["environment"]:
            is_internal = variable["name"].endswith("_URL") and variable["name"] != "PUBLIC_URL"
            if is_internal and variable["value"] not in found:
                yield f"{definition.name}: nobody is found at {variable['value']}"


def calls_pass_the_firewall(plan: Plan) -> Iterator[str]:
    """Open a port between the load balancer and each service, and out of a group what comes into another."""
    incoming = plan.of_type("vpc:SecurityGroupIngressRule")
    outgoing = {
        (one.inputs["securityGroupId"], one.inputs.get("referencedSecurityGroupId"), one.inputs["fromPort"])
        for one in plan.of_type("vpc:SecurityGroupEgressRule")
    }
    for rule in incoming:
        source = rule.inputs.get("referencedSecurityGroupId")
        if source and (source, rule.inputs["securityGroupId"], rule.inputs["fromPort"]) not in outgoing:
            yield f"{rule.name}: the other side does not let it out"
    balancer = plan.one("lb:LoadBalancer").inputs["securityGroups"][0]
    groups = {one.arn: one for one in plan.of_type("lb:TargetGroup")}
    reached = {
        (one.inputs["securityGroupId"], int(one.inputs["fromPort"]))
        for one in incoming
        if one.inputs.get("referencedSecurityGroupId") == balancer
    }
    for service in plan.of_type("ecs:Service"):
        group = service.inputs["networkConfiguration"]["securityGroups"][0]
        target = groups.get(service.inputs["loadBalancers"][0]["targetGroupArn"])
        if target and (group, int(target.inputs["port"])) not in reached:
            yield f"{service.name}: the load balancer does not reach it"


def deployments_fit_their_strategy(plan: Plan) -> Iterator[str]:
    """Undo a bad deployment: by the circuit breaker, or by alarms and a hook."""
    alarms = {one.inputs["name"] for one in plan.of_type("cloudwatch:MetricAlarm")}
    rules = {one.arn for one in plan.of_type("lb:ListenerRule")}
    for service in plan.of_type("ecs:Service"):
        how = service.inputs["deploymentConfiguration"]
        rolling = how["strategy"] == "ROLLING"
        breaker = service.inputs.get("deploymentCircuitBreaker", {})
        if rolling and not (breaker.get("enable") and breaker.get("rollback")):
            yield f"{service.name} does not roll back"
        if not rolling and breaker.get("enable"):
            yield f"{service.name}: ECS refuses a circuit breaker beside {how['strategy']}"
        watched = service.inputs.get("alarms", {}).get("alarmNames", [])
        if not watched or not set(watched) <= alarms:
            yield f"{service.name} looks at alarms that are not planned"
        if "desiredCount" not in service.ignore_changes:
            yield f"{service.name}: a deployment would undo autoscaling"
        if rolling:
            continue
        advanced = service.inputs["loadBalancers"][0].get("advancedConfiguration", {})
        if advanced.get("productionListenerRule") not in rules or advanced.get("testListenerRule") not in rules:
            yield f"{service.name} shifts rules that are not planned"
        if "loadBalancers" not in service.ignore_changes:
            yield f"{service.name}: a deployment would move it back to its first group"
        if not how.get("lifecycleHooks"):
            yield f"{service.name} is not tried before it gets traffic"
        if service.name == "storefront" and how["strategy"] != "BLUE_GREEN":
            yield f"{service.name} must move all tabs at once"


def preparing_comes_first(plan: Plan) -> Iterator[str]:
    """Provision and migrate before the services change."""
    prepared = {one.urn for one in plan.of_type("lambda:Invocation")}
    for service in plan.of_type("ecs:Service"):
        if not prepared & set(service.depends_on):
            yield f"{service.name} does not wait for the migrations"


def connections_suffice(plan: Plan) -> Iterator[str]:
    """Leave the database connections enough while every service that has its most tasks is deployed anew.

    A deployment stands beside what it replaces: people are served by one of each pair, and the other has open what a
    pool keeps open when idle. The migrations run before it, one after another.
    """
    database = plan.one("rds:Instance")
    group = next(one for one in plan.of_type("rds:ParameterGroup"))
    said = {one["name"]: one["value"] for one in group.inputs["parameters"]}
    if "max_connections" not in said:
        yield f"{database.name} does not say how many connections it takes"
        return
    most, wanted = int(said["max_connections"]), OTHER_CONNECTIONS
    for target in plan.of_type("appautoscaling:Target"):
        definition = next((one for one in _served(plan) if one.name == target.name), None)
        if definition is not None:
            busy, idle = _connections(containers(definition)[0])
            wanted += int(target.inputs["maxCapacity"]) * (busy + idle)
    if wanted > most * MOST_TAKEN:
        yield f"{database.name} has {most} connections, and {wanted} may be wanted"


def _connections(container: dict[str, Any]) -> tuple[int, int]:
    """Return the connections that a task opens at most, and those it keeps when it is idle.

    There are two pools, of which one keeps a connection, and a listener; the backend has a pool for the events.
    """
    from backend.analytics.live import POOL  # noqa: PLC0415 - the services' code, which only this rule needs

    size = next((int(one["value"]) for one in container["environment"] if one["name"] == "POOL_SIZE"), 0)
    if not size:
        return 0, 0
    has_events = any(one["name"] == "ANALYTICS_DATABASE_URL" for one in container.get("secrets", []))
    return 2 * size + 1 + has_events * POOL, 2 + has_events


def _served(plan: Plan) -> list[Resource]:
    named = {one.inputs["taskDefinition"] for one in plan.of_type("ecs:Service")}
    return [one for one in plan.of_type("ecs:TaskDefinition") if one.arn in named]


@cache
def _settings(slug: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the variables that a service's settings know, and those they require."""
    from importlib import import_module  # noqa: PLC0415 - the services' code, which only this rule needs

    service = slug.replace("-", "_")
    kind = {
        "backend": "BackendSettings",
        "order_service": "OrderSettings",
        "user_service": "UserSettings",
        "storefront": "StorefrontSettings",
    }[service]
    fields = getattr(import_module(f"{service}.settings"), kind).model_fields
    required = {name.upper() for name, field in fields.items() if field.is_required()}
    return frozenset(name.upper() for name in fields), frozenset(required)


RULES = (
    tasks_fit_fargate,
    containers_are_confined,
    containers_log,
    secrets_come_by_reference,
    settings_are_set,
    stopping_takes_its_time,
    ports_agree,
    addresses_lead_to_services,
    calls_pass_the_firewall,
    deployments_fit_their_strategy,
    preparing_comes_first,
    connections_suffice,
)
