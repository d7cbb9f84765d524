"""The Lambda that exports the day: `analytics.handler:handler`, on a schedule at 17:00 UTC, when the shop's day ends.

It is told by its environment: ANALYTICS_SOURCE (`logs:///ecs/backend,/ecs/order_service`) and ANALYTICS_LAKE
(`s3://bucket/prefix`). What goes wrong is raised: the function fails, and an alarm sees it.
"""

import os
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from analytics.export import day_to_export, export
from analytics.lakes import lake_at
from analytics.sources import source_at

SERVICE = "analytics-export"
logger = Logger(service=SERVICE)
metrics = Metrics(namespace="SweetDream", service=SERVICE)
tracer = Tracer(service=SERVICE)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Export the day that ended last, `{"day": "2026-03-01"}`, or with `{"test_mode": true}` today's so far.

    Raises:
        ValueError: the event or the environment names no day, source or lake.
    """
    metrics.add_metric("Exports", MetricUnit.Count, 1)  # tried; one that fails leaves it alone
    day, test_mode = day_to_export(event, datetime.now(UTC))
    where_from, where_to = os.environ.get("ANALYTICS_SOURCE", ""), os.environ.get("ANALYTICS_LAKE", "")
    manifest = export(source_at(where_from), lake_at(where_to), day, test_mode=test_mode, source_name=where_from)
    counted = sum(manifest.events.values())
    metrics.add_metric("EventsInLake", MetricUnit.Count, counted)
    metrics.add_metric("LinesRead", MetricUnit.Count, manifest.lines.get("read", 0))
    metrics.add_metric("LinesRejected", MetricUnit.Count, sum(manifest.rejected.values()))
    metrics.add_metric("ExportSeconds", MetricUnit.Seconds, manifest.seconds)
    logger.info("exported", extra={"day": manifest.day, "events": counted, "lines": manifest.lines})
    if manifest.rejected:
        logger.warning("lines_rejected", extra={"day": manifest.day, "reasons": manifest.rejected})
    return manifest.as_dict()
