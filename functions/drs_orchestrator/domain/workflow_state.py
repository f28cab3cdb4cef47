"""What Step Functions says of an execution's workflow, and what that makes of its record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from drs_orchestrator.domain.clean_up import CleanUp
from drs_orchestrator.domain.execution import Execution, ExecutionStatus, judge_execution
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.wave import WaveRecord, WaveStatus

# DescribeExecution is eventually consistent, and a start whose answer got lost may come through.
# Nothing is locked or launched meanwhile.
_BELIEVE_IN_ABSENCE_AFTER = timedelta(minutes=3)
# The time-out of every step in the state machines, longer than that of any function.
LONGEST_STEP = timedelta(seconds=150)


class WorkflowStatus(StrEnum):
    """The words of Step Functions, and one of ours."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"
    ABSENT = "ABSENT"
    """Step Functions knows no execution of this name."""


class WorkflowState(Model):
    """How a workflow is; `error` and `cause` only of one that did not succeed."""

    status: WorkflowStatus
    error: str | None = None
    cause: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether it began and is over; one that is ABSENT may begin yet."""
        return self.status not in {WorkflowStatus.RUNNING, WorkflowStatus.ABSENT}

    @property
    def said(self) -> str:
        """What became of it, in words that follow a subject."""
        detail = ": ".join(text for text in (self.error, self.cause) if text)
        words = {
            WorkflowStatus.ABORTED: "was stopped by hand in Step Functions",
            WorkflowStatus.TIMED_OUT: "timed out in Step Functions",
            WorkflowStatus.FAILED: "failed in Step Functions",
            WorkflowStatus.ABSENT: "was never started: Step Functions does not know it",
        }
        end = words.get(self.status, f"{self.status} without a verdict")
        return f"{end} ({detail})" if detail else end


def has_died(execution: Execution, state: WorkflowState, now: datetime) -> bool:
    """Whether an execution without a verdict has lost its workflow.

    Whoever writes verdicts at this moment, as the workflow's own last step does, is left alone for
    as long as that may take.
    """
    if execution.status.is_final or state.status is WorkflowStatus.RUNNING:
        return False
    if state.status is WorkflowStatus.ABSENT:
        return now >= execution.start_time + _BELIEVE_IN_ABSENCE_AFTER
    return execution.finishing_time is None or now >= execution.finishing_time + LONGEST_STEP


def wave_has_died(state: WorkflowState) -> bool:
    """Whether the workflow of a wave without a verdict is gone.

    Its own end comes after its verdict. One that Step Functions does not find, though it rested
    once, is a reading that came too early, and no proof.
    """
    return state.has_ended


def clean_up_has_died(clean_up: CleanUp, state: WorkflowState, now: datetime) -> bool:
    """Whether a clean-up without a verdict has lost its workflow."""
    if not clean_up.runs or state.status is WorkflowStatus.RUNNING:
        return False
    is_late = now >= clean_up.requested_time + _BELIEVE_IN_ABSENCE_AFTER
    return state.has_ended or is_late


def judge_dead(
    execution: Execution, waves: Sequence[WaveRecord], state: WorkflowState
) -> tuple[ExecutionStatus, str | None]:
    """Return the verdict over an execution whose workflow ended without one, and the reason."""
    if state.status is WorkflowStatus.SUCCEEDED:
        return judge_execution(execution, waves)
    if execution.cancelled_by:
        reason = f"cancelled by {execution.cancelled_by}, then its workflow {state.said}"
        return ExecutionStatus.CANCELLED, reason
    verdicts = {
        WorkflowStatus.ABORTED: ExecutionStatus.CANCELLED,
        WorkflowStatus.TIMED_OUT: ExecutionStatus.TIMED_OUT,
    }
    return verdicts.get(state.status, ExecutionStatus.FAILED), state.said.removeprefix("was ")


def verdict_if_unstarted(state: WorkflowState) -> WaveStatus:
    """Return the verdict over a wave of such an execution that had launched nothing yet."""
    by_hand = state.status is WorkflowStatus.ABORTED
    return WaveStatus.CANCELLED if by_hand else WaveStatus.FAILED
