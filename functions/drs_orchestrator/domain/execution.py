"""Executions: one run of one plan, as a drill or as a recovery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from drs_orchestrator.domain.action import ActionPhase
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.model import Minutes, Model
from drs_orchestrator.domain.point_in_time import PointsInTime
from drs_orchestrator.domain.wave import WaveRecord, WaveStatus

# The Step Functions execution name; ours are `drill-<ulid>`, a person's own name works too.
EXECUTION_ID = r"^[A-Za-z0-9_-]{1,80}$"
ExecutionId = Annotated[str, StringConstraints(pattern=EXECUTION_ID)]
# So long the history of a waiting wave surely stays below the limit of Step Functions (`step.py`).
RUN_DEADLINE = timedelta(days=7)
# The fields of an execution that end its actions, those after a launch too. The fence of every
# write that begins something asks for the same ones.
CLOSED_EVEN_AFTER_LAUNCH = ("cancelled_by", "aborted_by", "overran_time", "finishing_time")
# Those after which nothing is launched.
CLOSED_BY = ("stopped_by", *CLOSED_EVEN_AFTER_LAUNCH)


class ExecutionStatus(StrEnum):
    """Where an execution stands; all but the first five are final."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    AWAITING_DECISION = "AWAITING_DECISION"
    CANCELLING = "CANCELLING"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"
    """It was not done by the run's deadline, or Step Functions ended it for taking too long."""
    INTERRUPTED = "INTERRUPTED"
    """Laptop only: the engine died, so nothing follows the execution any more."""

    @property
    def is_final(self) -> bool:
        """Whether the execution has its verdict."""
        return self not in _LIVE

    @property
    def succeeded(self) -> bool:
        """Whether the workflow ends in its success state."""
        return self in {ExecutionStatus.COMPLETED, ExecutionStatus.PARTIAL}


_LIVE = {
    ExecutionStatus.PENDING,
    ExecutionStatus.RUNNING,
    ExecutionStatus.PAUSED,
    ExecutionStatus.AWAITING_DECISION,
    ExecutionStatus.CANCELLING,
}


class ExecutionRequest(Model):
    """The workflow's input, also when a person presses "Start execution" in the AWS console."""

    plan_id: str
    execution_type: ExecutionType
    actor: str | None = None
    point_in_time: PointsInTime | None = None
    replace_live_instances: str | None = None
    """The plan's name, typed: a RECOVERY may replace live recovery instances of an earlier one."""


class Execution(Model):
    """The header of one execution; waves, servers and intents are items of their own."""

    execution_id: ExecutionId
    plan_id: str
    execution_type: ExecutionType
    status: ExecutionStatus
    start_time: datetime
    end_time: datetime | None = None
    execution_arn: str | None = None
    plan_name: str | None = None
    plan_version: int | None = None
    actor: str | None = None
    reason: str | None = None
    point_in_time: PointsInTime | None = None
    replace_live_instances: str | None = None
    stopped_by: str | None = None
    """The failed wave whose policy is STOP: nothing new starts."""
    paused_by: str | None = None
    """Who paused it: what runs ends, nothing new starts until it is resumed."""
    cancelled_by: str | None = None
    """Who cancelled it: what runs ends, nothing new ever starts."""
    aborted_by: str | None = None
    """Who answered ABORT to a wave's question: what runs ends, nothing new ever starts."""
    overran_time: datetime | None = None
    """When the run's deadline was found to have passed: what runs ends, nothing new ever starts."""
    awaiting: list[str] = []
    """The waves that wait for a person's decision."""
    clean_up_after_minutes: Minutes | None = None
    """Drills only: how long after its end its instances are terminated by themselves."""
    clean_up_time: datetime | None = None
    """When that is, once it is scheduled."""
    clean_up_problem: str | None = None
    """Why it could not be scheduled: somebody has to ask for the clean-up."""
    orphan_jobs: list[str] = []
    """DRS jobs with its tags that none of its launches knows: a person has to look at them."""
    reconciler_problem: str | None = None
    """Why nothing looks after it should its workflow be stopped."""
    finishing_time: datetime | None = None
    """Since when only verdicts are written: nothing new starts."""
    preparation: str | None = None
    """Fence of the preparation that may write the snapshot; an older one writes no more."""
    version: int = 1

    def overruns(self, now: datetime) -> bool:
        """Whether the run's deadline has passed and nobody has closed it yet."""
        return not self.starts_nothing and now >= self.start_time + RUN_DEADLINE

    @property
    def starts_nothing(self) -> bool:
        """Whether no launch of it will ever get past its fence again."""
        return self._is_closed_by(*CLOSED_BY)

    def ends_actions(self, phase: ActionPhase) -> bool:
        """Whether no action of the phase runs any more. A STOP lets those after a launch run."""
        if phase is ActionPhase.BEFORE:
            return self.starts_nothing
        return self._is_closed_by(*CLOSED_EVEN_AFTER_LAUNCH)

    def _is_closed_by(self, *fields: str) -> bool:
        return self.status is not ExecutionStatus.RUNNING or any(getattr(self, f) for f in fields)

    @property
    def shown_status(self) -> ExecutionStatus:
        """The status for people: while it runs, what they asked of it comes first."""
        if self.status.is_final:
            return self.status
        if self.cancelled_by:
            return ExecutionStatus.CANCELLING
        if self.paused_by:
            return ExecutionStatus.PAUSED
        return ExecutionStatus.AWAITING_DECISION if self.awaiting else self.status


def judge_execution(
    execution: Execution, waves: Sequence[WaveRecord]
) -> tuple[ExecutionStatus, str | None]:
    """Return the verdict over waves that all have theirs, and the reason for anything less."""
    if execution.cancelled_by:
        return ExecutionStatus.CANCELLED, f"cancelled by {execution.cancelled_by}"
    if execution.aborted_by:
        return ExecutionStatus.FAILED, f"aborted by {execution.aborted_by}"
    if all(wave.status is WaveStatus.COMPLETED for wave in waves) and waves:
        return ExecutionStatus.COMPLETED, None
    if execution.overran_time:
        return ExecutionStatus.TIMED_OUT, f"not done within {RUN_DEADLINE.days} days"
    short = next((w for w in waves if w.status is WaveStatus.FAILED), None) or next(
        (w for w in waves if w.status is not WaveStatus.COMPLETED), None
    )
    reason = f"wave '{short.name}' {short.status}: {short.reason}" if short else "no wave was run"
    came_up = any(wave.status.came_up for wave in waves)
    return (ExecutionStatus.PARTIAL if came_up else ExecutionStatus.FAILED), reason
