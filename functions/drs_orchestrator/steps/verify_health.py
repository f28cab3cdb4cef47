"""Verify health: what EC2, Systems Manager and the prober say of the wave's servers."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.health import HealthUseCases
from drs_orchestrator.steps.events import Event, WaveEvent, named_in_logs


@named_in_logs
def handler(event: Event, _context: object) -> Event:
    """Return {next, waitSeconds}."""
    request = WaveEvent.model_validate(event)
    return use_cases(HealthUseCases).verify_health(request.execution_id, request.wave).document()
