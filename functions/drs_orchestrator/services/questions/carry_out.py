"""Carry out a decision: what the answer to a question makes of the wave."""

from __future__ import annotations

from drs_orchestrator.domain.decision import Choice, Decision, Question, QuestionKind
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import IntentStatus
from drs_orchestrator.domain.wave import (
    WaveChanges,
    WavePhase,
    WaveRecord,
    WaveStatus,
)
from drs_orchestrator.domain.way_on import following
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.ports.workflow import Workflow
from drs_orchestrator.services.actions.retry_actions import RetryActions
from drs_orchestrator.services.executions.change_execution import change_execution
from drs_orchestrator.services.questions.put_question import note_question
from drs_orchestrator.services.waves.retry_wave import RetryWave
from drs_orchestrator.services.waves.ring import ring
from drs_orchestrator.services.waves.turnstile import Turnstile


class CarryOut:
    """May be done twice, and by two at once; the wave's own write comes last and counts once."""

    def __init__(
        self,
        executions: Executions,
        retry_wave: RetryWave,
        retry_actions: RetryActions,
        turnstile: Turnstile,
        workflow: Workflow,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._retry_wave = retry_wave
        self._retry_actions = retry_actions
        self._turnstile = turnstile
        self._workflow = workflow
        self._clock = clock

    def __call__(self, execution_id: str, name: str) -> None:
        """Carry out the decision over the wave's present question, if there is one, and ring it."""
        wave = self._executions.wave(execution_id, name)
        if wave.question:
            decision = self._executions.decision(execution_id, name, wave.question.attempt)
            if decision is None:
                return
            if wave.question.kind is QuestionKind.APPROVAL:
                self._turnstile.look(execution_id, name)
                return
            self._apply(self._executions.get(execution_id), wave, wave.question, decision)
            # First the bell: should we die, the header can wait for the reconciler.
            self._ring(self._executions.wave(execution_id, name))
            note_question(self._executions, execution_id, name, asked=False)
        else:
            self._ring(wave)

    def _ring(self, wave: WaveRecord) -> None:
        if wave.question is None:
            ring(self._workflow, wave, following(wave))

    def _apply(
        self, execution: Execution, wave: WaveRecord, question: Question, decision: Decision
    ) -> None:
        status = _status_in(wave)
        changes: WaveChanges = {"attempt": question.attempt + 1, "question": None}
        match decision.decision:
            case Choice.RETRY:
                changes["phase_time"] = self._clock.now()
                changes["failed_action"] = None
                status = self._retry(execution, wave, question)
            case Choice.WAIT:
                changes["phase_time"] = self._clock.now()
            case Choice.SKIP if question.kind is QuestionKind.ACTION:
                self._retry_actions.skip(execution.execution_id, wave, decision)
                changes["failed_action"] = None
            case Choice.SKIP if question.kind is QuestionKind.HEALTH:
                changes["accepted_by"] = decision.actor
            case Choice.SKIP:
                changes["skipped_by"] = decision.actor
                changes["reason"] = f"skipped by {decision.actor}: {decision.reason}"
            case Choice.ABORT:
                changes["aborted_by"] = decision.actor
                changes["reason"] = f"aborted by {decision.actor}: {question.message}"
                self._abort(execution.execution_id, decision.actor)
        self._executions.move_wave(
            execution.execution_id,
            wave.name,
            {WaveStatus.AWAITING_DECISION},
            status,
            asked=question.attempt,
            **changes,
        )
        if decision.decision is Choice.ABORT:
            self._turnstile.look_at_all(execution.execution_id, begun=True)

    def _retry(self, execution: Execution, wave: WaveRecord, question: Question) -> WaveStatus:
        """Prepare the repetition of what failed, and return the status of the wave meanwhile."""
        if question.kind is QuestionKind.ACTION:
            self._retry_actions.again(execution.execution_id, wave)
            return WaveStatus.RUNNING
        if wave.phase in {WavePhase.GATE, WavePhase.LAUNCH}:
            self._retry_wave(execution, wave, question.attempt + 1)
            intents = self._executions.intents(execution.execution_id, wave.name)
            unsent = any(intent.status is IntentStatus.PREPARED for intent in intents)
            return WaveStatus.HELD if unsent else WaveStatus.RUNNING
        return _status_in(wave)

    def _abort(self, execution_id: str, actor: str) -> None:
        def abort(execution: Execution) -> Execution:
            closed = execution.aborted_by or execution.status.is_final
            return execution if closed else execution.changed(aborted_by=actor)

        change_execution(self._executions, execution_id, abort)


def _status_in(wave: WaveRecord) -> WaveStatus:
    """Return the status of a wave at work in its phase."""
    return WaveStatus.VERIFYING if wave.phase is WavePhase.HEALTH else WaveStatus.RUNNING
