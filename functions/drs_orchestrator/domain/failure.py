"""What becomes of a wave that failed: one pure function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from drs_orchestrator.domain.action import ActionFailure
from drs_orchestrator.domain.decision import Question, QuestionKind
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.recovery_plan import OnFailure
from drs_orchestrator.domain.wave import WavePhase, WaveRecord

# Asked while the workflow is at other steps, which may fail.
_ASKED_BESIDE = {QuestionKind.APPROVAL, QuestionKind.STUCK}


class Unasked(StrEnum):
    """What becomes of a failed wave without asking anybody."""

    FOLLOW = "FOLLOW"
    """Its jobs are followed further: while DRS works for a wave no error ends it."""
    END = "END"


def respond(
    wave: WaveRecord,
    execution: Execution,
    now: datetime,
    *,
    error: bool,
    intents: Sequence[Intent],
    answered: bool = False,
) -> QuestionKind | Unasked:
    """Return what a person is asked, or what happens without.

    `error`: a step of the workflow failed; `intents`: the launches of the wave; `answered`: what it
    asks already is answered.
    """
    if wave.aborted_by:
        return Unasked.END
    if any(intent.status.may_have_job for intent in intents):
        return _while_jobs_run(wave, now, error=error, intents=intents, answered=answered)
    if wave.skipped_by or execution.starts_nothing:
        return Unasked.END
    if wave.question and answered:
        return _again(wave.question.kind)
    if wave.question and wave.question.kind not in _ASKED_BESIDE:
        # The step that failed is the one that waits for the answer: nobody could give it.
        return Unasked.END
    return _question(wave, error=error) or Unasked.END


def _while_jobs_run(
    wave: WaveRecord, now: datetime, *, error: bool, intents: Sequence[Intent], answered: bool
) -> QuestionKind | Unasked:
    """Return what is asked while DRS works for the wave: nothing but whether to wait.

    Also where the plan says CONTINUE or STOP, and after a cancel: nothing can be concluded from a
    job that runs, so only a person can give it up. Of a wave that a person skips meanwhile nobody
    asks again: its next check ends it.
    """
    if wave.question and answered:
        return wave.question.kind
    asks = overdue(wave, intents, now) and not (error or wave.skipped_by)
    return QuestionKind.STUCK if asks else Unasked.FOLLOW


def overdue(wave: WaveRecord, intents: Sequence[Intent], now: datetime) -> list[Intent]:
    """Return the launches that were begun long enough ago to ask about, and have not ended.

    One that DRS never answered is among them, also while it is tried again; not one that waits for
    its turn, because of a pause or for want of room.
    """
    return [
        intent
        for intent in intents
        if intent.status.is_under_way and intent.began and now >= wave.deadline_of(intent.began)
    ]


def may_close(question: Question, execution: Execution) -> bool:
    """Whether nobody need answer any more, nor can, as nothing new starts in the execution."""
    return execution.starts_nothing and not question.kind.stays_open


def _again(kind: QuestionKind) -> QuestionKind:
    """Return what is asked after an answer that could not be carried out, whatever the plan says of
    failures: without a person it would be as if the answer had never been given.
    """
    return QuestionKind.FAULT if kind in _ASKED_BESIDE else kind


def _question(wave: WaveRecord, *, error: bool) -> QuestionKind | None:
    if wave.failed_action:
        # Also where the step that has just noted it met an error: the action has failed.
        if wave.failed_action.on_failure is ActionFailure.ASK:
            return QuestionKind.ACTION
        if not error:
            return None
    if wave.on_failure is not OnFailure.ASK:
        return None
    if error:
        return QuestionKind.FAULT
    return QuestionKind.HEALTH if wave.phase is WavePhase.HEALTH else QuestionKind.LAUNCH
