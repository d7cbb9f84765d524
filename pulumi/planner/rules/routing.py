"""Requests get where they should, and the load balancer accepts its rules."""

import re
from collections.abc import Iterator
from typing import Any

from planner.resources import Plan, Resource

LONGEST_NAME = 32
MOST_VALUES = 5
LONGEST_PATTERN = 128
# What each path must lead to, in the table's own words.
PROBES = {
    "/": "storefront",
    "/vi/banh/mousse": "storefront",
    "/_event": "storefront",
    "/media/products/a.svg": "storefront",
    "/api/products": "backend",
    "/api/cart/7": "backend",
    "/api/users/7": "user-service",
    "/api/auth/login": "user-service",
    "/api/customers": "user-service",
    "/.well-known/jwks.json": "user-service",
    "/api/orders": "order-service",
    "/api/orders/7/status": "order-service",
    "/internal/carts/merge": "",
    "/metrics": "",
    "/docs": "",
    "/openapi.json": "",
    "/readyz": "",
}


def names_fit(plan: Plan) -> Iterator[str]:
    """Stay within AWS's lengths and letters."""
    for one in plan.of_type("lb:LoadBalancer", "lb:TargetGroup"):
        name = one.physical_name
        if len(name) > LONGEST_NAME or not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", name):
            yield f"{one.name}: {name!r} is no name for it"
    for one in plan.of_type("s3:Bucket"):
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", one.physical_name):
            yield f"{one.name}: {one.physical_name!r} is no name for a bucket"


def priorities_are_unique(plan: Plan) -> Iterator[str]:
    """Give each rule of a listener a place of its own."""
    seen: dict[tuple[str, int], str] = {}
    for rule in plan.of_type("lb:ListenerRule"):
        place = (rule.inputs["listenerArn"], int(rule.inputs["priority"]))
        if place in seen:
            yield f"{rule.name} and {seen[place]} have one priority"
        seen[place] = rule.name


def rules_are_within_limits(plan: Plan) -> Iterator[str]:
    """Say no more in a rule than it may hold."""
    for rule in plan.of_type("lb:ListenerRule"):
        values = list(_patterns(rule))
        if len(values) > MOST_VALUES or any(len(value) > LONGEST_PATTERN for value in values):
            yield f"{rule.name} says more than a rule may"


def paths_lead_where_they_should(plan: Plan) -> Iterator[str]:
    """Follow requests through every listener that has rules."""
    groups = {one.arn: one.name.rpartition("-")[0] for one in plan.of_type("lb:TargetGroup")}
    for listener in plan.of_type("lb:Listener"):
        rules = [one for one in plan.of_type("lb:ListenerRule") if one.inputs["listenerArn"] == listener.arn]
        if not rules:
            continue
        rules.sort(key=lambda one: int(one.inputs["priority"]))
        for path, wanted in PROBES.items():
            found = next((_target(rule, groups) for rule in rules if _matches(rule, path)), "nothing")
            if found != wanted:
                yield f"{path} leads to {found or 'a refusal'} at {listener.name}"


def listeners_are_secure(plan: Plan) -> Iterator[str]:
    """With a certificate, answer over TLS only, and send plain requests there."""
    secure = any(one.inputs["protocol"] == "HTTPS" for one in plan.of_type("lb:Listener"))
    for listener in plan.of_type("lb:Listener"):
        if listener.inputs["protocol"] == "HTTPS":
            if not listener.inputs.get("certificateArn"):
                yield f"{listener.name} has no certificate"
            if "TLS13" not in str(listener.inputs.get("sslPolicy")):
                yield f"{listener.name} speaks old TLS"
        elif secure and listener.inputs["defaultActions"][0]["type"] != "redirect":
            yield f"{listener.name} answers without TLS"


def health_checks_are_sane(plan: Plan) -> Iterator[str]:
    """Find a sick task within a minute, and give a check time to answer."""
    for group in plan.of_type("lb:TargetGroup"):
        check = group.inputs["healthCheck"]
        if int(check["timeout"]) >= int(check["interval"]):
            yield f"{group.name}: a check's timeout is not below its interval"
        if int(check["interval"]) * int(check["unhealthyThreshold"]) > 60:
            yield f"{group.name} takes more than a minute to find a sick task"
        if check.get("path") != "/health":
            yield f"{group.name} does not look at /health"
        if not 0 < int(group.inputs.get("deregistrationDelay", 300)) <= 120:
            yield f"{group.name} lets go of targets too slowly or at once"
        if group.inputs.get("targetType") != "ip":
            yield f"{group.name}: tasks on Fargate are reached by address"


def websockets_may_be_idle(plan: Plan) -> Iterator[str]:
    """Keep a tab's socket open between its pings."""
    for balancer in plan.of_type("lb:LoadBalancer"):
        if int(balancer.inputs.get("idleTimeout", 60)) < 120:
            yield f"{balancer.name} cuts idle websockets"
        if not balancer.inputs.get("accessLogs", {}).get("enabled"):
            yield f"{balancer.name} keeps no access log"


def the_cdn_caches_no_page(plan: Plan) -> Iterator[str]:
    """Cache the bundle and pictures, and nothing that belongs to somebody."""
    disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    for one in plan.of_type("cloudfront:Distribution"):
        if one.inputs["defaultCacheBehavior"].get("cachePolicyId") != disabled:
            yield f"{one.name} caches what is not meant for all"
        for behaviour in one.inputs.get("orderedCacheBehaviors", []):
            if behaviour["pathPattern"] not in ("/assets/*", "/media/*", "/down/*"):
                yield f"{one.name} caches {behaviour['pathPattern']}"
        for acl in plan.of_type("wafv2:WebAcl"):
            if acl.inputs.get("region") != "us-east-1":
                yield f"{acl.name} is not where CloudFront looks for it"
    for record in plan.of_type("route53:Record"):
        for alias in record.inputs.get("aliases", []):
            if alias.get("evaluateTargetHealth"):
                yield f"{record.name}: an empty group of blue-green would count as sick"


def _patterns(rule: Resource) -> Iterator[str]:
    for condition in rule.inputs["conditions"]:
        pattern = condition.get("pathPattern", {})
        yield from pattern.get("regexValues", [])
        yield from pattern.get("values", [])


def _matches(rule: Resource, path: str) -> bool:
    for condition in rule.inputs["conditions"]:
        pattern = condition.get("pathPattern", {})
        expressions = [*pattern.get("regexValues", []), *map(_of_glob, pattern.get("values", []))]
        if any(re.search(expression, path) for expression in expressions):
            return True
    return False


def _of_glob(value: str) -> str:
    return "^" + re.escape(value).replace(r"\*", ".*") + "$"


def _target(rule: Resource, groups: dict[str, str]) -> str:
    action: dict[str, Any] = rule.inputs["actions"][0]
    if action["type"] == "fixed-response":
        return ""
    return groups.get(action["forward"]["targetGroups"][0]["arn"], "an unknown group")


RULES = (
    names_fit,
    priorities_are_unique,
    rules_are_within_limits,
    paths_lead_where_they_should,
    listeners_are_secure,
    health_checks_are_sane,
    websockets_may_be_idle,
    the_cdn_caches_no_page,
)
