"""Approvals: the question before a wave, and what its answer or its time-out makes of the wave."""

from __future__ import annotations

from datetime import timedelta

from drs_orchestrator.domain.approval import ApprovalTimeout
from drs_orchestrator.domain.decision import NOBODY, Choice, Decision, Question, QuestionKind
from drs_orchestrator.domain.errors import ExecutionClosed, StaleDecision
from drs_orchestrator.domain.wave import AT_REST, WaveChanges, WaveRecord, WaveStatus
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.questions.put_question import note_question, put_question


class Approvals:
    """A time-out is a decision too, so that of a late answer and a time-out one wins."""

    def __init__(self, executions: Executions, clock: Clock) -> None:
        self._executions = executions
        self._clock = clock

    def ask(self, execution_id: str, wave: WaveRecord) -> WaveRecord:
        """Ask whether the wave may start, unless it asks already; return it as it is then."""
        if wave.approval is None or wave.question:
            return wave
        now = self._clock.now()
        minutes = wave.approval.timeout_minutes
        question = Question(
            kind=QuestionKind.APPROVAL,
            attempt=wave.attempt,
            message=wave.approval.message,
            role=wave.approval.role,
            asked_time=now,
            deadline=now + timedelta(minutes=minutes) if minutes else None,
        )
        return put_question(
            self._executions,
            execution_id,
            wave,
            question,
            allowed=AT_REST,
            reason=f"waits for approval by {question.role}: {question.message}",
        )

    def restart_clocks(self, execution_id: str) -> None:
        """Give every open question its whole time again: a pause has stopped its clock."""
        for wave in self._executions.waves(execution_id):
            question, approval = wave.question, wave.approval
            if question and question.deadline and approval and approval.timeout_minutes:
                deadline = self._clock.now() + timedelta(minutes=approval.timeout_minutes)
                self._executions.move_wave(
                    execution_id,
                    wave.name,
                    {WaveStatus.AWAITING_DECISION},
                    WaveStatus.AWAITING_DECISION,
                    asked=question.attempt,
                    reason=wave.reason,
                    question=question.changed(deadline=deadline),
                )

    def settle(self, execution_id: str, wave: WaveRecord, *, paused: bool) -> WaveRecord:
        """Return the wave with the answer to its question carried out, if there is one.

        While the execution is paused no time-out decides.
        """
        question = wave.question
        if question is None or question.kind is not QuestionKind.APPROVAL:
            return wave
        decision = self._answer(execution_id, wave, question, paused=paused)
        if decision is None:
            return wave
        changes: WaveChanges = {"question": None, "attempt": question.attempt + 1}
        if decision.decision is Choice.APPROVE:
            changes["approved_by"] = decision.actor
        else:
            changes["rejected_by"] = decision.actor
        self._executions.move_wave(
            execution_id,
            wave.name,
            {WaveStatus.AWAITING_DECISION},
            WaveStatus.HELD,
            asked=question.attempt,
            **changes,
        )
        note_question(self._executions, execution_id, wave.name, asked=False)
        return self._executions.wave(execution_id, wave.name)

    def _answer(
        self, execution_id: str, wave: WaveRecord, question: Question, *, paused: bool
    ) -> Decision | None:
        given = self._executions.decision(execution_id, wave.name, question.attempt)
        if given or paused or question.deadline is None or self._clock.now() < question.deadline:
            return given
        policy = wave.approval.on_timeout if wave.approval else ApprovalTimeout.REJECT
        approve = policy is ApprovalTimeout.APPROVE
        lapsed = Decision(
            wave=wave.name,
            attempt=question.attempt,
            decision=Choice.APPROVE if approve else Choice.REJECT,
            reason=f"nobody answered until {question.deadline:%Y-%m-%d %H:%M} UTC",
            actor=NOBODY,
            time=self._clock.now(),
        )
        try:
            self._executions.decide(execution_id, lapsed, question.kind)
        except (StaleDecision, ExecutionClosed):
            return self._executions.decision(execution_id, wave.name, question.attempt)
        return lapsed
