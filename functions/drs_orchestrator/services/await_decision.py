"""Await a decision: the rest of a wave that cannot go on by itself."""

from __future__ import annotations

from drs_orchestrator.domain.decision import QuestionKind, question_rest_seconds
from drs_orchestrator.domain.failure import may_close
from drs_orchestrator.domain.intent import IntentStatus
from drs_orchestrator.domain.step import Next, Step
from drs_orchestrator.domain.wave import WaveRecord, WaveStatus
from drs_orchestrator.ports import Clock, Executions, Workflow
from drs_orchestrator.services.carry_out import CarryOut
from drs_orchestrator.services.change_execution import note_question
from drs_orchestrator.services.check_wave import CheckWave


class AwaitDecision:
    """Nothing is lost with a bell: each rest begins with a look at what was decided."""

    def __init__(
        self,
        executions: Executions,
        carry_out: CarryOut,
        check_wave: CheckWave,
        workflow: Workflow,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._carry_out = carry_out
        self._check_wave = check_wave
        self._workflow = workflow
        self._clock = clock

    def wait(self, execution_id: str, name: str, bell: str, timeout_seconds: int) -> None:
        """Hang the wave's bell, and ring it at once if nobody need answer any more."""
        self._executions.hang_bell(execution_id, name, bell, timeout_seconds)
        self._carry_out(execution_id, name)
        wave = self._executions.wave(execution_id, name)
        if wave.question is None:
            return
        stuck = wave.question.kind is QuestionKind.STUCK
        statuses = self._look(execution_id, wave) if stuck else set()
        if stuck and not any(status.may_have_job for status in statuses):
            self._withdraw(execution_id, wave)
        elif IntentStatus.GRANTED in statuses:
            # The question stays: the other chunks of the wave need not wait for the stuck one.
            self._workflow.ring(bell, Step(next=Next.START, wait_seconds=0))
        elif may_close(wave.question, self._executions.get(execution_id)):
            self._workflow.ring(bell, Step(next=Next.FAIL, wait_seconds=0))
        else:
            self._stretch(wave, bell, timeout_seconds)

    def _look(self, execution_id: str, wave: WaveRecord) -> set[IntentStatus]:
        """Look at the jobs that seemed stuck, and at the chunks that wait for room."""
        return {intent.status for intent in self._check_wave.look(execution_id, wave.name)}

    def _withdraw(self, execution_id: str, wave: WaveRecord) -> None:
        """Take the question back, unless an answer came first; then go on as the jobs' end says."""
        if wave.question is None:
            return
        self._executions.move_wave(
            execution_id,
            wave.name,
            {WaveStatus.AWAITING_DECISION},
            WaveStatus.RUNNING,
            asked=wave.question.attempt,
            attempt=wave.question.attempt + 1,
            question=None,
        )
        note_question(self._executions, execution_id, wave.name, asked=False)
        self._carry_out(execution_id, wave.name)

    def _stretch(self, wave: WaveRecord, bell: str, timeout_seconds: int) -> None:
        """Let the wave rest longer the longer it has waited: its history must last for a week."""
        if wave.question is None:
            return
        seconds = question_rest_seconds(wave.question, self._clock.now())
        if seconds != timeout_seconds:
            self._workflow.ring(bell, Step(next=Next.ASK, wait_seconds=seconds))
