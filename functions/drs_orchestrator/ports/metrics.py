"""Figures for dashboards and alarms."""

from __future__ import annotations

from typing import Protocol

from drs_orchestrator.domain.server import Place


class Metrics(Protocol):
    """Figures for dashboards and alarms."""

    def job_seen(self, place: Place, seconds: float) -> None:
        """Note how long after its launch a job was first seen: what exactly-once rests on."""
        ...
