"""Advance a wave: what follows when its launches have succeeded, and when it is healthy."""

from __future__ import annotations

from drs_orchestrator.domain.step import Next, Step
from drs_orchestrator.domain.wave import AT_REST, AT_WORK, WavePhase, WaveRecord, WaveStatus
from drs_orchestrator.domain.way_on import following
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock


class AdvanceWave:
    """Launch, then health, then the actions after it; what a wave does not have is left out."""

    def __init__(self, executions: Executions, clock: Clock) -> None:
        self._executions = executions
        self._clock = clock

    def after_launch(self, execution_id: str, wave: WaveRecord) -> Step:
        """Return the step that follows the launch."""
        if wave.health_check is None:
            return self.after_health(execution_id, wave)
        return self._enter(execution_id, wave, WavePhase.HEALTH, WaveStatus.VERIFYING, Next.VERIFY)

    def after_health(self, execution_id: str, wave: WaveRecord) -> Step:
        """Return the step that follows the health check."""
        if not wave.post_actions:
            return Step(next=Next.COMPLETE, wait_seconds=0)
        return self._enter(execution_id, wave, WavePhase.AFTER, WaveStatus.RUNNING, Next.ACT)

    def _enter(
        self,
        execution_id: str,
        wave: WaveRecord,
        phase: WavePhase,
        status: WaveStatus,
        step: Next,
    ) -> Step:
        """Write the phase unless the wave is in it already: its deadline counts from the first.

        A repetition of this step may have gone another way meanwhile, and asked for example.
        """
        if wave.phase is phase or self._executions.move_wave(
            execution_id,
            wave.name,
            AT_REST | AT_WORK,
            status,
            phase=phase,
            phase_time=self._clock.now(),
        ):
            return Step(next=step, wait_seconds=0)
        now = self._executions.wave(execution_id, wave.name)
        return Step(next=Next.FAIL, wait_seconds=0) if now.question else following(now)
