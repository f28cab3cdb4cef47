"""Record failure: a question to a person, or the verdict of a wave that did not recover."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.decisions import DecisionUseCases
from drs_orchestrator.steps.events import Event, FailureEvent, named_in_logs


@named_in_logs
def handler(event: Event, _context: object) -> Event:
    """Return {next, waitSeconds}."""
    request = FailureEvent.model_validate(event)
    record = use_cases(DecisionUseCases).record_failure
    step = record(request.execution_id, request.wave, request.error, request.entered_time)
    return step.document()
