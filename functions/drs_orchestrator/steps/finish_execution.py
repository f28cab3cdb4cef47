"""Finish execution: the verdict over all waves."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.ends import EndUseCases
from drs_orchestrator.domain.step import Next
from drs_orchestrator.steps.events import Event, StateEvent, named_in_logs


@named_in_logs
def handler(event: Event, _context: object) -> Event:
    """Return {next, cause}."""
    request = StateEvent.model_validate(event)
    status, reason = use_cases(EndUseCases).finish_execution(request.execution_id, request.error)
    following = Next.SUCCEED if status.succeeded else Next.FAIL
    return {"next": following.value, "cause": reason}
