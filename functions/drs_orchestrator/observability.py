"""Structured logs and metrics. Everything logged below `drs_orchestrator` becomes one JSON line."""

from __future__ import annotations

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from drs_orchestrator.domain.server import Place

NAMESPACE = "DrsOrchestrator"

logger = Logger(service="drs_orchestrator", utc=True)


class CloudWatchMetrics:
    """Fulfils the port `Metrics` with log lines that CloudWatch reads as metrics (EMF)."""

    def job_seen(self, place: Place, seconds: float) -> None:
        """Note how long after its launch a job was first seen, at most: a check comes each 30 s."""
        metrics = EphemeralMetrics(namespace=NAMESPACE)
        metrics.add_dimension("Account", place.account_id)
        metrics.add_dimension("Region", place.region)
        metrics.add_metric("JobVisibilityLag", MetricUnit.Seconds, seconds)
        metrics.flush_metrics()
