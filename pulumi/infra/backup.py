"""AWS Backup: a copy of the database a day, and the same in another region."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.roles import ServiceRole

MANAGED = (
    "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
    "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
)


@dataclass
class BackupArgs:
    """What is kept, for how long, and where the second copy is."""

    database_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    days: int
    other_region: str


class Backup(pulumi.ComponentResource):
    """Vaults in two regions, and a daily plan."""

    def __init__(
        self, name: str, context: Context, args: BackupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("sweetdream:data:Backup", name, None, opts)
        key = aws.kms.Key(
            "backup-away",
            description=f"Copies of the {context.environment} shop away from it",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            region=args.other_region,
            tags=context.tags("backup-away"),
            opts=child(self, protect=True, retain_on_delete=True),
        )
        here = aws.backup.Vault(
            "here", name=context.name("backup"), kms_key_arn=args.key_arn, tags=context.tags("backup"), opts=child(self)
        )
        away = aws.backup.Vault(
            "away",
            name=context.name("backup-away"),
            kms_key_arn=key.arn,
            region=args.other_region,
            tags=context.tags("backup-away"),
            opts=child(self),
        )
        role = ServiceRole("backup", context, "backup.amazonaws.com", managed=MANAGED, opts=child(self))
        plan = aws.backup.Plan(
            "daily",
            name=context.name("daily"),
            rules=[
                aws.backup.PlanRuleArgs(
                    rule_name="daily",
                    target_vault_name=here.name,
                    schedule="cron(30 18 * * ? *)",
                    start_window=60,
                    completion_window=240,
                    lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=args.days),
                    copy_actions=[
                        aws.backup.PlanRuleCopyActionArgs(
                            destination_vault_arn=away.arn,
                            lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(delete_after=args.days),
                        )
                    ],
                )
            ],
            tags=context.tags("daily"),
            opts=child(self),
        )
        aws.backup.Selection(
            "database",
            name=context.name("database"),
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=[args.database_arn],
            opts=child(self),
        )
        self.register_outputs({})
