"""Withdraw the question about jobs that seemed stuck, and have ended after all."""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.domain.decision import QuestionKind
from drs_orchestrator.domain.failure import overdue
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.wave import WaveRecord, WaveStatus
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.questions.put_question import note_question


class WithdrawQuestion:
    """An answer that came first stands, and so does its question until it is carried out."""

    def __init__(self, executions: Executions, clock: Clock) -> None:
        self._executions = executions
        self._clock = clock

    def __call__(
        self, execution_id: str, wave: WaveRecord, intents: Sequence[Intent]
    ) -> WaveRecord:
        """Return the wave as it is after that: a question about stuck jobs that none of its
        launches gives reason for any more stands only if it is answered.
        """
        question = wave.question
        if question is None or question.kind is not QuestionKind.STUCK:
            return wave
        if overdue(wave, intents, self._clock.now()):
            return wave
        is_withdrawn = self._executions.move_wave(
            execution_id,
            wave.name,
            {WaveStatus.AWAITING_DECISION},
            WaveStatus.RUNNING,
            asked=question.attempt,
            unanswered=True,
            attempt=question.attempt + 1,
            question=None,
        )
        if is_withdrawn:
            note_question(self._executions, execution_id, wave.name, asked=False)
        return self._executions.wave(execution_id, wave.name)
