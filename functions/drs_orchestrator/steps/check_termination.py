"""Check termination: what DRS says of the jobs and instances of a drill's clean-up."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.clean_ups import CleanUpUseCases
from drs_orchestrator.steps.events import Event, ExecutionEvent, named_in_logs


@named_in_logs
def handler(event: Event, _context: object) -> Event:
    """Return {next, waitSeconds}."""
    request = ExecutionEvent.model_validate(event)
    return use_cases(CleanUpUseCases).check_termination(request.execution_id).document()
