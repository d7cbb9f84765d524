"""How many tasks a service has."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.service import ShopService
from infra.settings import Shop

CLOCK = "Asia/Ho_Chi_Minh"
CPU, MEMORY = 70, 80
Metrics = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs
Stat = (
    aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatArgs
)
StatMetric = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs
StatDimension = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs


@dataclass
class Sessions:
    """What the open tabs of the storefront's tasks are counted by: the load balancer's connections."""

    balancer: pulumi.Input[str]
    groups: list[pulumi.Output[str]]
    per_task: int


@dataclass
class ScalingArgs:
    """What is scaled, and when."""

    service: ShopService
    cluster_name: pulumi.Input[str]
    shop: Shop
    sessions: Sessions | None = None


class Scaling(pulumi.ComponentResource):
    """Follows CPU, memory and, for the storefront, open tabs; out within two minutes, in slowly."""

    def __init__(
        self, name: str, context: Context, args: ScalingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:compute:Scaling", name, None, opts)
        self._name_of_part, self._context = name, context
        shop = args.shop
        timed = shop.off_hours or shop.busy_hours
        self.target = aws.appautoscaling.Target(
            name,
            min_capacity=shop.min_tasks,
            max_capacity=shop.max_tasks,
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=pulumi.Output.concat("service/", args.cluster_name, "/", args.service.service.name),
            # The scheduled actions move these bounds; a deployment would put them back.
            opts=child(self, ignore_changes=["minCapacity", "maxCapacity"] if timed else []),
        )
        self._follow("cpu", CPU, predefined="ECSServiceAverageCPUUtilization")
        self._follow("memory", MEMORY, predefined="ECSServiceAverageMemoryUtilization")
        if args.sessions:
            self._follow("sessions", args.sessions.per_task, custom=_sessions(args.sessions))
        if shop.predictive != "off":
            self._predict(shop.predictive)
        if shop.off_hours:
            self._at("night", "cron(0 23 * * ? *)", 0, 0)
            self._at("morning", "cron(0 7 * * ? *)", shop.min_tasks, shop.max_tasks)
        if shop.busy_hours:
            self._at("busy", "cron(0 10 * * ? *)", min(shop.min_tasks * 2, shop.max_tasks), shop.max_tasks)
            self._at("quiet", "cron(0 20 * * ? *)", shop.min_tasks, shop.max_tasks)
        self.register_outputs({})

    def _follow(self, what: str, value: float, predefined: str = "", custom: Any = None) -> None:
        kind = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs
        aws.appautoscaling.Policy(
            f"{self._name_of_part}-{what}",
            name=self._context.name(f"{self._name_of_part}-{what}"),
            policy_type="TargetTrackingScaling",
            target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                target_value=value,
                predefined_metric_specification=kind(predefined_metric_type=predefined) if predefined else None,
                customized_metric_specification=custom,
                scale_out_cooldown=60,
                scale_in_cooldown=300,
            ),
            service_namespace=self.target.service_namespace,
            scalable_dimension=self.target.scalable_dimension,
            resource_id=self.target.resource_id,
            opts=child(self),
        )

    def _predict(self, mode: str) -> None:
        pair = aws.appautoscaling.PolicyPredictiveScalingPolicyConfigurationMetricSpecificationPredefinedMetricPairSpecificationArgs(
            predefined_metric_type="ECSServiceCPUUtilization"
        )
        aws.appautoscaling.Policy(
            f"{self._name_of_part}-predictive",
            name=self._context.name(f"{self._name_of_part}-predictive"),
            policy_type="PredictiveScaling",
            predictive_scaling_policy_configuration=aws.appautoscaling.PolicyPredictiveScalingPolicyConfigurationArgs(
                mode=mode,
                metric_specifications=[
                    aws.appautoscaling.PolicyPredictiveScalingPolicyConfigurationMetricSpecificationArgs(
                        target_value=str(CPU), predefined_metric_pair_specification=pair
                    )
                ],
            ),
            service_namespace=self.target.service_namespace,
            scalable_dimension=self.target.scalable_dimension,
            resource_id=self.target.resource_id,
            opts=child(self),
        )

    def _at(self, what: str, when: str, least: int, most: int) -> None:
        aws.appautoscaling.ScheduledAction(
            f"{self._name_of_part}-{what}",
            name=self._context.name(f"{self._name_of_part}-{what}"),
            schedule=when,
            timezone=CLOCK,
            scalable_target_action=aws.appautoscaling.ScheduledActionScalableTargetActionArgs(
                min_capacity=least, max_capacity=most
            ),
            service_namespace=self.target.service_namespace,
            scalable_dimension=self.target.scalable_dimension,
            resource_id=self.target.resource_id,
            opts=child(self),
        )


def _sessions(sessions: Sessions) -> Any:
    """Return connections from people per healthy task. Each of theirs goes on to a task, so they are counted twice."""
    balancer = StatDimension(name="LoadBalancer", value=sessions.balancer)
    healthy = [
        _metric(
            f"healthy{at}", "HealthyHostCount", [balancer, StatDimension(name="TargetGroup", value=group)], "Average"
        )
        for at, group in enumerate(sessions.groups)
    ]
    hosts = " + ".join(f"FILL(healthy{at}, 0)" for at in range(len(sessions.groups)))
    return aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs(
        metrics=[
            _metric("connections", "ActiveConnectionCount", [balancer], "Sum"),
            *healthy,
            Metrics(
                id="sessions",
                expression=f"connections / 2 / ({hosts})",
                label="Open tabs a task",
                return_data=True,
            ),
        ]
    )


def _metric(name: str, metric: str, dimensions: list[Any], stat: str) -> Any:
    return Metrics(
        id=name,
        metric_stat=Stat(
            stat=stat,
            metric=StatMetric(namespace="AWS/ApplicationELB", metric_name=metric, dimensions=dimensions),
        ),
        return_data=False,
    )
