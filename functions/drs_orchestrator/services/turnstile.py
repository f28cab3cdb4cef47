"""The turnstile: waves at rest pass it when their clearance says so.

Whoever changes what a clearance depends on calls `look` for the waves concerned. A wave hangs its
bell first and looks second; the one who changes something writes first and looks for the bell
second. All reads are strongly consistent, so at least one of both sees the other: no wave sleeps
through its turn, and a ring too many changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from drs_orchestrator.domain.clearance import Answer, clear_wave
from drs_orchestrator.domain.errors import Unavailable
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import IntentStatus
from drs_orchestrator.domain.wave import (
    AT_REST,
    CAPACITY_HOLD_SECONDS,
    Next,
    Step,
    WaveRecord,
    WaveStatus,
)
from drs_orchestrator.ports import Executions, Workflow
from drs_orchestrator.services.admission import Admission

_MAY_START = {IntentStatus.GRANTED, IntentStatus.SENT, IntentStatus.CONFIRMED}


class Turnstile:
    """Clearance applied: who may go is rung, who may not is told why."""

    def __init__(self, executions: Executions, admission: Admission, workflow: Workflow) -> None:
        self._executions = executions
        self._admission = admission
        self._workflow = workflow

    def wait(self, execution_id: str, wave: str, bell: str, timeout_seconds: int) -> None:
        """Hang the bell of a wave that comes to rest, and look at once whether it may go."""
        self._executions.hang_bell(execution_id, wave, bell, timeout_seconds)
        self.look(execution_id, wave)

    def look_at_all(self, execution_id: str, *, begun: bool = False) -> None:
        """Look at every wave of the execution that has not begun, or that has not ended.

        A wave that cannot be looked at does not keep the others from their turn; the error is
        raised after them, so that the caller may look again.
        """
        execution = self._executions.get(execution_id)
        waves = {wave.name: wave for wave in self._executions.waves(execution_id)}
        errors: list[Unavailable] = []
        for wave in waves.values():
            if wave.status in AT_REST or (begun and not wave.status.is_final):
                try:
                    self._look(execution, wave, waves)
                except Unavailable as error:
                    errors.append(error)
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
        self._look(execution, wave, waves)

    def _look(
        self, execution: Execution, wave: WaveRecord, waves: Mapping[str, WaveRecord]
    ) -> None:
        clearance = clear_wave(wave, waves, execution)
        match clearance.answer:
            case Answer.HOLD:
                self._hold(execution, wave, clearance.reason)
            case Answer.PROCEED:
                self._seek_room(execution, wave)
            case Answer.SKIP | Answer.CANCEL:
                self._give_up(execution, wave)

    def _give_up(self, execution: Execution, wave: WaveRecord) -> None:
        """Ring a wave that will never start; one whose jobs run already goes on to follow them."""
        intents = self._executions.intents(execution.execution_id, wave.name)
        begun = any(intent.status in _MAY_START for intent in intents)
        self._ring(wave, Step(next=Next.START if begun else Next.COMPLETE))

    def _seek_room(self, execution: Execution, wave: WaveRecord) -> None:
        """Ring the wave if it has room in DRS, else queue for it."""
        intents = self._executions.intents(execution.execution_id, wave.name)
        if any(intent.status in _MAY_START for intent in intents):
            self._ring(wave, Step(next=Next.START))
            return
        if not intents:
            self._ring(wave, Step(next=Next.COMPLETE))
            return
        waits_for = self._admission.ask(intents)
        if waits_for is None:
            return
        self._hold(execution, wave, waits_for)
        if (wave.bell_timeout_seconds or 0) > CAPACITY_HOLD_SECONDS:
            self._ring(wave, Step(next=Next.HOLD, wait_seconds=CAPACITY_HOLD_SECONDS))

    def _hold(self, execution: Execution, wave: WaveRecord, reason: str | None) -> None:
        if wave.status in AT_REST and (wave.status, wave.reason) != (WaveStatus.HELD, reason):
            self._executions.move_wave(
                execution.execution_id, wave.name, AT_REST, WaveStatus.HELD, reason=reason
            )

    def _ring(self, wave: WaveRecord, step: Step) -> None:
        if wave.bell:
            self._workflow.ring(wave.bell, step)
