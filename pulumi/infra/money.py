"""What is spent: a budget, and what leaves the usual."""

import pulumi
import pulumi_aws as aws

from infra.context import PROJECT, Context, child
from infra.settings import Money as MoneySettings

THRESHOLDS = (50, 80, 100)


class Money(pulumi.ComponentResource):
    """A monthly budget of this environment's tag, and anomaly detection over services."""

    def __init__(
        self,
        name: str,
        context: Context,
        settings: MoneySettings,
        topic: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sweetdream:money:Money", name, None, opts)
        spent = [_notice(threshold, "ACTUAL", topic) for threshold in THRESHOLDS]
        aws.budgets.Budget(
            "month",
            name=context.name("month"),
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(settings.budget),
            limit_unit="USD",
            cost_filters=[
                aws.budgets.BudgetCostFilterArgs(name="TagKeyValue", values=[f"user:Environment${context.environment}"])
            ],
            notifications=[*spent, _notice(100, "FORECASTED", topic)],
            tags=context.tags("month"),
            opts=child(self),
        )
        monitor = aws.costexplorer.AnomalyMonitor(
            "tagged",
            name=context.name("spending"),
            monitor_type="CUSTOM",
            monitor_specification=pulumi.Output.json_dumps(
                {"Tags": {"Key": "Environment", "Values": [context.environment], "MatchOptions": ["EQUALS"]}},
                sort_keys=True,
            ),
            tags=context.tags("spending"),
            opts=child(self),
        )
        aws.costexplorer.AnomalySubscription(
            "tagged",
            name=context.name("spending"),
            frequency="IMMEDIATE",
            monitor_arn_lists=[monitor.arn],
            subscribers=[aws.costexplorer.AnomalySubscriptionSubscriberArgs(type="SNS", address=topic)],
            threshold_expression=aws.costexplorer.AnomalySubscriptionThresholdExpressionArgs(
                dimension=aws.costexplorer.AnomalySubscriptionThresholdExpressionDimensionArgs(
                    key="ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                    match_options=["GREATER_THAN_OR_EQUAL"],
                    values=[str(settings.anomaly)],
                )
            ),
            tags=context.tags(f"{PROJECT}-spending"),
            opts=child(self),
        )
        self.register_outputs({})


def _notice(threshold: int, kind: str, topic: pulumi.Input[str]) -> aws.budgets.BudgetNotificationArgs:
    return aws.budgets.BudgetNotificationArgs(
        comparison_operator="GREATER_THAN",
        notification_type=kind,
        threshold=threshold,
        threshold_type="PERCENTAGE",
        subscriber_sns_topic_arns=[topic],
    )
