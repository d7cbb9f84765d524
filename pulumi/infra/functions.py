"""A Lambda function written in `pulumi/functions`, which needs nothing but the AWS SDK that Lambda brings along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.policies import Statement
from infra.roles import ServiceRole

SOURCES = Path(__file__).resolve().parent.parent / "functions"
VPC_ACCESS = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"


@dataclass
class FunctionArgs:
    """What a function runs, knows and may do. `subnet_ids` puts it into the VPC."""

    source: str
    log_days: int
    statements: Sequence[Statement] = ()
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    timeout: int = 60
    memory: int = 256
    subnet_ids: Sequence[pulumi.Input[str]] = ()
    security_group: pulumi.Input[str] | None = None
    failures_to: pulumi.Input[str] | None = None


class Function(pulumi.ComponentResource):
    """One file of `pulumi/functions` as a Lambda function, with its role and log group."""

    def __init__(
        self, name: str, context: Context, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:compute:Function", name, None, opts)
        logs = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/lambda/{context.name(name)}",
            retention_in_days=args.log_days,
            tags=context.tags(name),
            opts=child(self),
        )
        own = [Statement(["logs:CreateLogStream", "logs:PutLogEvents"], [logs.arn.apply("{}:*".format)])]
        if args.failures_to is not None:
            own.append(Statement(["sqs:SendMessage"], [args.failures_to]))
        self.role = ServiceRole(
            f"{name}-function",
            context,
            "lambda.amazonaws.com",
            [*own, *args.statements],
            managed=[VPC_ACCESS] if args.subnet_ids else [],
            bound_to_account=False,
            opts=child(self),
        )
        code = pulumi.FileAsset(str(SOURCES / f"{args.source}.py"))
        self.function = aws.lambda_.Function(
            name,
            name=context.name(name),
            runtime="python3.13",
            architectures=["arm64"],
            handler=f"{args.source}.handler",
            code=pulumi.AssetArchive({f"{args.source}.py": code}),
            role=self.role.arn,
            timeout=args.timeout,
            memory_size=args.memory,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=args.environment) if args.environment else None,
            vpc_config=aws.lambda_.FunctionVpcConfigArgs(
                subnet_ids=list(args.subnet_ids), security_group_ids=[args.security_group or ""]
            )
            if args.subnet_ids
            else None,
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=logs.name),
            tags=context.tags(name),
            opts=child(self, depends_on=[*([self.role.policy] if self.role.policy else [])]),
        )
        if args.failures_to is not None:
            aws.lambda_.FunctionEventInvokeConfig(
                name,
                function_name=self.function.name,
                maximum_retry_attempts=2,
                destination_config=aws.lambda_.FunctionEventInvokeConfigDestinationConfigArgs(
                    on_failure=aws.lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(
                        destination=args.failures_to
                    )
                ),
                opts=child(self),
            )
        self.name, self.arn = self.function.name, self.function.arn
        self.register_outputs({"arn": self.arn})


@dataclass
class ScheduleArgs:
    """When a function is called; what cannot be delivered goes to the queue."""

    function: aws.lambda_.Function
    expression: str
    timezone: str = "UTC"
    queue_arn: pulumi.Input[str] | None = None


class FunctionSchedule(pulumi.ComponentResource):
    """Calls a function by the clock."""

    def __init__(
        self, name: str, context: Context, args: ScheduleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:compute:FunctionSchedule", name, None, opts)
        own = [Statement(["lambda:InvokeFunction"], [args.function.arn])]
        if args.queue_arn is not None:
            own.append(Statement(["sqs:SendMessage"], [args.queue_arn]))
        role = ServiceRole(f"{name}-schedule", context, "scheduler.amazonaws.com", own, opts=child(self))
        dead = (
            aws.scheduler.ScheduleTargetDeadLetterConfigArgs(arn=args.queue_arn) if args.queue_arn is not None else None
        )
        aws.scheduler.Schedule(
            name,
            name=context.name(name),
            schedule_expression=args.expression,
            schedule_expression_timezone=args.timezone,
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=aws.scheduler.ScheduleTargetArgs(arn=args.function.arn, role_arn=role.arn, dead_letter_config=dead),
            opts=child(self),
        )
        self.register_outputs({})
