"""Terminate instances: those of one drill that pass all checks at this moment."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.clean_ups import CleanUpUseCases
from drs_orchestrator.steps.events import CleanUpEvent, Event, named_in_logs


@named_in_logs
def handler(event: Event, _context: object) -> Event:
    """Return {next, waitSeconds}."""
    request = CleanUpEvent.model_validate(event)
    terminate = use_cases(CleanUpUseCases).terminate_instances
    return terminate(request.execution_id, request.workflow, request.requested_by).document()
