"""One dashboard for an environment."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.watching.signals import SIGNALS, namespace

WIDTH, HEIGHT, COLUMNS = 8, 6, 3
Row = tuple[str, ...]


@dataclass
class DashboardArgs:
    """What is drawn, as CloudWatch names it."""

    cluster: pulumi.Input[str]
    services: dict[str, pulumi.Output[str]]
    balancer: pulumi.Input[str]
    groups: dict[str, list[pulumi.Output[str]]]
    database: pulumi.Input[str]
    functions: list[pulumi.Output[str]]
    buckets: list[pulumi.Output[str]]
    log_groups: list[pulumi.Output[str]]


class Dashboard(pulumi.ComponentResource):
    """Services, load balancer, database, functions, storage, logs and sales on one page."""

    def __init__(
        self, name: str, context: Context, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:watching:Dashboard", name, None, opts)
        told = {
            "cluster": args.cluster,
            "services": args.services,
            "balancer": args.balancer,
            "groups": args.groups,
            "database": args.database,
            "functions": args.functions,
            "buckets": args.buckets,
            "log_groups": args.log_groups,
        }
        body = pulumi.Output.from_input(told).apply(
            lambda known: json.dumps({"widgets": _widgets(context, known)}, sort_keys=True)
        )
        self.dashboard = aws.cloudwatch.Dashboard(
            name,
            dashboard_name=f"SweetDream-BlueGreen-Dashboard-{context.environment.capitalize()}",
            dashboard_body=body,
            opts=child(self),
        )
        self.register_outputs({})


def _widgets(context: Context, known: dict[str, Any]) -> list[dict[str, Any]]:
    charts = [*_services(known), *_load_balancer(known), *_database(known), *_rest(context, known)]
    return [
        {
            "type": "metric",
            "x": at % COLUMNS * WIDTH,
            "y": at // COLUMNS * HEIGHT,
            "width": WIDTH,
            "height": HEIGHT,
            "properties": {
                "title": title,
                "metrics": [list(row) for row in rows],
                "stat": stat,
                "period": 60,
                "region": context.region,
                "view": "timeSeries",
            },
        }
        for at, (title, stat, rows) in enumerate(charts)
    ]


Chart = tuple[str, str, Sequence[Row]]


def _services(known: dict[str, Any]) -> list[Chart]:
    def rows(metric: str) -> list[Row]:
        of = known["services"].values()
        return [("AWS/ECS", metric, "ClusterName", known["cluster"], "ServiceName", name) for name in of]

    return [("CPU by service (%)", "Average", rows("CPUUtilization")),
            ("Memory by service (%)", "Average", rows("MemoryUtilization"))]  # fmt: skip


def _load_balancer(known: dict[str, Any]) -> list[Chart]:
    def whole(*metrics: str) -> list[Row]:
        return [("AWS/ApplicationELB", metric, "LoadBalancer", known["balancer"]) for metric in metrics]

    def by_group(metric: str) -> list[Row]:
        groups = [group for found in known["groups"].values() for group in found]
        return [
            ("AWS/ApplicationELB", metric, "LoadBalancer", known["balancer"], "TargetGroup", group) for group in groups
        ]

    return [
        ("Requests by service", "Sum", by_group("RequestCount")),
        ("Response time by service, p95 (s)", "p95", by_group("TargetResponseTime")),
        ("Errors by service", "Sum", by_group("HTTPCode_Target_5XX_Count")),
        ("Healthy targets", "Minimum", by_group("HealthyHostCount")),
        ("Unhealthy targets", "Maximum", by_group("UnHealthyHostCount")),
        ("Answers", "Sum", whole("HTTPCode_Target_2XX_Count", "HTTPCode_Target_4XX_Count", "HTTPCode_ELB_5XX_Count")),
        ("Open connections", "Sum", whole("ActiveConnectionCount", "NewConnectionCount", "RejectedConnectionCount")),
    ]


def _database(known: dict[str, Any]) -> list[Chart]:
    def rows(*metrics: str) -> list[Row]:
        return [("AWS/RDS", metric, "DBInstanceIdentifier", known["database"]) for metric in metrics]

    return [
        ("Database: connections", "Maximum", rows("DatabaseConnections")),
        ("Database: CPU (%)", "Average", rows("CPUUtilization")),
        ("Database: latency (s)", "Average", rows("ReadLatency", "WriteLatency")),
        ("Database: free memory and storage (bytes)", "Minimum", rows("FreeableMemory", "FreeStorageSpace")),
        ("Database: deadlocks", "Sum", rows("Deadlocks")),
        ("Database: lag of the write-ahead log (bytes)", "Maximum", rows("TransactionLogsDiskUsage")),
    ]


def _rest(context: Context, known: dict[str, Any]) -> list[Chart]:
    def functions(metric: str) -> list[Row]:
        return [("AWS/Lambda", metric, "FunctionName", name) for name in known["functions"]]

    own = namespace(context)

    def buckets(metric: str, storage: str) -> list[Row]:
        return [("AWS/S3", metric, "BucketName", name, "StorageType", storage) for name in known["buckets"]]

    return [
        ("Functions: calls, the export among them", "Sum", functions("Invocations")),
        ("Functions: failures", "Sum", functions("Errors")),
        ("Functions: duration (ms)", "Maximum", functions("Duration")),
        ("Storage (bytes)", "Average", buckets("BucketSizeBytes", "StandardStorage")),
        ("Objects", "Average", buckets("NumberOfObjects", "AllStorageTypes")),
        ("Logs (bytes)", "Sum", [("AWS/Logs", "IncomingBytes", "LogGroupName", name) for name in known["log_groups"]]),
        *((f"{one.name}", "Sum", [(own, one.name)]) for one in SIGNALS),
    ]
