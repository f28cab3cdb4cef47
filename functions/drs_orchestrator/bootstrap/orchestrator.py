"""All use cases: for a process that plays every function."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.front_door import FrontDoorUseCases
from drs_orchestrator.bootstrap.health import HealthUseCases
from drs_orchestrator.bootstrap.reconciliation import ReconciliationUseCases


class Orchestrator(FrontDoorUseCases, HealthUseCases, ReconciliationUseCases):
    """All use cases of one process."""


def orchestrator() -> Orchestrator:
    """Return all use cases of this process."""
    return use_cases(Orchestrator)
