"""Task definitions with the roles and the log group of a service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.containers import Container
from infra.context import Context, child
from infra.policies import Statement
from infra.roles import ServiceRole
from infra.services import APIS, Service
from infra.settings import Task

TASKS = "ecs-tasks.amazonaws.com"
EXEC = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel"]  # fmt: skip


@dataclass
class IdentityArgs:
    """What a service may do. `statements` are of its own code; ECS needs the rest to start it."""

    service: Service
    secret_arns: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    repository_arn: str
    log_days: int
    statements: Sequence[Statement] = ()
    exec: bool = False


class Identity(pulumi.ComponentResource):
    """A service's two roles and its log group."""

    def __init__(
        self, name: str, context: Context, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:compute:Identity", name, None, opts)
        self.logs = aws.cloudwatch.LogGroup(
            name,
            name=context.log_group(name),
            retention_in_days=args.log_days,
            tags=context.tags(name),
            opts=child(self),
        )
        self.execution = ServiceRole(
            f"{name}-execution",
            context,
            TASKS,
            [
                Statement(["ecr:GetAuthorizationToken"], ["*"]),
                Statement(
                    ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    [args.repository_arn],
                ),
                Statement(["logs:CreateLogStream", "logs:PutLogEvents"], [self.logs.arn.apply("{}:*".format)]),
                Statement(["secretsmanager:GetSecretValue"], [*args.secret_arns]),
                Statement(["kms:Decrypt"], [args.key_arn]),
            ],
            opts=child(self),
        )
        own = [*args.statements, *([Statement(EXEC, ["*"])] if args.exec else [])]
        self.task = ServiceRole(f"{name}-task", context, TASKS, own, opts=child(self))
        self.register_outputs({})


@dataclass
class TaskArgs:
    """One task definition."""

    container: Container
    identity: Identity
    size: Task
    task_role_arn: pulumi.Input[str] | None = None


def task_definition(parent: pulumi.Resource, name: str, context: Context, args: TaskArgs) -> aws.ecs.TaskDefinition:
    """Return a task definition for Fargate on arm64."""
    return aws.ecs.TaskDefinition(
        name,
        family=context.name(name),
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        cpu=str(args.size.cpu),
        memory=str(args.size.memory),
        runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
            cpu_architecture="ARM64", operating_system_family="LINUX"
        ),
        execution_role_arn=args.identity.execution.arn,
        task_role_arn=args.task_role_arn or args.identity.task.arn,
        container_definitions=pulumi.Output.json_dumps([args.container.definition()], sort_keys=True),
        tags=context.tags(name),
        # Earlier revisions stay, because a rollback starts them again.
        opts=child(parent, retain_on_delete=True),
    )


def environment_of(service: Service, told: Mapping[str, pulumi.Input[str]]) -> dict[str, pulumi.Input[str]]:
    """Return what every service is told: where the others are."""
    return {
        **{f"{one.name.upper()}_URL": f"http://{one.slug}:{one.port}" for one in APIS},
        **told,
        **({"MEDIA_STORAGE": "s3"} if service.name == "backend" else {}),
    }
