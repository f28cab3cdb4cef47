"""Decide: a person's answer to the question of a wave."""

from __future__ import annotations

from drs_orchestrator.domain.decision import Choice, Decision, Question
from drs_orchestrator.domain.errors import (
    ExecutionClosed,
    Fault,
    InvalidRequest,
    StaleDecision,
)
from drs_orchestrator.domain.wave import WaveRecord
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.questions.carry_out import CarryOut


class Decide:
    """Of two answers to one question the first counts; the other is told so."""

    def __init__(self, executions: Executions, carry_out: CarryOut, clock: Clock) -> None:
        self._executions = executions
        self._carry_out = carry_out
        self._clock = clock

    def __call__(
        self,
        execution_id: str,
        wave: str,
        *,
        attempt: int,
        choice: Choice,
        reason: str | None,
        actor: str,
    ) -> Decision:
        """Record the answer and let the wave go on; the same answer, sent again, does so again.

        Raises ExecutionNotFound, WaveNotFound, ExecutionClosed, StaleDecision or InvalidRequest.
        """
        execution = self._executions.get(execution_id)
        if execution.status.is_final:
            raise ExecutionClosed(f"execution '{execution_id}' has ended {execution.status}")
        record = self._finish_what_others_began(execution_id, wave)
        given = self._executions.decision(execution_id, wave, attempt)
        if given:
            return self._repeat(execution_id, given, (choice, reason, actor))
        question = _open_question(record, attempt)
        _check(question, choice, reason)
        decision = Decision(
            wave=wave,
            attempt=attempt,
            decision=choice,
            reason=reason,
            actor=actor,
            time=self._clock.now(),
        )
        self._executions.decide(execution_id, decision, question.kind)
        self._carry_out(execution_id, wave)
        return decision

    def _finish_what_others_began(self, execution_id: str, name: str) -> WaveRecord:
        """Carry out an answer to the present question whose handler died; return the wave then."""
        wave = self._executions.wave(execution_id, name)
        if wave.question is None:
            return wave
        if self._executions.decision(execution_id, name, wave.question.attempt) is None:
            return wave
        self._carry_out(execution_id, name)
        return self._executions.wave(execution_id, name)

    def _repeat(
        self, execution_id: str, given: Decision, answer: tuple[Choice, str | None, str]
    ) -> Decision:
        """Carry out once more what this answer is already on record as.

        It was told that it failed if the bell could not be rung, and nobody else would ring it.
        """
        if answer != (given.decision, given.reason, given.actor):
            raise StaleDecision(
                f"question {given.attempt} of wave '{given.wave}' was answered {given.decision} by "
                f"{given.actor} already"
            )
        self._carry_out(execution_id, given.wave)
        return given


def _open_question(wave: WaveRecord, attempt: int) -> Question:
    """Return the question; raise StaleDecision if the wave asks none, or another one."""
    if wave.question is None:
        raise StaleDecision(f"wave '{wave.name}' is {wave.status} and asks nothing")
    if wave.question.attempt != attempt:
        raise StaleDecision(
            f"wave '{wave.name}' asks question {wave.question.attempt} by now, not {attempt}: "
            f"{wave.question.message}"
        )
    return wave.question


def _check(question: Question, choice: Choice, reason: str | None) -> None:
    if choice not in question.choices:
        possible = ", ".join(question.choices)
        fault = Fault("/decision", f"{choice} does not answer this question; say {possible}")
        raise InvalidRequest("the decision is not one of those asked for", [fault])
    if choice is Choice.SKIP and not reason:
        raise InvalidRequest("a SKIP needs a reason", [Fault("/reason", "is required for SKIP")])
