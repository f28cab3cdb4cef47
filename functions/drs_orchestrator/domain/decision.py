"""Decisions: what a wave asks of a person, and what the person answers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.step import HOLD_SECONDS, question_hold_seconds

Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
# Who "decides" when a time-out does.
NOBODY = "nobody (time-out)"


class Choice(StrEnum):
    """What a person may answer."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"
    RETRY = "RETRY"
    SKIP = "SKIP"
    ABORT = "ABORT"
    WAIT = "WAIT"


class QuestionKind(StrEnum):
    """Why a wave cannot go on by itself."""

    APPROVAL = "APPROVAL"
    LAUNCH = "LAUNCH"
    """Servers did not come up."""
    FAULT = "FAULT"
    """A step of the workflow failed."""
    STUCK = "STUCK"
    """DRS jobs still run at the wave's deadline; should they end, the question is withdrawn."""
    HEALTH = "HEALTH"
    """Servers are not healthy at the deadline of the health check."""
    ACTION = "ACTION"
    """An action before or after the launch failed."""

    @property
    def stays_open(self) -> bool:
        """Whether somebody has to answer though nothing new starts in the execution: its jobs run
        on, whatever becomes of it.
        """
        return self is QuestionKind.STUCK

    @property
    def choices(self) -> dict[Choice, str]:
        """The possible answers, each with what it does."""
        return _EFFECTS[self]


_EFFECTS: dict[QuestionKind, dict[Choice, str]] = {
    QuestionKind.APPROVAL: {
        Choice.APPROVE: "start the wave",
        Choice.REJECT: "do not start it; what depends on it is skipped",
    },
    QuestionKind.LAUNCH: {
        Choice.RETRY: "launch the failed servers again",
        Choice.SKIP: "go on without them; dependents start",
        Choice.ABORT: "nothing new starts; the execution fails",
    },
    QuestionKind.FAULT: {
        Choice.RETRY: "try again what failed",
        Choice.SKIP: "go on without the wave; dependents start",
        Choice.ABORT: "nothing new starts; the execution fails",
    },
    # Also asked after a cancel, an ABORT or a STOP.
    QuestionKind.STUCK: {
        Choice.WAIT: "give the jobs as much time again",
        Choice.SKIP: "go on without them; dependents start, if anything still does",
        Choice.ABORT: "nothing new starts; the execution fails, unless it was cancelled",
    },
    QuestionKind.HEALTH: {
        Choice.RETRY: "check the unhealthy servers again",
        Choice.WAIT: "give them as much time again",
        Choice.SKIP: "accept them as they are: the wave goes on and is PARTIAL",
        Choice.ABORT: "nothing new starts; the execution fails",
    },
    QuestionKind.ACTION: {
        Choice.RETRY: "run the action again",
        Choice.SKIP: "go on without the action",
        Choice.ABORT: "nothing new starts; the execution fails",
    },
}


class Question(Model):
    """What a wave asks. Its number is the wave's `attempt`: an answer must name it."""

    kind: QuestionKind
    attempt: int
    message: str
    asked_time: datetime
    role: str | None = None
    """Whose answer an approval asks for."""
    deadline: datetime | None = None
    """When an approval's time-out decides."""

    @property
    def choices(self) -> dict[Choice, str]:
        """The possible answers, each with what it does."""
        return self.kind.choices


class Decision(Model):
    """An answer; there is one at most to each question."""

    wave: str
    attempt: int
    decision: Choice
    reason: Reason | None = None
    actor: str
    time: datetime


def question_rest_seconds(question: Question, now: datetime) -> int:
    """Return how long a wave rests before it looks again whether its question still stands."""
    if question.kind is QuestionKind.STUCK:
        return question_hold_seconds(now - question.asked_time)
    return HOLD_SECONDS
