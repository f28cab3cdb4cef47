"""Await a decision: the rest of a wave that cannot go on by itself."""

from __future__ import annotations

from drs_orchestrator.domain.bell import Bell
from drs_orchestrator.domain.decision import QuestionKind, question_rest_seconds
from drs_orchestrator.domain.failure import may_close
from drs_orchestrator.domain.step import Next, Step
from drs_orchestrator.domain.wave import WaveRecord
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.ports.workflow import Workflow
from drs_orchestrator.services.questions.carry_out import CarryOut
from drs_orchestrator.services.questions.withdraw_question import WithdrawQuestion
from drs_orchestrator.services.waves.check_wave import CheckWave


class AwaitDecision:
    """Nothing is lost with a bell: each rest begins with a look at what was decided."""

    def __init__(
        self,
        executions: Executions,
        carry_out: CarryOut,
        check_wave: CheckWave,
        withdraw: WithdrawQuestion,
        workflow: Workflow,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._carry_out = carry_out
        self._check_wave = check_wave
        self._withdraw = withdraw
        self._workflow = workflow
        self._clock = clock

    def wait(self, execution_id: str, name: str, bell: Bell) -> None:
        """Hang the wave's bell, and ring it at once if nobody need answer any more."""
        self._executions.hang_bell(execution_id, name, bell)
        self._carry_out(execution_id, name)
        wave = self._executions.wave(execution_id, name)
        if wave.question is None:
            return
        if wave.question.kind is not QuestionKind.STUCK:
            if may_close(wave.question, self._executions.get(execution_id)):
                self._workflow.ring(bell.token, Step(next=Next.FAIL, wait_seconds=0))
                return
        elif self._goes_on(execution_id, wave, bell):
            return
        self._stretch(wave, bell)

    def _goes_on(self, execution_id: str, wave: WaveRecord, bell: Bell) -> bool:
        """Look at the jobs that seemed stuck; return whether the wave goes on without an answer."""
        intents = self._check_wave.look(execution_id, wave.name)
        self._withdraw(execution_id, wave, intents)
        # Also an answer that was taken in the same moment.
        self._carry_out(execution_id, wave.name)
        if self._executions.wave(execution_id, wave.name).question is None:
            return True
        if any(intent.is_due(self._clock.now()) for intent in intents):
            # The question stays: the other chunks of the wave need not wait for the stuck one. The
            # workflow comes back to it after each try.
            self._workflow.ring(bell.token, Step(next=Next.START, wait_seconds=0))
            return True
        return False

    def _stretch(self, wave: WaveRecord, bell: Bell) -> None:
        """Let the wave rest longer the longer it has waited: its history must last for a week."""
        if wave.question is None:
            return
        seconds = question_rest_seconds(wave.question, self._clock.now())
        if seconds != bell.timeout_seconds:
            self._workflow.ring(bell.token, Step(next=Next.ASK, wait_seconds=seconds))
