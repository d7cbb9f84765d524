"""Provisions and migrates inside `pulumi up`, before the services change.

A function runs the one-off tasks and waits for them; Pulumi waits for the function. It is called again whenever what it
is told changes: another image, another task. When it fails, `up` fails, the services stay as they were, and the next
`up` calls it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.cache import Cache
from infra.cluster import Cluster
from infra.containers import Container
from infra.context import Context, child
from infra.database import Database
from infra.functions import Function, FunctionArgs
from infra.policies import Statement
from infra.roles import ServiceRole
from infra.services import ANALYTICS, APIS, BACKEND, SCHEMAS, Service
from infra.settings import Task
from infra.tasks import TASKS, Identity, TaskArgs, task_definition
from infra.vault import OWNERS, Vault, keys_of

DATABASE = "sweetdream"
SECONDS = 900


@dataclass
class PrepareArgs:
    """What is prepared, and with what."""

    cluster: Cluster
    database: Database
    cache: Cache
    vault: Vault
    key_arn: pulumi.Input[str]
    identities: dict[str, Identity]
    images: dict[str, pulumi.Input[str]]
    environments: dict[str, dict[str, pulumi.Input[str]]]
    subnet_ids: list[pulumi.Output[str]]
    security_group: pulumi.Input[str]
    log_days: int


class Prepare(pulumi.ComponentResource):
    """The function, the tasks it runs, and its call."""

    def __init__(
        self, name: str, context: Context, args: PrepareArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:deploy:Prepare", name, None, opts)
        self._context, self._args = context, args
        secret_arns = [args.vault.arn(schema) for schema in SCHEMAS]
        self._provisioner = ServiceRole(
            "provision-task",
            context,
            TASKS,
            [
                Statement(["secretsmanager:GetSecretValue"], [args.database.master_secret_arn, *secret_arns]),
                Statement(["kms:Decrypt"], [args.key_arn]),
            ],
            opts=child(self),
        )
        tasks = {"provision": self._provision()}
        tasks |= {f"migrate-{service.slug}": self._migrate(service) for service in APIS}
        tasks[f"migrate-{ANALYTICS}"] = self._migrate_analytics()
        tasks["seed"] = self._seed()
        function = self._function(tasks)
        self.function = function
        self.invocation = aws.lambda_.Invocation(
            name,
            function_name=function.name,
            input=pulumi.Output.json_dumps(self._event(tasks), sort_keys=True),
            # New code of the function itself is another reason to call it.
            triggers={"code": function.function.source_code_hash.apply(lambda value: value or "")},
            opts=child(
                self,
                depends_on=[args.database.instance, args.cache.group, args.cluster.providers, function],
                custom_timeouts=pulumi.CustomTimeouts(create="20m"),
            ),
        )
        self.register_outputs({})

    def _task(
        self,
        name: str,
        service: Service,
        command: list[str],
        environment: Mapping[str, pulumi.Input[str]],
        secrets: Mapping[str, pulumi.Input[str]],
        role: pulumi.Input[str] | None = None,
    ) -> aws.ecs.TaskDefinition:
        args = self._args
        identity = args.identities[service.name]
        container = Container(
            service,
            name,
            args.images[service.name],
            environment,
            secrets,
            identity.logs.name,
            self._context.region,
            command,
            serves=False,
        )
        return task_definition(self, name, self._context, TaskArgs(container, identity, Task(), role))

    def _provision(self) -> aws.ecs.TaskDefinition:
        environment: dict[str, pulumi.Input[str]] = {
            "ADMIN_DATABASE_URL": self._args.database.address.apply(
                "postgresql://{}:5432/postgres?sslmode=require".format
            ),
            "ADMIN_DATABASE_SECRET_ARN": self._args.database.master_secret_arn,
        }
        for schema in SCHEMAS:
            environment[f"{schema.upper()}_DB_SECRET_ARN"] = self._args.vault.arn(schema)
        command = ["python", "-m", "shopkit.provision", *SCHEMAS]
        return self._task("provision", BACKEND, command, environment, {}, self._provisioner.arn)

    def _migrate(self, service: Service) -> aws.ecs.TaskDefinition:
        command = ["python", "-m", "shopkit.migrations", service.name]
        environment = self._args.environments[service.name]
        return self._task(f"migrate-{service.slug}", service, command, environment, self._args.vault.variables(service))

    def _migrate_analytics(self) -> aws.ecs.TaskDefinition:
        """Return the task that migrates the live table of events, under its own role and from the backend's image."""
        vault = self._args.vault
        secrets = {
            "SERVICE_SECRET": vault.reference(BACKEND.name, "SERVICE_SECRET"),
            "DATABASE_URL": vault.reference(ANALYTICS, "DATABASE_URL"),
        }
        command = ["python", "-m", "shopkit.migrations", ANALYTICS]
        return self._task(f"migrate-{ANALYTICS}", BACKEND, command, self._args.environments[BACKEND.name], secrets)

    def _seed(self) -> aws.ecs.TaskDefinition:
        """Return the task that fills an empty catalogue, and leaves one alone that is not."""
        # As production, where the seed makes no bucket: ours is there, and the role may not make one.
        environment: dict[str, pulumi.Input[str]] = {**self._args.environments["backend"], "ENVIRONMENT": "production"}
        secrets = self._args.vault.variables(BACKEND)
        return self._task("seed", BACKEND, ["python", "-m", "backend.seed"], environment, secrets)

    def _function(self, tasks: dict[str, aws.ecs.TaskDefinition]) -> Function:
        args = self._args
        here = {"ArnEquals": {"ecs:cluster": args.cluster.arn}}
        identities = [args.identities[service.name] for service in APIS]
        roles = [one.arn for identity in identities for one in (identity.execution, identity.task)]
        to_ecs = {"StringEquals": {"iam:PassedToService": TASKS}}
        return Function(
            "prepare",
            self._context,
            FunctionArgs(
                "prepare",
                args.log_days,
                [
                    Statement(
                        ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
                        [args.vault.arn(owner) for owner in OWNERS],
                    ),
                    Statement(["kms:Decrypt", "kms:GenerateDataKey"], [args.key_arn]),
                    Statement(["ecs:RunTask"], [one.arn for one in tasks.values()], here),
                    Statement(["ecs:DescribeTasks"], ["*"], here),
                    Statement(["iam:PassRole"], [*roles, self._provisioner.arn], to_ecs),
                    Statement(["elasticache:DescribeReplicationGroups", "elasticache:ModifyReplicationGroup"],
                              [args.cache.group.arn]),
                ],
                timeout=SECONDS,
            ),
            opts=child(self),
        )  # fmt: skip

    def _event(self, tasks: dict[str, aws.ecs.TaskDefinition]) -> dict[str, object]:
        args = self._args
        return {
            "secrets": {owner: {"arn": args.vault.arn(owner), "keys": list(keys_of(owner))} for owner in OWNERS},
            "database": args.database.address,
            "name": DATABASE,
            "cache": {"id": args.cache.id_of_group, "address": args.cache.address},
            "tasks": [{"name": name, "definition": one.arn} for name, one in tasks.items()],
            "cluster": args.cluster.arn,
            "subnets": args.subnet_ids,
            "securityGroup": args.security_group,
        }
