"""The way of a wave from its first job to its verdict."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.bootstrap.clearance import ClearanceUseCases
from drs_orchestrator.observability import CloudWatchMetrics
from drs_orchestrator.services.questions.withdraw_question import WithdrawQuestion
from drs_orchestrator.services.waves.advance_wave import AdvanceWave
from drs_orchestrator.services.waves.check_wave import CheckWave
from drs_orchestrator.services.waves.end_dead_wave import EndDeadWave
from drs_orchestrator.services.waves.end_wave import EndWave
from drs_orchestrator.services.waves.follow_job import FollowJob
from drs_orchestrator.services.waves.reconcile_launch import ReconcileLaunch
from drs_orchestrator.services.waves.start_wave import StartWave


class WaveUseCases(ClearanceUseCases):
    """Waves at work."""

    @cached_property
    def start_wave(self) -> StartWave:
        """Start a wave's jobs."""
        return StartWave(self._executions, self._ledgers, self._sites, self._admission, self._clock)

    @cached_property
    def check_wave(self) -> CheckWave:
        """Check a wave's jobs."""
        reconcile = ReconcileLaunch(
            self._executions,
            self._ledgers,
            self._clock,
            quiet_seconds=self._settings.quiet_seconds,
        )
        follow = FollowJob(self._executions, self._ledgers, CloudWatchMetrics(), self._clock)
        return CheckWave(
            self._executions,
            self._sites,
            self._admission,
            reconcile,
            follow,
            AdvanceWave(self._executions, self._clock),
            self._withdraw_question,
            self._clock,
        )

    @cached_property
    def _withdraw_question(self) -> WithdrawQuestion:
        return WithdrawQuestion(self._executions, self._clock)

    @cached_property
    def end_wave(self) -> EndWave:
        """End a wave."""
        return EndWave(self._executions, self._ledgers, self.turnstile, self._clock)

    @cached_property
    def end_dead_wave(self) -> EndDeadWave:
        """End a wave whose workflow died."""
        return EndDeadWave(self._executions, self.end_wave)
