"""One try of an action: its name towards AWS, how long it may take, what becomes of it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from drs_orchestrator.domain.action import (
    Action,
    ActionRecord,
    ActionStatus,
    LambdaAction,
    PlacedAction,
    WaitAction,
)
from drs_orchestrator.domain.errors import shortened
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.server import Place
from drs_orchestrator.domain.step import check_interval_seconds

_NAMESPACE = uuid.UUID("6f0c5f0e-6d7b-5a5c-9f43-0d3a1d1a6c11")
# How long an automation that was told to stop is waited for; then what it does is unknown.
STOP_SECONDS = 60
# As long while nobody can look at it: one look would tell.
_UNSEEN_SECONDS = 900
# A wait that is longer takes several turns, so that a cancel is noticed in between.
LONGEST_TURN_SECONDS = 300


class Outcome(NamedTuple):
    """How a try ended; `detail` says why it failed."""

    succeeded: bool
    detail: str | None = None


class Try(NamedTuple):
    """One try of one action, begun."""

    execution: Execution
    action: Action
    record: ActionRecord

    @property
    def token(self) -> str:
        """The same for whoever asks about this try, and different for every other."""
        return client_token(self.execution, self.record)

    @property
    def place(self) -> Place:
        """Where it runs; the execution's snapshot has filled that in. A wait runs nowhere."""
        if not isinstance(self.action, PlacedAction):
            raise TypeError(f"action '{self.action.name}' runs nowhere")
        return Place(self.action.account_id or "", self.action.region or "")

    @property
    def began(self) -> datetime:
        """When it began."""
        return self.record.start_time or self.execution.start_time

    @property
    def timeout(self) -> timedelta:
        """How long it may take."""
        if isinstance(self.action, WaitAction):
            return timedelta(seconds=self.action.seconds)
        return timedelta(seconds=self.action.timeout_seconds)

    @property
    def is_unanswered(self) -> bool:
        """Whether it is not known to be started, though it was asked for."""
        unknown = self.record.run_id is None and self.record.report is None
        return unknown and isinstance(self.action, PlacedAction)

    @property
    def is_given_up(self) -> bool:
        """Whether the execution wants no action of its phase any more."""
        return self.execution.ends_actions(self.record.phase)

    def is_overdue(self, now: datetime) -> bool:
        """Whether its time is over."""
        return now >= self.began + self.timeout

    def is_unstoppable(self, now: datetime, *, is_seen: bool) -> bool:
        """Whether it was told to stop so long ago that it will hardly obey.

        While nobody can tell, it may have ended, or never have been told: that is worth a wait.
        """
        stop = self.record.stop_time
        patience = STOP_SECONDS if is_seen else _UNSEEN_SECONDS
        return stop is not None and now >= stop + timedelta(seconds=patience)


def client_token(execution: Execution, record: ActionRecord) -> str:
    """Return the token of the record's present try: 36 characters, as Systems Manager asks.

    Two installations in one account may have executions of one id; their ARNs differ.
    """
    name = execution.execution_arn or execution.execution_id
    numbers = f"{record.attempt}/{record.tries}"
    return str(uuid.uuid5(_NAMESPACE, f"{name}/{record.wave}/{record.name}/{numbers}"))


def function_event(attempt: Try) -> dict[str, Any]:
    """Return what the function of a lambda action is given."""
    execution, action, record = attempt.execution, attempt.action, attempt.record
    return {
        "executionId": execution.execution_id,
        "executionType": execution.execution_type.value,
        "planId": execution.plan_id,
        "wave": record.wave,
        "action": record.name,
        "clientToken": attempt.token,
        "payload": action.payload if isinstance(action, LambdaAction) else {},
    }


def ended(attempt: Try, outcome: Outcome, now: datetime, *, again: bool) -> ActionRecord:
    """Return the record after a try. `again`: another try may follow, if the plan has one left.

    A try that fails because its execution wants no action of its phase any more, or after that, is
    CANCELLED.
    """
    record, action = attempt.record, attempt.action
    if outcome.succeeded:
        return record.changed(status=ActionStatus.SUCCEEDED, end_time=now, reason=None)
    detail = shortened(outcome.detail or "it gave no reason")
    if attempt.is_given_up:
        return record.changed(status=ActionStatus.CANCELLED, end_time=now, reason=detail)
    tries = action.retries + 1 if isinstance(action, PlacedAction) else 1
    count = f"try {record.tries} of {tries}: " if tries > 1 else ""
    reason = shortened(f"{count}{detail}")
    if again and record.tries < tries:
        return record.changed(status=ActionStatus.PENDING, run_id=None, reason=reason)
    return record.changed(status=ActionStatus.FAILED, end_time=now, reason=reason)


def turn_seconds(attempt: Try, phase_time: datetime | None, now: datetime) -> int:
    """Return the wait before the next look: quick at first, for many actions take seconds.

    Then it stretches with the age of the whole phase, for a wave's history has to hold all turns.
    """
    left = attempt.began + attempt.timeout - now
    left_seconds = max(-(-left // timedelta(seconds=1)), 1)
    if isinstance(attempt.action, WaitAction):
        return min(left_seconds, LONGEST_TURN_SECONDS)
    if attempt.record.stop_time:
        return 5
    running = now - attempt.began
    if running < timedelta(seconds=30):
        return min(5, left_seconds)
    if running < timedelta(minutes=2):
        return min(10, left_seconds)
    return min(check_interval_seconds(now - (phase_time or attempt.began)), left_seconds)
