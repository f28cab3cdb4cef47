"""Record failure: a question to a person, or the verdict of a wave that did not recover."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.decisions import DecisionUseCases
from drs_orchestrator.steps.events import Event, StateEvent, named_in_logs


@named_in_logs
def handler(event: Event, _context: object) -> Event:
    """Return {next, waitSeconds}."""
    request = StateEvent.model_validate(event)
    record = use_cases(DecisionUseCases).record_failure
    return record(request.execution_id, request.wave, request.error).document()
