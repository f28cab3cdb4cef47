"""All use cases: what the API needs, and a process that plays every function."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.catalogue import CatalogueUseCases
from drs_orchestrator.bootstrap.clean_ups import CleanUpUseCases
from drs_orchestrator.bootstrap.decisions import DecisionUseCases
from drs_orchestrator.bootstrap.executions import ExecutionUseCases
from drs_orchestrator.bootstrap.health import HealthUseCases
from drs_orchestrator.bootstrap.reconciliation import ReconciliationUseCases
from drs_orchestrator.bootstrap.starts import StartUseCases


class Orchestrator(
    CatalogueUseCases,
    StartUseCases,
    ExecutionUseCases,
    DecisionUseCases,
    HealthUseCases,
    ReconciliationUseCases,
    CleanUpUseCases,
):
    """All use cases of one process."""


def orchestrator() -> Orchestrator:
    """Return all use cases of this process."""
    return use_cases(Orchestrator)
