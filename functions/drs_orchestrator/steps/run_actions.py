"""Run actions: what a wave does before its launch and after it, one action after the other."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.actions import ActionUseCases
from drs_orchestrator.steps.events import Event, WaveEvent, named_in_logs


@named_in_logs
def handler(event: Event, _context: object) -> Event:
    """Return {next, waitSeconds}."""
    request = WaveEvent.model_validate(event)
    return use_cases(ActionUseCases).run_actions(request.execution_id, request.wave).document()
