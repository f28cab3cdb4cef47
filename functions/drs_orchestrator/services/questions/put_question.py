"""Put a question to a person: in the wave, and in the header, so that lists can tell."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from drs_orchestrator.domain.decision import Question
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.wave import WaveRecord, WaveStatus
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.services.executions.change_execution import change_execution


def put_question(
    executions: Executions,
    execution_id: str,
    wave: WaveRecord,
    question: Question,
    *,
    allowed: Collection[WaveStatus],
    reason: str,
    visit: datetime | None = None,
    answered: bool = False,
) -> WaveRecord:
    """Let the wave ask, if its status is one of `allowed`; return it as it is after that.

    A question that it asks already gives way, unless it is answered; with `answered` it gives way
    all the same. `visit`: of "Record failure".

    The header comes first: a crash in between is put right by whoever asks again. Should the
    question be answered already, the header does not say for ever that the wave waits.
    """
    note_question(executions, execution_id, wave.name, asked=True)
    executions.move_wave(
        execution_id,
        wave.name,
        allowed,
        WaveStatus.AWAITING_DECISION,
        asked=wave.attempt,
        unanswered=wave.question is not None and not answered,
        reason=reason,
        attempt=question.attempt,
        question=question,
        asked_visit=visit,
    )
    after = executions.wave(execution_id, wave.name)
    if after.question is None:
        note_question(executions, execution_id, wave.name, asked=False)
    return after


def note_question(executions: Executions, execution_id: str, wave: str, *, asked: bool) -> None:
    """Let the header say which waves wait for a person, so that lists can."""

    def change(execution: Execution) -> Execution:
        others = [name for name in execution.awaiting if name != wave]
        awaiting = sorted([*others, wave]) if asked else others
        return execution if execution.status.is_final else execution.changed(awaiting=awaiting)

    change_execution(executions, execution_id, change)
