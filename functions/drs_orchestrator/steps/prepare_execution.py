"""Prepare execution: the snapshot that everything after it works from."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.starts import StartUseCases
from drs_orchestrator.steps.events import Event, PrepareEvent, named_in_logs


@named_in_logs
def handler(event: Event, _context: object) -> Event:
    """Return {executionId, waves}: the names of the waves in topological order."""
    request = PrepareEvent.model_validate(event)
    waves = use_cases(StartUseCases).prepare_execution(
        request.execution_id,
        request.request,
        execution_arn=request.execution_arn,
        start_time=request.start_time,
    )
    return {"executionId": request.execution_id, "waves": waves}
