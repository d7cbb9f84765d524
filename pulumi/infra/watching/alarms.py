"""Alarms as all of ours are: they tell a topic, and what is not measured is not alarming unless said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.context import Context, child
from infra.watching.names import alarm_name

Metric = tuple[str, str, Mapping[str, pulumi.Input[str]], str]
"""Namespace, name, dimensions, statistic."""
ABOVE, BELOW = "GreaterThanThreshold", "LessThanThreshold"
BAND = "LessThanLowerOrGreaterThanUpperThreshold"


@dataclass(frozen=True)
class Alarm:
    """One alarm. Several metrics are put together by `expression`, in which they are m0, m1 and so on."""

    part: str
    what: str
    description: str
    metrics: Sequence[Metric]
    threshold: float
    expression: str = ""
    periods: int = 1
    period_s: int = 60
    comparison: str = ABOVE
    missing: str = "notBreaching"
    critical: bool = True


class Alarms:
    """Makes alarms that tell the stack's topics."""

    def __init__(self, context: Context, critical: pulumi.Input[str], warning: pulumi.Input[str]) -> None:
        self._context, self.critical, self.warning = context, critical, warning

    def metric(self, parent: pulumi.Resource, alarm: Alarm) -> aws.cloudwatch.MetricAlarm:
        """Make an alarm on a metric, or on an expression over several."""
        name = alarm_name(self._context, alarm.part, alarm.what)
        topics = [self.critical if alarm.critical else self.warning]
        single = not alarm.expression
        namespace, metric, dimensions, statistic = alarm.metrics[0]
        percentile = statistic.startswith("p")
        return aws.cloudwatch.MetricAlarm(
            f"{alarm.part}-{alarm.what}",
            name=name,
            alarm_description=alarm.description,
            namespace=namespace if single else None,
            metric_name=metric if single else None,
            dimensions=dict(dimensions) if single else None,
            statistic=statistic if single and not percentile else None,
            extended_statistic=statistic if single and percentile else None,
            period=alarm.period_s if single else None,
            metric_queries=None if single else self._queries(alarm),
            comparison_operator=alarm.comparison,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.periods,
            threshold=alarm.threshold,
            treat_missing_data=alarm.missing,
            alarm_actions=topics,
            ok_actions=topics,
            tags=self._context.tags(f"{alarm.part}-{alarm.what}"),
            opts=child(parent),
        )

    def band(self, parent: pulumi.Resource, alarm: Alarm, width: int = 3) -> aws.cloudwatch.MetricAlarm:
        """Make an alarm on what leaves the band in which a metric usually moves."""
        topics = [self.critical if alarm.critical else self.warning]
        return aws.cloudwatch.MetricAlarm(
            f"{alarm.part}-{alarm.what}",
            name=alarm_name(self._context, alarm.part, alarm.what),
            alarm_description=alarm.description,
            metric_queries=[
                *self._metrics(alarm, shown=True),
                aws.cloudwatch.MetricAlarmMetricQueryArgs(
                    id="band", expression=f"ANOMALY_DETECTION_BAND(m0, {width})", label="Usual", return_data=True
                ),
            ],
            threshold_metric_id="band",
            comparison_operator=BAND,
            evaluation_periods=alarm.periods,
            treat_missing_data=alarm.missing,
            alarm_actions=topics,
            ok_actions=topics,
            tags=self._context.tags(f"{alarm.part}-{alarm.what}"),
            opts=child(parent),
        )

    def _queries(self, alarm: Alarm) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
        whole = aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id="whole", expression=alarm.expression, label=alarm.what, return_data=True
        )
        return [*self._metrics(alarm, shown=False), whole]

    def _metrics(self, alarm: Alarm, *, shown: bool) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
        return [
            aws.cloudwatch.MetricAlarmMetricQueryArgs(
                id=f"m{at}",
                metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                    namespace=namespace,
                    metric_name=metric,
                    dimensions=dict(dimensions),
                    stat=statistic,
                    period=alarm.period_s,
                ),
                return_data=shown,
            )
            for at, (namespace, metric, dimensions, statistic) in enumerate(alarm.metrics)
        ]
