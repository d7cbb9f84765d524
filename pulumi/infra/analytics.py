"""Events become a lake: a function exports the day that ended, and Athena reads it.

Everything that the analytics package names stands here: the variables of its handler, its image, and the folders in
which it keeps the table's schema and the saved queries.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.buckets import BucketArgs, SafeBucket, archive, expire
from infra.context import PROJECT, Context, child
from infra.functions import FunctionSchedule, ScheduleArgs
from infra.images import image
from infra.policies import Statement
from infra.roles import ServiceRole

PACKAGE = Path(__file__).resolve().parents[2] / "analytics"
SOURCE_VARIABLE, LAKE_VARIABLE = "ANALYTICS_SOURCE", "ANALYTICS_LAKE"
HANDLER = "analytics.handler.handler"
MIDNIGHT = "cron(0 17 * * ? *)"
"""UTC: midnight in Vietnam."""
SECONDS, MEMORY_MB = 900, 1_024
MOST_SCANNED = 10 * 2**30
"""Bytes a query may read: a slip costs five cents at most."""


@dataclass
class AnalyticsArgs:
    """What is exported, where to, and for how long it is kept."""

    log_groups: dict[str, pulumi.Output[str]]
    image_tag: str
    glacier_days: int
    log_days: int
    protect: bool


class Analytics(pulumi.ComponentResource):
    """The lake, the export with its schedule, and what reads the lake."""

    def __init__(
        self, name: str, context: Context, args: AnalyticsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:analytics:Analytics", name, None, opts)
        self._context, self._args = context, args
        self.lake = SafeBucket(
            "lake",
            context,
            BucketArgs("lake", versioned=True, protect=args.protect, rules=[archive(args.glacier_days)]),
            opts=child(self),
        )
        self.lake.allow()
        results = SafeBucket(
            "athena-results", context, BucketArgs("athena-results", rules=[expire(30)]), opts=child(self)
        )
        results.allow()
        self.queue = aws.sqs.Queue(
            "export-failures",
            name=context.name("export-failures"),
            message_retention_seconds=14 * 86_400,
            sqs_managed_sse_enabled=True,
            tags=context.tags("export-failures"),
            opts=child(self),
        )
        self.function = self._function()
        FunctionSchedule(
            "export",
            context,
            ScheduleArgs(self.function, MIDNIGHT, "UTC", self.queue.arn),
            opts=child(self),
        )
        self._athena(results)
        self._insights()
        self.register_outputs({})

    def _function(self) -> aws.lambda_.Function:
        args, context = self._args, self._context
        logs = aws.cloudwatch.LogGroup(
            "export",
            name=f"/aws/lambda/{context.name('export')}",
            retention_in_days=args.log_days,
            tags=context.tags("export"),
            opts=child(self),
        )
        groups = [pulumi.Output.concat(arn, ":*") for arn in args.log_groups.values()]
        role = ServiceRole(
            "export-function",
            context,
            "lambda.amazonaws.com",
            [
                Statement(["logs:CreateLogStream", "logs:PutLogEvents"], [logs.arn.apply("{}:*".format)]),
                Statement(["logs:FilterLogEvents"], groups),
                Statement(["s3:ListBucket"], [self.lake.arn]),
                Statement(["s3:GetObject", "s3:PutObject"], [self.lake.arn.apply("{}/*".format)]),
                Statement(["sqs:SendMessage"], [self.queue.arn]),
            ],
            bound_to_account=False,
            opts=child(self),
        )
        function = aws.lambda_.Function(
            "export",
            name=context.name("export"),
            package_type="Image",
            image_uri=image(context, "analytics", args.image_tag),
            image_config=aws.lambda_.FunctionImageConfigArgs(commands=[HANDLER]),
            architectures=["arm64"],
            role=role.arn,
            timeout=SECONDS,
            memory_size=MEMORY_MB,
            environment=aws.lambda_.FunctionEnvironmentArgs(
                variables={
                    SOURCE_VARIABLE: f"logs://{','.join(context.log_group(part) for part in args.log_groups)}",
                    LAKE_VARIABLE: self.lake.name.apply("s3://{}".format),
                    "VERSION": args.image_tag,
                }
            ),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=logs.name),
            tags=context.tags("export"),
            opts=child(self, depends_on=[role.policy] if role.policy else []),
        )
        aws.lambda_.FunctionEventInvokeConfig(
            "export",
            function_name=function.name,
            maximum_retry_attempts=2,
            destination_config=aws.lambda_.FunctionEventInvokeConfigDestinationConfigArgs(
                on_failure=aws.lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(
                    destination=self.queue.arn
                )
            ),
            opts=child(self),
        )
        return function

    def _athena(self, results: SafeBucket) -> None:
        context = self._context
        workgroup = aws.athena.Workgroup(
            "athena",
            name=context.name("analytics"),
            configuration=aws.athena.WorkgroupConfigurationArgs(
                enforce_workgroup_configuration=True,
                publish_cloudwatch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=MOST_SCANNED,
                result_configuration=aws.athena.WorkgroupConfigurationResultConfigurationArgs(
                    output_location=results.name.apply("s3://{}/".format),
                    encryption_configuration=aws.athena.WorkgroupConfigurationResultConfigurationEncryptionConfigurationArgs(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
            tags=context.tags("analytics"),
            opts=child(self),
        )
        database = aws.glue.CatalogDatabase(
            "lake", name=f"{PROJECT}_{context.environment}", tags=context.tags("lake"), opts=child(self)
        )
        for table in sorted((PACKAGE / "glue").glob("*.json")):
            self._table(json.loads(table.read_text(encoding="utf-8")), database)
        # Run once, the views are there for everybody; the reports read them.
        views = {f"view_{path.stem}": path for path in (PACKAGE / "athena" / "views").glob("*.sql")}
        reports = {path.stem: path for path in (PACKAGE / "athena").glob("*.sql")}
        for name, path in sorted((views | reports).items()):
            aws.athena.NamedQuery(
                name,
                name=context.name(name.replace("_", "-")),
                database=database.name,
                workgroup=workgroup.id,
                query=path.read_text(encoding="utf-8"),
                opts=child(self),
            )

    def _table(self, told: dict[str, Any], database: aws.glue.CatalogDatabase) -> None:
        """Make a table of what the analytics package says about it, with the lake's name in place of LAKE."""

        def placed(text: str) -> pulumi.Output[str]:
            return self.lake.name.apply(lambda name: text.replace("LAKE", name))

        storage = told["StorageDescriptor"]
        aws.glue.CatalogTable(
            told["Name"],
            name=told["Name"],
            database_name=database.name,
            table_type="EXTERNAL_TABLE",
            parameters={key: placed(value) for key, value in told["Parameters"].items()},
            partition_keys=[
                aws.glue.CatalogTablePartitionKeyArgs(name=one["Name"], type=one["Type"])
                for one in told["PartitionKeys"]
            ],
            storage_descriptor=aws.glue.CatalogTableStorageDescriptorArgs(
                columns=[
                    aws.glue.CatalogTableStorageDescriptorColumnArgs(name=one["Name"], type=one["Type"])
                    for one in storage["Columns"]
                ],
                location=placed(storage["Location"]),
                input_format=storage["InputFormat"],
                output_format=storage["OutputFormat"],
                compressed=storage.get("Compressed", False),
                ser_de_info=aws.glue.CatalogTableStorageDescriptorSerDeInfoArgs(
                    serialization_library=storage["SerdeInfo"]["SerializationLibrary"],
                    parameters=storage["SerdeInfo"].get("Parameters", {}),
                ),
            ),
            opts=child(self),
        )

    def _insights(self) -> None:
        for name, query in _saved_queries(PACKAGE / "insights"):
            aws.cloudwatch.QueryDefinition(
                name,
                name=f"{self._context.name('analytics')}/{name.replace('_', ' ').title()}",
                log_group_names=[self._context.log_group(part) for part in self._args.log_groups],
                query_string=query,
                opts=child(self),
            )


def _saved_queries(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.txt")):
        yield path.stem, path.read_text(encoding="utf-8")
