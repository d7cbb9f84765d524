"""Numbers taken out of the services' log lines: what is sold, and who is refused. The services need not know of it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import PROJECT, Context, child

NAMESPACE = "SweetDream"
CRITICAL_EVENTS = {
    "deployment-failed": {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change"],
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
    },
}


@dataclass(frozen=True)
class Signal:
    """A number of one service's lines: how many match, or the sum of a field in them."""

    name: str
    service: str
    pattern: str
    value: str = "1"


# `name` is an analytics event's; `status` and `path` stand on the line of each request.
SIGNALS = (
    Signal("Orders", "order-service", '{ $.name = "Order Completed" }'),
    Signal("Revenue", "order-service", '{ $.name = "Order Completed" }', "$.payload.totalAmount"),
    Signal("SignUps", "user-service", '{ $.name = "User Registered" }'),
    Signal("RefusedSignIns", "user-service", '{ $.path = "/api/auth/login" && $.status = 401 }'),
    Signal("DeniedStaffRoutes", "backend", '{ $.path = "/api/admin/*" && $.status = 403 }'),
)


class Signals(pulumi.ComponentResource):
    """Metric filters over the services' log groups, and events of AWS that people must hear of."""

    def __init__(
        self,
        name: str,
        context: Context,
        log_groups: dict[str, pulumi.Output[str]],
        topic: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sweetdream:watching:Signals", name, None, opts)
        for signal in SIGNALS:
            aws.cloudwatch.LogMetricFilter(
                signal.name,
                name=context.name(signal.name),
                log_group_name=log_groups[signal.service],
                pattern=signal.pattern,
                metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                    name=signal.name, namespace=namespace(context), value=signal.value, default_value="0"
                ),
                opts=child(self),
            )
        for what, pattern in CRITICAL_EVENTS.items():
            rule = aws.cloudwatch.EventRule(
                what,
                name=context.name(what),
                description=f"{PROJECT} {context.environment}: {what}",
                event_pattern=pulumi.Output.json_dumps(pattern, sort_keys=True),
                tags=context.tags(what),
                opts=child(self),
            )
            aws.cloudwatch.EventTarget(what, rule=rule.name, arn=topic, opts=child(self))
        self.register_outputs({})


def namespace(context: Context) -> str:
    """Return the namespace of an environment's own metrics."""
    return f"{NAMESPACE}/{context.environment}"
