"""What the API needs."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.actions import ActionUseCases
from drs_orchestrator.bootstrap.catalogue import CatalogueUseCases
from drs_orchestrator.bootstrap.clean_ups import CleanUpUseCases
from drs_orchestrator.bootstrap.decisions import DecisionUseCases
from drs_orchestrator.bootstrap.executions import ExecutionUseCases
from drs_orchestrator.bootstrap.starts import StartUseCases


class FrontDoorUseCases(
    CatalogueUseCases,
    StartUseCases,
    ExecutionUseCases,
    DecisionUseCases,
    CleanUpUseCases,
    ActionUseCases,
):
    """Whatever people and their tools ask for."""


def front_door() -> FrontDoorUseCases:
    """Return the API's use cases of this process."""
    return use_cases(FrontDoorUseCases)
