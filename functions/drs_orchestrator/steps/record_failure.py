"""Record failure: the verdict of a wave that did not recover."""

from __future__ import annotations

from drs_orchestrator.bootstrap import orchestrator
from drs_orchestrator.steps.events import Event, StateEvent, named_in_logs


@named_in_logs
def handler(event: Event, _context: object) -> Event:
    """Return {next, waitSeconds}."""
    request = StateEvent.model_validate(event)
    end_wave = orchestrator().end_wave
    return end_wave.fail(request.execution_id, request.wave, request.error).document()
