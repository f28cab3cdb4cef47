"""Complete wave: the verdict of a wave that recovered or was skipped."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.waves import WaveUseCases
from drs_orchestrator.steps.events import Event, WaveEvent, named_in_logs


@named_in_logs
def handler(event: Event, _context: object) -> Event:
    """Return {next, waitSeconds}."""
    request = WaveEvent.model_validate(event)
    return use_cases(WaveUseCases).end_wave.complete(request.execution_id, request.wave).document()
