"""What CloudWatch is told."""

from __future__ import annotations

import json

import pytest

from drs_orchestrator.observability import NAMESPACE, CloudWatchMetrics
from tests.unit.executions import PLACE


def test_the_lag_of_a_job_is_a_metric_of_its_account_and_region(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    CloudWatchMetrics().job_seen(PLACE, 31.5)
    line = json.loads(capsys.readouterr().out)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == NAMESPACE
    assert directive["Metrics"] == [{"Name": "JobVisibilityLag", "Unit": "Seconds"}]
    assert line["JobVisibilityLag"] == [31.5]
    assert (line["Account"], line["Region"]) == PLACE


def test_a_laptop_prints_no_metrics(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "true")
    CloudWatchMetrics().job_seen(PLACE, 31.5)
    assert capsys.readouterr().out == ""
