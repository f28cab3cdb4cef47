"""Structured logs. Everything logged below `drs_orchestrator` becomes one JSON line."""

from __future__ import annotations

from aws_lambda_powertools import Logger

logger = Logger(service="drs_orchestrator", utc=True)
