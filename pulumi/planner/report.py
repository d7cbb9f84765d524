"""A plan as a person reads it."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from planner import cost
from planner.resources import Plan, Resource, short_type

OPEN = ("0.0.0.0/0", "::/0")


def plan_text(plan: Plan) -> str:
    """Return the plan: resources by component, what is open to the internet, and what it costs."""
    return "\n".join([*_resources(plan), "", *_exposed(plan), "", *_cost(plan, short=True)]) + "\n"


def cost_text(plan: Plan) -> str:
    """Return the bill of a month."""
    return "\n".join(_cost(plan, short=False)) + "\n"


def _resources(plan: Plan) -> Iterator[str]:
    custom = [one for one in plan.resources if one.custom]
    yield f"{plan.project}, stack {plan.stack}, {plan.region}: {len(custom)} resources"
    names = {one.urn: one for one in plan.resources}
    by_component: dict[str, Counter[str]] = defaultdict(Counter)
    for one in custom:
        by_component[_component(one, names)][short_type(one.type)] += 1
    for component, kinds in sorted(by_component.items()):
        yield f"\n  {component}"
        for kind, count in sorted(kinds.items()):
            yield f"    {count:3} {kind}"


def _component(one: Resource, names: dict[str, Resource]) -> str:
    """Return the path of a resource's component below the environment, two steps deep."""
    path: list[str] = []
    above = names.get(one.parent)
    while above is not None and above.type != "pulumi:pulumi:Stack":
        path.insert(0, above.name)
        above = names.get(above.parent)
    return " / ".join(path[1:3]) or "stack"


def exposed(plan: Plan) -> list[str]:
    """Return what people on the internet can reach."""
    found = []
    for one in plan.of_type("vpc:SecurityGroupIngressRule"):
        ports = f"port {one.inputs.get('fromPort')}"
        if one.inputs.get("cidrIpv4") in OPEN or one.inputs.get("cidrIpv6") in OPEN:
            found.append(f"{ports} of the load balancer, for everybody")
        elif one.inputs.get("prefixListId"):
            found.append(f"{ports} of the load balancer, for CloudFront only")
        elif one.inputs.get("cidrIpv4"):
            found.append(f"{ports} of the load balancer, for our own NAT gateway")
    found += [f"CloudFront for {', '.join(one.inputs['aliases'])}" for one in plan.of_type("cloudfront:Distribution")]
    return sorted(found)


def _exposed(plan: Plan) -> Iterator[str]:
    yield "Reachable from the internet"
    yield from (f"  {one}" for one in exposed(plan))


def _cost(plan: Plan, *, short: bool) -> Iterator[str]:
    lines, prices = cost.estimate(plan), cost.table()
    yield f"Cost a month in USD (prices of {prices['as_of']}; load: {prices['load'][plan.stack]['visitors']})"
    for group, usd in cost.grouped(lines).items():
        yield f"  {group:<18}{usd:8.2f}"
        if not short:
            yield from (f"    {line.what:<44}{line.usd:8.2f}" for line in lines if line.group == group)
    yield f"  {'total':<18}{cost.total(lines):8.2f}"
