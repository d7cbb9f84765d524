"""Every alarm beyond those on the load balancer's groups."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.services import SERVICES
from infra.watching.alarms import BELOW, Alarm, Alarms
from infra.watching.names import UNHEALTHY, alarm_name

FIVE_MINUTES, HOUR, DAY = 300, 3_600, 86_400
GB = 2**30
RDS, ECS, BALANCER = "AWS/RDS", "AWS/ECS", "AWS/ApplicationELB"


@dataclass
class AlarmListArgs:
    """What is watched."""

    alarms: Alarms
    cluster_name: pulumi.Input[str]
    service_names: dict[str, pulumi.Output[str]]
    balancer: pulumi.Input[str]
    storefront_groups: list[pulumi.Output[str]]
    database: pulumi.Input[str]
    database_gb: int
    database_memory_gb: int
    database_connections: int
    functions: dict[str, pulumi.Output[str]]
    failures_queue: pulumi.Input[str]
    lake: pulumi.Input[str]
    nat: pulumi.Input[str]
    max_tasks: int
    export_function: pulumi.Input[str]


class AlarmList(pulumi.ComponentResource):
    """The critical alarms, which tell people at once, and the warnings."""

    def __init__(
        self, name: str, context: Context, args: AlarmListArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:watching:AlarmList", name, None, opts)
        self._args = args
        for alarm in (*self._services(), *self._database(), *self._functions(), *self._load_balancer(), *self._use()):
            args.alarms.metric(self, alarm)
        args.alarms.band(
            self,
            Alarm(
                "traffic",
                "unusual",
                "Requests have left their usual band for fifteen minutes",
                [(BALANCER, "RequestCount", {"LoadBalancer": args.balancer}, "Sum")],
                threshold=0,
                periods=3,
                period_s=FIVE_MINUTES,
                critical=False,
            ),
        )
        sick = " AND ".join(f'ALARM("{alarm_name(context, one.slug, UNHEALTHY)}")' for one in SERVICES[:2])
        aws.cloudwatch.CompositeAlarm(
            "shop-down",
            alarm_name=alarm_name(context, "shop", "down"),
            alarm_description="The storefront and the backend are both unhealthy: nobody can buy anything (P0)",
            alarm_rule=sick,
            alarm_actions=[args.alarms.critical],
            ok_actions=[args.alarms.critical],
            tags=context.tags("shop-down"),
            opts=child(self),
        )
        self.register_outputs({})

    def _services(self) -> list[Alarm]:
        found = []
        for slug, name in self._args.service_names.items():
            dimensions = {"ClusterName": self._args.cluster_name, "ServiceName": name}
            for what, metric in (("cpu", "CPUUtilization"), ("memory", "MemoryUtilization")):
                text = f"{slug} has used more than 80 % of its {what} for five minutes"
                found.append(Alarm(slug, what, text, [(ECS, metric, dimensions, "Average")], 80, periods=5))
        return found

    def _database(self) -> list[Alarm]:
        here = {"DBInstanceIdentifier": self._args.database}
        connections = self._args.database_connections
        return [
            Alarm("database", "storage", "Less than a fifth of the database's storage is free",
                  [(RDS, "FreeStorageSpace", here, "Minimum")], self._args.database_gb * GB // 5,
                  period_s=FIVE_MINUTES, comparison=BELOW),
            Alarm("database", "cpu", "The database has used more than 80 % of its CPU for ten minutes",
                  [(RDS, "CPUUtilization", here, "Average")], 80, periods=2, period_s=FIVE_MINUTES),
            Alarm("database", "connections", "Nine tenths of the database's connections are taken: calls will fail",
                  [(RDS, "DatabaseConnections", here, "Maximum")], connections * 9 // 10, periods=2),
            Alarm("database", "memory", "Less than a tenth of the database's memory is free: connections are too many",
                  [(RDS, "FreeableMemory", here, "Average")], self._args.database_memory_gb * GB // 10, periods=2,
                  period_s=FIVE_MINUTES, comparison=BELOW, critical=False),
            Alarm("database", "slow", "Reading from the database's disk takes longer than 20 ms on average",
                  [(RDS, "ReadLatency", here, "Average")], 0.02, periods=3, period_s=FIVE_MINUTES, critical=False),
        ]  # fmt: skip

    def _functions(self) -> list[Alarm]:
        failures = [
            Alarm(name, "errors", f"The function {name} failed more than three times in an hour",
                  [("AWS/Lambda", "Errors", {"FunctionName": function}, "Sum")], 3, period_s=HOUR)
            for name, function in self._args.functions.items()
        ]  # fmt: skip
        return [
            *failures,
            Alarm("export", "failed", "A day's events did not reach the lake",
                  [("AWS/Lambda", "Errors", {"FunctionName": self._args.export_function}, "Sum")], 0, period_s=HOUR),
            Alarm("export", "undelivered", "A call of the export ended in the queue of failures",
                  [("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": self._args.failures_queue},
                    "Maximum")], 0, period_s=FIVE_MINUTES),
        ]  # fmt: skip

    def _load_balancer(self) -> list[Alarm]:
        here = {"LoadBalancer": self._args.balancer}
        groups = [{**here, "TargetGroup": group} for group in self._args.storefront_groups]
        return [
            Alarm("shop", "slow", "Of a hundred answers five have taken more than two seconds, for five minutes",
                  [(BALANCER, "TargetResponseTime", here, "p95")], 2, periods=5, critical=False),
            Alarm("shop", "4xx", "More than 1 % of all requests have been refused for fifteen minutes",
                  [(BALANCER, "HTTPCode_Target_4XX_Count", here, "Sum"), (BALANCER, "RequestCount", here, "Sum")],
                  1, expression="IF(m1 > 0, 100 * FILL(m0, 0) / m1, 0)", periods=3, period_s=FIVE_MINUTES,
                  critical=False),
            Alarm("shop", "unreached", "The load balancer found nobody to answer",
                  [(BALANCER, "HTTPCode_ELB_5XX_Count", here, "Sum")], 5, periods=2),
            Alarm("storefront", "most-tasks", "The storefront has as many tasks as it may have",
                  [(BALANCER, "HealthyHostCount", one, "Maximum") for one in groups],
                  self._args.max_tasks - 0.5, expression=" + ".join(f"FILL(m{at}, 0)" for at in range(len(groups))),
                  periods=5, critical=False),
        ]  # fmt: skip

    def _use(self) -> list[Alarm]:
        stored = {"BucketName": self._args.lake, "StorageType": "StandardStorage"}
        return [
            Alarm("nat", "traffic", "More than 20 GB have left through NAT in a day, which costs",
                  [("AWS/NATGateway", "BytesOutToDestination", {"NatGatewayId": self._args.nat}, "Sum")],
                  20 * GB, period_s=DAY, critical=False),
            Alarm("lake", "size", "The lake holds more than 100 GB outside the archive",
                  [("AWS/S3", "BucketSizeBytes", stored, "Average")], 100 * GB, period_s=DAY, critical=False),
        ]  # fmt: skip
