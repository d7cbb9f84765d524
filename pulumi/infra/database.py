"""PostgreSQL on RDS."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.settings import Data

MAJOR = "18"
PARAMETERS = {
    "rds.force_ssl": "1",
    "log_min_duration_statement": "500",
    "idle_in_transaction_session_timeout": "60000",
    "lock_timeout": "10000",
    "log_lock_waits": "1",
}
# Memory of the classes that a stack may ask for, in GB.
MEMORY_GB = {"micro": 1, "small": 2, "medium": 4, "large": 8}
CONNECTIONS_PER_GB = 140
"""Said, and not left to RDS, whose formula leaves out what the system takes: about 90 of a nominal GB, and not always.
One that is idle takes 2 to 5 MB, and most are: they are there for the hour when every service has its most tasks."""


def memory_gb(database_class: str) -> int:
    """Return the memory of a class: 2 for `db.t4g.small`."""
    return MEMORY_GB[database_class.rpartition(".")[2]]


def max_connections(database_class: str) -> int:
    """Return how many connections a database of a class takes."""
    return CONNECTIONS_PER_GB * memory_gb(database_class)


@dataclass
class DatabaseArgs:
    """Where the database stands and how large it is."""

    subnet_ids: list[pulumi.Output[str]]
    security_group: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    data: Data
    log_days: int


class Database(pulumi.ComponentResource):
    """One PostgreSQL with its standby. RDS makes the master's password and changes it every week; nobody knows it."""

    def __init__(
        self, name: str, context: Context, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:data:Database", name, None, opts)
        data = args.data
        subnets = aws.rds.SubnetGroup(
            name, name=context.name(name), subnet_ids=args.subnet_ids, tags=context.tags(name), opts=child(self)
        )
        parameters = aws.rds.ParameterGroup(
            name,
            name=context.name(f"postgres{MAJOR}"),
            family=f"postgres{MAJOR}",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name=key, value=value, apply_method="immediate")
                for key, value in PARAMETERS.items()
            ]
            + [
                aws.rds.ParameterGroupParameterArgs(
                    name="max_connections",
                    value=str(max_connections(data.database_class)),
                    apply_method="pending-reboot",  # PostgreSQL takes it at its start only
                )
            ],
            tags=context.tags(name),
            opts=child(self),
        )
        identifier = context.name("db")
        logs = [
            aws.cloudwatch.LogGroup(
                f"{name}-{kind}",
                name=f"/aws/rds/instance/{identifier}/{kind}",
                retention_in_days=args.log_days,
                opts=child(self),
            )
            for kind in ("postgresql", "upgrade")
        ]
        self.instance = aws.rds.Instance(
            name,
            identifier=identifier,
            engine="postgres",
            engine_version=MAJOR,
            auto_minor_version_upgrade=True,
            instance_class=data.database_class,
            allocated_storage=data.database_gb,
            max_allocated_storage=data.database_max_gb,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=args.key_arn,
            username="master",
            manage_master_user_password=True,
            master_user_secret_kms_key_id=args.key_arn,
            multi_az=data.multi_az,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[args.security_group],
            publicly_accessible=False,
            parameter_group_name=parameters.name,
            backup_retention_period=data.backup_days,
            backup_window="18:00-18:30",  # UTC: an hour after midnight in Vietnam, when the export runs
            maintenance_window="mon:19:00-mon:20:00",
            copy_tags_to_snapshot=True,
            delete_automated_backups=not data.protect,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=args.key_arn,
            performance_insights_retention_period=7,
            enabled_cloudwatch_logs_exports=["postgresql", "upgrade"],
            ca_cert_identifier="rds-ca-rsa2048-g1",
            deletion_protection=data.protect,
            skip_final_snapshot=not data.protect,
            final_snapshot_identifier=context.name("db-last") if data.protect else None,
            apply_immediately=not data.protect,
            tags=context.tags("db"),
            opts=child(self, depends_on=logs, protect=data.protect, retain_on_delete=data.protect),
        )
        self.address = self.instance.address
        self.master_secret_arn = self.instance.master_user_secrets.apply(lambda found: str(found[0].secret_arn))
        self.register_outputs({"address": self.address})
