"""The turnstile: waves at rest pass it when their clearance says so.

Whoever changes what a clearance depends on calls `look` for the waves concerned. A wave hangs its
bell first and looks second; the one who changes something writes first and looks for the bell
second. All reads are strongly consistent, so at least one of both sees the other: no wave sleeps
through its turn, and a ring too many changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from drs_orchestrator.domain.bell import Bell
from drs_orchestrator.domain.clearance import Answer, clear_wave
from drs_orchestrator.domain.decision import Question, QuestionKind
from drs_orchestrator.domain.errors import Unavailable
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.failure import may_close
from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.server import Place
from drs_orchestrator.domain.step import HOLD_SECONDS, Next, Step, capacity_hold_seconds
from drs_orchestrator.domain.wave import AT_REST, AT_WORK, WavePhase, WaveRecord, WaveStatus
from drs_orchestrator.domain.way_on import following
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.ports.workflow import Workflow
from drs_orchestrator.services.questions.approvals import Approvals
from drs_orchestrator.services.waves.admission import Admission
from drs_orchestrator.services.waves.ring import ring

# From there on a wave rests only to hear a person's answer.
_LAUNCHED = {WavePhase.HEALTH, WavePhase.AFTER}
_MAY_START = {IntentStatus.GRANTED, IntentStatus.SENT, IntentStatus.CONFIRMED}
# A rest that is longer or shorter than it should be by no more than this is let be.
_SLACK_SECONDS = 60


class Seeker(NamedTuple):
    """A wave that seeks room in DRS for its chunks."""

    wave: WaveRecord
    intents: list[Intent]


class Turnstile:
    """Clearance applied: who may go is rung, who may not is told why."""

    def __init__(
        self,
        executions: Executions,
        admission: Admission,
        approvals: Approvals,
        workflow: Workflow,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._admission = admission
        self._approvals = approvals
        self._workflow = workflow
        self._clock = clock

    def wait(self, execution_id: str, wave: str, bell: Bell) -> None:
        """Hang the bell of a wave that comes to rest, and look at once whether it may go."""
        self._executions.hang_bell(execution_id, wave, bell)
        self.look(execution_id, wave)

    def look_at_all(
        self, execution_id: str, *, begun: bool = False, freed: Collection[Place] = ()
    ) -> None:
        """Look at every wave of the execution that rests, or at all that have not ended.

        Waves that may start seek room together, and with whoever waits for room in the places
        `freed`, where some has just been given back: it goes to those who need it most. A wave
        that cannot be looked at does not keep the others from their turn; the error is raised
        after them, so that the caller may look again.
        """
        execution = self._executions.get(execution_id)
        waves = {wave.name: wave for wave in self._executions.waves(execution_id)}
        seekers: list[Seeker] = []
        errors: list[Unavailable] = []
        for wave in waves.values():
            if not wave.status.is_final and (begun or wave.status not in AT_WORK):
                try:
                    seekers += self._look(execution, wave, waves)
                except Unavailable as error:
                    errors.append(error)
        self._admit(execution, seekers, freed)
        if errors:
            raise errors[0]

    def look(self, execution_id: str, name: str) -> None:
        """Ring the wave if it may start or will never start; else note what it waits for."""
        execution = self._executions.get(execution_id)
        waves = {wave.name: wave for wave in self._executions.waves(execution_id)}
        wave = waves[name]
        if wave.status.is_final:
            self._ring(wave, Step(next=Next.COMPLETE))
            return
        self._admit(execution, self._look(execution, wave, waves))

    def _look(
        self, execution: Execution, wave: WaveRecord, waves: Mapping[str, WaveRecord]
    ) -> list[Seeker]:
        """Return the wave if its gates are open and it has to seek room; ring it otherwise, or note
        what it waits for.
        """
        if wave.skipped_by or wave.aborted_by:
            # A person has decided; the bell is that of "Wait for decision".
            self._ring(wave, following(wave))
            return []
        if wave.question and wave.question.kind is not QuestionKind.APPROVAL:
            self._look_at_question(execution, wave, wave.question)
            return []
        if wave.phase in _LAUNCHED:
            self._ring(wave, following(wave))
            return []
        wave = self._approvals.settle(
            execution.execution_id, wave, paused=execution.paused_by is not None
        )
        clearance = clear_wave(wave, waves, execution)
        match clearance.answer:
            case Answer.HOLD if clearance.asks:
                self._await_approval(execution, wave)
            case Answer.HOLD if execution.paused_by and self._has_room(execution, wave):
                # Its bell was lost. "Start recovery" launches nothing in a pause, and gives the
                # room back.
                self._ring(wave, Step(next=Next.START))
            case Answer.HOLD:
                self._hold(execution, wave, clearance.reason)
                self._rest(wave, HOLD_SECONDS)
            case Answer.PROCEED:
                return self._let_go(execution, wave)
            case Answer.SKIP | Answer.CANCEL:
                self._give_up(execution, wave)
        return []

    def _look_at_question(self, execution: Execution, wave: WaveRecord, question: Question) -> None:
        if self._executions.decision(execution.execution_id, wave.name, question.attempt):
            # Whoever took the answer has not carried it out yet, or died: the wave does.
            self._ring(wave, Step(next=Next.ASK, wait_seconds=HOLD_SECONDS))
        elif may_close(question, execution):
            self._ring(wave, Step(next=Next.FAIL, wait_seconds=0))

    def _await_approval(self, execution: Execution, wave: WaveRecord) -> None:
        asked = self._approvals.ask(execution.execution_id, wave)
        seconds = HOLD_SECONDS
        if asked.question and asked.question.deadline and not execution.paused_by:
            left = (asked.question.deadline - self._clock.now()).total_seconds()
            seconds = min(seconds, max(math.ceil(left), 1))
        self._rest(asked, seconds)

    def _let_go(self, execution: Execution, wave: WaveRecord) -> list[Seeker]:
        """Ring a wave whose gates are open for its actions first; then it may seek room."""
        if wave.phase is WavePhase.GATE and wave.pre_actions:
            self._executions.move_wave(
                execution.execution_id,
                wave.name,
                AT_REST,
                WaveStatus.RUNNING,
                phase=WavePhase.BEFORE,
                phase_time=self._clock.now(),
            )
            self._ring(wave, Step(next=Next.ACT, wait_seconds=0))
        elif wave.phase is WavePhase.BEFORE:
            self._ring(wave, Step(next=Next.ACT, wait_seconds=0))
        else:
            return self._seek_room(execution, wave)
        return []

    def _has_room(self, execution: Execution, wave: WaveRecord) -> bool:
        intents = self._executions.intents(execution.execution_id, wave.name)
        return any(intent.status is IntentStatus.GRANTED for intent in intents)

    def _give_up(self, execution: Execution, wave: WaveRecord) -> None:
        """Ring a wave that will never start; one that was launched goes on to see how it went."""
        intents = self._executions.intents(execution.execution_id, wave.name)
        begun = any(intent.status in _MAY_START for intent in intents)
        ended = any(intent.status is IntentStatus.ENDED for intent in intents)
        launched = begun or (ended and all(intent.status.is_final for intent in intents))
        self._ring(wave, Step(next=Next.START if launched else Next.COMPLETE))

    def _seek_room(self, execution: Execution, wave: WaveRecord) -> list[Seeker]:
        """Return the wave if it has to seek room in DRS; ring it if it has some, or needs none."""
        intents = self._executions.intents(execution.execution_id, wave.name)
        begun = any(intent.status in _MAY_START for intent in intents)
        unsent = [intent for intent in intents if intent.status is IntentStatus.PREPARED]
        if unsent and begun:
            self._admission.ask(unsent)
        if begun or all(intent.status.is_final for intent in intents):
            self._ring(wave, Step(next=Next.START))
            return []
        return [Seeker(wave, intents)]

    def _admit(
        self, execution: Execution, seekers: Sequence[Seeker], freed: Collection[Place] = ()
    ) -> None:
        """Let the waves seek room in one decision, and note what those without any wait for."""
        asked = [seeker.intents for seeker in seekers]
        answers = self._admission.ask_together(asked, freed=freed)
        for (wave, intents), waits_for in zip(seekers, answers, strict=True):
            if waits_for is not None:
                self._hold(execution, wave, waits_for)
                self._rest(wave, self._capacity_hold_seconds(intents))

    def _capacity_hold_seconds(self, intents: Sequence[Intent]) -> int:
        now = self._clock.now()
        waiting = [intent for intent in intents if not intent.status.is_final]
        queued = [i.first_queued_time for i in waiting if i.first_queued_time]
        return capacity_hold_seconds(now - min(queued, default=now))

    def _rest(self, wave: WaveRecord, seconds: int) -> None:
        """Let the wave rest anew for so long, if its present rest is much longer or shorter."""
        if abs((wave.bell_timeout_seconds or seconds) - seconds) > _SLACK_SECONDS:
            self._ring(wave, Step(next=Next.HOLD, wait_seconds=seconds))

    def _hold(self, execution: Execution, wave: WaveRecord, reason: str | None) -> None:
        if wave.status in AT_REST and (wave.status, wave.reason) != (WaveStatus.HELD, reason):
            self._executions.move_wave(
                execution.execution_id, wave.name, AT_REST, WaveStatus.HELD, reason=reason
            )

    def _ring(self, wave: WaveRecord, step: Step) -> None:
        ring(self._workflow, wave, step)
