"""Record a failure: a person is asked, unless the plan says what the failure does."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from drs_orchestrator.domain.decision import (
    Decision,
    Question,
    QuestionKind,
    question_rest_seconds,
)
from drs_orchestrator.domain.errors import shortened
from drs_orchestrator.domain.failure import Unasked, may_close, overdue, respond
from drs_orchestrator.domain.intent import AWAITS_A_DECISION, Intent, IntentStatus
from drs_orchestrator.domain.step import HOLD_SECONDS, Next, Step
from drs_orchestrator.domain.verdict import judge_wave, unhealthy
from drs_orchestrator.domain.wave import NOT_ENDED, WaveRecord
from drs_orchestrator.ports.admission import Ledgers
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.questions.put_question import put_question
from drs_orchestrator.services.waves.end_wave import EndWave

logger = logging.getLogger(__name__)

_WAITS_FOR_ROOM = {IntentStatus.QUEUED, IntentStatus.GRANTED}


class RecordFailure:
    """The one way from any failure of a wave to a question, or to the wave's end."""

    def __init__(
        self, executions: Executions, ledgers: Ledgers, end_wave: EndWave, clock: Clock
    ) -> None:
        self._executions = executions
        self._ledgers = ledgers
        self._end_wave = end_wave
        self._clock = clock

    def __call__(self, execution_id: str, name: str, error: str | None, visit: datetime) -> Step:
        """Return what the workflow does next.

        `error`: what made a step fail; `visit`: when the workflow entered "Record failure". A try
        of it that asked may have died, or its answer got lost, and a person may be quick.
        """
        execution = self._executions.get(execution_id)
        wave = self._executions.wave(execution_id, name)
        intents = self._executions.intents(execution_id, name)
        running = [intent for intent in intents if intent.status.may_have_job]
        if wave.status.is_final:
            return self._end_wave.fail(execution_id, name, error)
        given = self._answer(execution_id, wave)
        # Or one after it has: then this try is an outdated one, which nobody hears.
        has_asked = wave.asked_visit is not None and wave.asked_visit >= visit
        if wave.question and (has_asked or not error):
            # An answer counts though somebody else cancels in the same moment, and is carried out
            # where the wave waits for it.
            if given or not may_close(wave.question, execution):
                return self._asked(wave.question)
        elif has_asked:
            # Answered: where it would have waited it hears where to go on.
            return Step(next=Next.ASK, wait_seconds=HOLD_SECONDS)
        answer = respond(
            wave,
            execution,
            self._clock.now(),
            error=bool(error),
            intents=intents,
            answered=given is not None,
        )
        if answer is Unasked.FOLLOW:
            return self._follow(running, error)
        if isinstance(answer, QuestionKind):
            return self._ask(execution_id, wave, answer, error, visit, given)
        return self._end_wave.fail(execution_id, name, error)

    def _answer(self, execution_id: str, wave: WaveRecord) -> Decision | None:
        """Return the answer to what the wave asks, which nobody has carried out yet."""
        if wave.question is None:
            return None
        return self._executions.decision(execution_id, wave.name, wave.question.attempt)

    def _follow(self, running: Sequence[Intent], error: str | None) -> Step:
        for intent in running:
            if error:
                self._executions.save_intent(intent.changed(reason=error))
        return Step(next=Next.WAIT)

    def _ask(
        self,
        execution_id: str,
        wave: WaveRecord,
        kind: QuestionKind,
        error: str | None,
        visit: datetime,
        given: Decision | None,
    ) -> Step:
        """Ask a person; once more if the answer that was `given` could not be carried out.

        What waits for room in DRS gives way meanwhile, to be queued again; but a stuck job does not
        keep the other chunks of its wave from theirs.
        """
        for intent in self._executions.intents(execution_id, wave.name):
            if intent.status in _WAITS_FOR_ROOM and kind is not QuestionKind.STUCK:
                self._ledgers.withdraw(intent, AWAITS_A_DECISION)
        is_of_action = kind is QuestionKind.ACTION and given is None
        message = (not is_of_action and error) or self._message(execution_id, wave, kind)
        if given:
            message = f"{given.decision} by {given.actor} could not be carried out: {message}"
        question = Question(
            kind=kind,
            attempt=wave.attempt + 1 if wave.question else wave.attempt,
            message=shortened(message),
            asked_time=self._clock.now(),
        )
        put_question(
            self._executions,
            execution_id,
            wave,
            question,
            allowed=NOT_ENDED,
            reason=question.message,
            visit=visit,
            answered=given is not None,
        )
        logger.warning("wave %s of %s asks: %s", wave.name, execution_id, question.message)
        return self._asked(question)

    def _message(self, execution_id: str, wave: WaveRecord, kind: QuestionKind) -> str:
        if kind is QuestionKind.ACTION and wave.failed_action:
            return f"action '{wave.failed_action.name}' failed: {wave.failed_action.reason}"
        if kind is QuestionKind.STUCK:
            intents = self._executions.intents(execution_id, wave.name)
            now = self._clock.now()
            return _stuck(overdue(wave, intents, now), now)
        servers = self._end_wave.judge_unsent(execution_id, wave.name, has_ended=False)
        if kind is QuestionKind.HEALTH:
            return unhealthy(servers) or "the servers are not healthy"
        _, shortfall = judge_wave(servers, wave.success_policy)
        return shortfall or "its workflow gave no reason"

    def _asked(self, question: Question) -> Step:
        return Step(next=Next.ASK, wait_seconds=question_rest_seconds(question, self._clock.now()))


def _stuck(intents: Sequence[Intent], now: datetime) -> str:
    """Return which launches are overdue; what DRS could not be asked is not claimed of it."""
    named = [
        f"{intent.job_id or 'a launch without an answer'}"
        + (f" ({intent.reason})" if intent.reason else "")
        for intent in intents
    ]
    began = min((intent.began or now for intent in intents), default=now)
    minutes = (now - began) // timedelta(minutes=1)
    return f"not known to have ended after {minutes} minutes: {', '.join(named)}"
