"""Run the actions of a wave before or after its launch, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from drs_orchestrator.domain.action import (
    Action,
    ActionFailure,
    ActionPhase,
    ActionRecord,
    ActionStatus,
)
from drs_orchestrator.domain.action_run import Try, turn_seconds
from drs_orchestrator.domain.errors import (
    ExecutionClosed,
    ExecutionPaused,
    StaleVersion,
    shortened,
)
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.step import HOLD_SECONDS, Next, Step
from drs_orchestrator.domain.wave import (
    AT_REST,
    AT_WORK,
    FailedAction,
    WavePhase,
    WaveRecord,
    WaveStatus,
)
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.actions.try_action import TryAction

_PHASES = {WavePhase.BEFORE: ActionPhase.BEFORE, WavePhase.AFTER: ActionPhase.AFTER}
# No move begins later than this in one call: the longest, a look and a stop that Systems Manager
# both answers late, takes 100 seconds of the step's 120.
_PATIENCE = timedelta(seconds=15)


class RunActions:
    """Works from the records alone, so that it does not matter which call dies when.

    What it writes of the wave is fenced: a repetition of this step may have gone on with it.
    """

    def __init__(self, executions: Executions, try_action: TryAction, clock: Clock) -> None:
        self._executions = executions
        self._try_action = try_action
        self._clock = clock

    def __call__(self, execution_id: str, wave: str) -> Step:
        """Do what can be done now and say what the workflow does next."""
        last = self._clock.now() + _PATIENCE
        while True:
            step = self._move(execution_id, wave)
            if step:
                return step
            if self._clock.now() >= last:
                return Step(next=Next.WAIT, wait_seconds=1)

    def _move(self, execution_id: str, name: str) -> Step | None:
        """Make one move; None: there is another one."""
        execution = self._executions.get(execution_id)
        wave = self._executions.wave(execution_id, name)
        if wave.status.is_final:
            return Step(next=Next.COMPLETE, wait_seconds=0)
        phase = _PHASES.get(wave.phase)
        if phase is None:
            return Step(next=Next.HOLD, wait_seconds=HOLD_SECONDS)
        for action, record in self._in_order(execution_id, wave, phase):
            if not record.status.is_final:
                return self._try(execution, wave, action, record)
            if _stops_wave(action, record) and not execution.ends_actions(phase):
                return self._fail(execution, wave, action, record)
        return self._leave(execution, wave)

    def _in_order(
        self, execution_id: str, wave: WaveRecord, phase: ActionPhase
    ) -> Iterator[tuple[Action, ActionRecord]]:
        stored = {
            (record.phase, record.position): record
            for record in self._executions.actions(execution_id, wave.name)
        }
        for position, action in enumerate(wave.actions(phase)):
            yield (
                action,
                stored.get((phase, position))
                or ActionRecord(wave=wave.name, phase=phase, position=position, name=action.name),
            )

    def _try(
        self, execution: Execution, wave: WaveRecord, action: Action, record: ActionRecord
    ) -> Step | None:
        try:
            if record.status is ActionStatus.RUNNING:
                after = self._try_action.go_on(Try(execution, action, record))
            elif execution.ends_actions(record.phase):
                after = self._try_action.cancel(execution, record)
            else:
                self._executions.move_wave(
                    execution.execution_id,
                    wave.name,
                    AT_REST,
                    WaveStatus.RUNNING,
                    in_phase=wave.phase,
                )
                after = self._try_action.start(execution, action, record)
        except ExecutionPaused as error:
            return self._rest(execution, wave, str(error))
        except (ExecutionClosed, StaleVersion):
            return None
        if after.status is ActionStatus.RUNNING:
            seconds = turn_seconds(
                Try(execution, action, after), wave.phase_time, self._clock.now()
            )
            return Step(next=Next.WAIT, wait_seconds=seconds)
        return None

    def _fail(
        self, execution: Execution, wave: WaveRecord, action: Action, record: ActionRecord
    ) -> Step:
        reason = record.reason or "it gave no reason"
        self._executions.move_wave(
            execution.execution_id,
            wave.name,
            AT_WORK,
            WaveStatus.RUNNING,
            # A RETRY by a person has taken this failure back.
            asked=wave.attempt,
            reason=shortened(f"action '{record.name}' failed: {reason}"),
            failed_action=FailedAction(
                phase=record.phase,
                position=record.position,
                name=record.name,
                reason=reason,
                on_failure=action.on_failure,
            ),
        )
        return Step(next=Next.FAIL, wait_seconds=0)

    def _leave(self, execution: Execution, wave: WaveRecord) -> Step:
        """Go on to the launch, or to the wave's end."""
        if wave.phase is WavePhase.AFTER:
            return Step(next=Next.COMPLETE, wait_seconds=0)
        if execution.starts_nothing:
            return self._rest(execution, wave, None)
        self._executions.move_wave(
            execution.execution_id,
            wave.name,
            AT_REST | AT_WORK,
            WaveStatus.HELD,
            in_phase=wave.phase,
            phase=WavePhase.LAUNCH,
            phase_time=None,
        )
        return Step(next=Next.HOLD, wait_seconds=HOLD_SECONDS)

    def _rest(self, execution: Execution, wave: WaveRecord, reason: str | None) -> Step:
        """Let the turnstile decide when, and whether, the wave goes on."""
        self._executions.move_wave(
            execution.execution_id,
            wave.name,
            AT_REST | AT_WORK,
            WaveStatus.HELD,
            in_phase=wave.phase,
            reason=reason,
        )
        return Step(next=Next.HOLD, wait_seconds=HOLD_SECONDS)


def _stops_wave(action: Action, record: ActionRecord) -> bool:
    """Whether the wave cannot go on by itself after this action."""
    return record.status is ActionStatus.FAILED and action.on_failure is not ActionFailure.CONTINUE
