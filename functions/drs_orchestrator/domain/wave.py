"""Waves of one execution: where they stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypedDict

from drs_orchestrator.domain.action import Action, ActionFailure, ActionPhase
from drs_orchestrator.domain.approval import Approval
from drs_orchestrator.domain.decision import Question
from drs_orchestrator.domain.health_check import HealthCheck
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.recovery_plan import OnFailure, SuccessPolicy, SuccessRule


class WaveStatus(StrEnum):
    """Where a wave stands; the last five are final."""

    PENDING = "PENDING"
    HELD = "HELD"
    RUNNING = "RUNNING"
    VERIFYING = "VERIFYING"
    AWAITING_DECISION = "AWAITING_DECISION"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether the wave has its verdict."""
        return self not in NOT_ENDED

    @property
    def came_up(self) -> bool:
        """Whether the wave recovered what its policy asks for."""
        return self in {WaveStatus.COMPLETED, WaveStatus.PARTIAL}


AT_REST = frozenset({WaveStatus.PENDING, WaveStatus.HELD})
AT_WORK = frozenset({WaveStatus.RUNNING, WaveStatus.VERIFYING})
NOT_ENDED = AT_REST | AT_WORK | {WaveStatus.AWAITING_DECISION}


class WavePhase(StrEnum):
    """What a wave that has not ended does, or does next."""

    GATE = "GATE"
    """It waits for its dependencies and its approval."""
    BEFORE = "BEFORE"
    """It runs its actions before the launch."""
    LAUNCH = "LAUNCH"
    """It waits for room in DRS, or for its DRS jobs."""
    HEALTH = "HEALTH"
    """It checks the health of its servers."""
    AFTER = "AFTER"
    """It runs its actions after the launch."""


class FailedAction(Model):
    """Which action of a wave failed, and why."""

    phase: ActionPhase
    position: int
    name: str
    reason: str
    on_failure: ActionFailure


class WaveRecord(Model):
    """One wave of one execution."""

    name: str
    position: int
    protection_groups: list[str]
    depends_on: list[str]
    on_failure: OnFailure
    success_policy: SuccessPolicy = SuccessRule.ALL
    deadline_minutes: int = 90
    approval: Approval | None = None
    pre_actions: list[Action] = []
    """Only those that run in executions of this type."""
    post_actions: list[Action] = []
    health_check: HealthCheck | None = None
    server_count: int
    remaining_path: int
    """Waves on the longest chain that begins here: the queue serves the longest first."""
    status: WaveStatus = WaveStatus.PENDING
    phase: WavePhase = WavePhase.GATE
    phase_time: datetime | None = None
    """Since when the deadline of the phase counts; a person's WAIT sets it anew."""
    reason: str | None = None
    start_time: datetime | None = None
    """When its first intent was sent."""
    end_time: datetime | None = None
    attempt: int = 1
    """The number of its question, asked or yet to be asked; raised by each answer. An approval's
    is 0."""
    question: Question | None = None
    """What it asks of a person; only while AWAITING_DECISION."""
    asked_visit: datetime | None = None
    """When its workflow entered "Record failure" to ask that, or what it asked last: one visit asks
    once, however often it is tried."""
    failed_action: FailedAction | None = None
    approved_by: str | None = None
    rejected_by: str | None = None
    skipped_by: str | None = None
    """Who decided to go on without what failed: dependents start."""
    accepted_by: str | None = None
    """Who let it go on with servers that are not healthy."""
    aborted_by: str | None = None
    """Who decided to give it up, and the execution with it."""
    bell: str | None = None
    """Task token of the wait that may be rung; ringing an old one changes nothing."""
    earlier_bell: str | None = None
    """That of the rest before, or of the same: a step whose connection was lost may go on and hang
    its dead token over that of its repetition."""
    bell_timeout_seconds: int | None = None
    workflow_arn: str | None = None
    """Of the wave's own workflow, known from its first rest on."""

    @property
    def satisfies_dependents(self) -> bool:
        """Whether waves that depend on it may start."""
        return self.status.came_up or (
            self.status is WaveStatus.SKIPPED and self.skipped_by is not None
        )

    def deadline_of(self, sent_time: datetime) -> datetime:
        """Return when a person is asked about a job that was sent then and still runs."""
        since = max(sent_time, self.phase_time or sent_time)
        return since + timedelta(minutes=self.deadline_minutes)

    @property
    def health_deadline(self) -> datetime | None:
        """When a person is asked about servers that are still not healthy."""
        since = self.phase_time or self.start_time
        if self.health_check is None or since is None:
            return None
        return since + timedelta(minutes=self.health_check.deadline_minutes)

    def actions(self, phase: ActionPhase) -> list[Action]:
        """Return the actions of a phase, in order."""
        return self.pre_actions if phase is ActionPhase.BEFORE else self.post_actions


class WaveChanges(TypedDict, total=False):
    """What may be written together with a wave's status; None removes it."""

    phase: WavePhase
    phase_time: datetime | None
    reason: str | None
    start_time: datetime
    """Kept if the wave has one."""
    end_time: datetime
    attempt: int
    question: Question | None
    asked_visit: datetime | None
    failed_action: FailedAction | None
    approved_by: str
    rejected_by: str
    skipped_by: str
    accepted_by: str
    aborted_by: str
