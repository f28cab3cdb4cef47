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
        decision = Decision(
            wave=wave,
            attempt=attempt,
            decision=choice,
            reason=reason,
            actor=actor,
            time=self._clock.now(),
        )
        given = self._given_before(execution_id, decision)
        if given is None:
            given = self._record(execution_id, _open_question(record, attempt), decision)
        self._carry_out(execution_id, wave)
        return given

    def _finish_what_others_began(self, execution_id: str, name: str) -> WaveRecord:
        """Carry out an answer to the present question whose handler died; return the wave then."""
        wave = self._executions.wave(execution_id, name)
        if wave.question is None:
            return wave
        if self._executions.decision(execution_id, name, wave.question.attempt) is None:
            return wave
        self._carry_out(execution_id, name)
        return self._executions.wave(execution_id, name)

    def _record(self, execution_id: str, question: Question, decision: Decision) -> Decision:
        """Write the answer and return the one on record, which may be an equal one."""
        _check(question, decision)
        try:
            self._executions.decide(execution_id, decision, question.kind)
        except StaleDecision:
            given = self._given_before(execution_id, decision)
            if given is None:
                raise
            return given
        return decision

    def _given_before(self, execution_id: str, decision: Decision) -> Decision | None:
        """Return the answer that is on record; raise StaleDecision unless it is the same.

        The same one is carried out again: it was told to have failed if the bell could not be rung,
        and else the reconciler rings, minutes later.
        """
        given = self._executions.decision(execution_id, decision.wave, decision.attempt)
        if given and given.changed(time=decision.time) != decision:
            raise StaleDecision(
                f"question {given.attempt} of wave '{given.wave}' was answered {given.decision} by "
                f"{given.actor} already"
            )
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


def _check(question: Question, decision: Decision) -> None:
    choice = decision.decision
    if choice not in question.choices:
        possible = ", ".join(question.choices)
        fault = Fault("/decision", f"{choice} does not answer this question; say {possible}")
        raise InvalidRequest("the decision is not one of those asked for", [fault])
    if choice is Choice.SKIP and not decision.reason:
        raise InvalidRequest("a SKIP needs a reason", [Fault("/reason", "is required for SKIP")])
