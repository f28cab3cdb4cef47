"""Clean-up of a drill: who asked for it, until when it tries, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from drs_orchestrator.domain.errors import CleanUpRefused, shortened
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.schedule_name import name_after
from drs_orchestrator.domain.termination import Termination

# DRS terminates within minutes; what is still there after this needs a person.
_PATIENCE = timedelta(minutes=60)
BEGINS_WITHIN = timedelta(minutes=5)
"""Of the time that it was promised for; Scheduler may be a minute late."""


class CleanUpStatus(StrEnum):
    """Where a clean-up stands."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    """Nothing of the drill lives any more."""
    INCOMPLETE = "INCOMPLETE"
    """Something is left; each instance says why."""


class Progress(StrEnum):
    """How far the workflow of an attempt has come, as far as the record knows."""

    EXPECTED = "EXPECTED"
    """It may begin at any moment, or never."""
    AT_WORK = "AT_WORK"
    OVER = "OVER"
    """It takes its last step or has taken it, or was seen ended."""


class CleanUp(Model):
    """The clean-up of one drill; asking again after its end is another attempt."""

    execution_id: str
    status: CleanUpStatus = CleanUpStatus.RUNNING
    requested_by: str | None = None
    requested_time: datetime
    attempt: int = 1
    workflow: str
    """Name of the Step Functions execution that carries out this attempt."""
    progress: Progress = Progress.EXPECTED
    deadline: datetime
    """When the attempt gives up; what is left then is listed."""
    end_time: datetime | None = None
    reason: str | None = None
    version: int = 0
    """0: not stored yet."""

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.status is CleanUpStatus.RUNNING

    def is_over_for(self, workflow: str) -> bool:
        """Whether the named workflow is known to be over."""
        return self.workflow == workflow and self.progress is Progress.OVER

    def is_for(self, workflow: str) -> bool:
        """Whether the named workflow is to carry it out, or to go on."""
        return self.runs and self.workflow == workflow and not self.is_over_for(workflow)


def check_may_be_cleaned_up(execution: Execution) -> None:
    """Raise CleanUpRefused for a RECOVERY, and for a drill that still runs."""
    what = f"execution '{execution.execution_id}'"
    if not execution.execution_type.is_drill:
        raise CleanUpRefused(
            f"{what} is a RECOVERY: its instances are never terminated by this product; "
            "use the DRS console if they really are to go"
        )
    if not execution.status.is_final:
        raise CleanUpRefused(
            f"{what} is {execution.shown_status}; clean up after its end, or cancel it first"
        )


def why_missed(execution: Execution, now: datetime) -> str | None:
    """Return what to say of a clean-up that nobody has begun; None if none is overdue."""
    promised = execution.clean_up_time
    if promised is None or now < promised + BEGINS_WITHIN:
        return None
    return f"promised for {promised:%Y-%m-%d %H:%M:%S} UTC, and did not begin; ask for it by hand"


def begin_clean_up(
    execution_id: str,
    before: CleanUp | None,
    *,
    requested_by: str | None,
    now: datetime,
    workflow: str | None = None,
) -> CleanUp:
    """Return the next attempt; `workflow`: the execution that carries it out runs already."""
    attempt = before.attempt + 1 if before else 1
    progress = Progress.AT_WORK if workflow else Progress.EXPECTED
    return CleanUp(
        execution_id=execution_id,
        requested_by=requested_by,
        requested_time=now,
        attempt=attempt,
        workflow=workflow or f"{clean_up_name(execution_id)}-{attempt}",
        progress=progress,
        deadline=now + _PATIENCE,
        version=before.version if before else 0,
    )


def end_clean_up(
    clean_up: CleanUp, terminations: Sequence[Termination], error: str | None, now: datetime
) -> CleanUp:
    """Return the clean-up with its verdict over instances that all have theirs."""
    left = [each for each in terminations if each.is_left]
    reason = error
    if left:
        first = left[0]
        reason = (
            f"clean-up incomplete: {len(left)} of {len(terminations)} servers, first "
            f"{first.source_server_id}: {first.reason}"
        )
        if error and error not in reason:
            reason = f"{error}; {reason}"
    status = CleanUpStatus.INCOMPLETE if reason else CleanUpStatus.COMPLETED
    return clean_up.changed(
        status=status, reason=shortened(reason) if reason else None, end_time=now
    )


def clean_up_name(execution_id: str) -> str:
    """Return the name of the drill's schedule, and the beginning of its workflows' names."""
    return name_after("cleanup", execution_id)
