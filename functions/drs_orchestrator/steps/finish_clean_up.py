"""Finish clean-up: the verdict, and what is left."""

from __future__ import annotations

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.clean_ups import CleanUpUseCases
from drs_orchestrator.domain.clean_up import CleanUpStatus
from drs_orchestrator.domain.step import Next
from drs_orchestrator.steps.events import Event, FinishCleanUpEvent, named_in_logs


@named_in_logs
def handler(event: Event, _context: object) -> Event:
    """Return {next, cause}."""
    request = FinishCleanUpEvent.model_validate(event)
    clean_up = use_cases(CleanUpUseCases).finish_clean_up(
        request.execution_id, request.error, request.workflow
    )
    if clean_up and clean_up.status is CleanUpStatus.COMPLETED and not request.error:
        return {"next": Next.SUCCEED.value, "cause": "nothing of the drill is left"}
    reason = request.error or (clean_up.reason if clean_up else None)
    if clean_up and clean_up.runs and not reason:
        reason = f"workflow '{clean_up.workflow}' has taken the clean-up over"
    return {"next": Next.FAIL.value, "cause": reason or "no clean-up was begun"}
