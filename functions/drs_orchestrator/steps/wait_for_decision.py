"""Wait for decision: hang up the task token as a bell; the answer comes through it."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.decisions import DecisionUseCases
from drs_orchestrator.steps.events import BellEvent, Event, named_in_logs


@named_in_logs
def handler(event: Event, _context: object) -> Event:
    """Return nothing: Step Functions waits for the bell."""
    request = BellEvent.model_validate(event)
    use_cases(DecisionUseCases).await_decision.wait(
        request.execution_id, request.wave, request.bell
    )
    return {}
