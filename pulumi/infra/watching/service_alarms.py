"""What is watched of each service. Those on the load balancer stand before the service, which names them."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import Context
from infra.load_balancer import Targets
from infra.services import Service
from infra.watching.alarms import Alarm, Alarms
from infra.watching.names import ERRORS, UNHEALTHY

BALANCER = "AWS/ApplicationELB"


@dataclass
class TargetAlarmsArgs:
    """A service's groups behind the load balancer."""

    service: Service
    balancer: pulumi.Input[str]
    targets: Targets
    alarms: Alarms


class TargetAlarms(pulumi.ComponentResource):
    """Unhealthy targets and server errors, over both colours: which one is live, ECS alone knows."""

    def __init__(
        self, name: str, context: Context, args: TargetAlarmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:watching:TargetAlarms", name, None, opts)
        groups = [one for one in (args.targets.blue, args.targets.green) if one is not None]
        dimensions = [{"LoadBalancer": args.balancer, "TargetGroup": one.arn_suffix} for one in groups]
        slug = args.service.slug
        unhealthy = args.alarms.metric(
            self,
            Alarm(
                slug,
                UNHEALTHY,
                f"Targets of {slug} have been unhealthy for two minutes",
                [(BALANCER, "UnHealthyHostCount", one, "Maximum") for one in dimensions],
                expression=" + ".join(f"FILL(m{at}, 0)" for at in range(len(groups))),
                threshold=0,
                periods=2,
            ),
        )
        count = len(groups)
        errors = " + ".join(f"FILL(m{at}, 0)" for at in range(count))
        requests = " + ".join(f"FILL(m{at}, 0)" for at in range(count, 2 * count))
        failing = args.alarms.metric(
            self,
            Alarm(
                slug,
                ERRORS,
                f"More than 5 % of the answers of {slug} have been server errors for two minutes",
                [
                    *((BALANCER, "HTTPCode_Target_5XX_Count", one, "Sum") for one in dimensions),
                    *((BALANCER, "RequestCount", one, "Sum") for one in dimensions),
                ],
                expression=f"IF(({requests}) > 0, 100 * ({errors}) / ({requests}), 0)",
                threshold=5,
                periods=2,
            ),
        )
        self.all: list[aws.cloudwatch.MetricAlarm] = [unhealthy, failing]
        self.register_outputs({})
