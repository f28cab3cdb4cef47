"""What is done beside the workflow: after its death, and ahead of its next check."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.bootstrap.actions import ActionUseCases
from drs_orchestrator.bootstrap.ends import EndUseCases
from drs_orchestrator.services.actions.stop_actions import StopActions
from drs_orchestrator.services.clean_ups.end_dead_clean_up import EndDeadCleanUp
from drs_orchestrator.services.executions.find_orphans import FindOrphans
from drs_orchestrator.services.executions.follow_ended import FollowEnded
from drs_orchestrator.services.executions.look_after_waves import LookAfterWaves
from drs_orchestrator.services.executions.reconcile_execution import ReconcileExecution
from drs_orchestrator.services.executions.retire_execution import RetireExecution
from drs_orchestrator.services.executions.watch_execution import WatchExecution
from drs_orchestrator.services.waves.hear_launch_result import HearLaunchResult


class ReconciliationUseCases(EndUseCases, ActionUseCases):
    """Record, workflow and DRS held together."""

    @cached_property
    def _follow_ended(self) -> FollowEnded:
        return FollowEnded(self._executions, self.check_wave, self.end_wave)

    @cached_property
    def reconcile_execution(self) -> ReconcileExecution:
        """Make record, workflow and DRS agree again."""
        return ReconcileExecution(
            self._executions,
            self._workflow,
            self.finish_execution,
            self._follow_ended,
            FindOrphans(self._executions, self._sites),
            LookAfterWaves(
                self._executions,
                self._workflow,
                self.end_dead_wave,
                self._admission,
                self.turnstile,
                self._clock,
            ),
            RetireExecution(
                self._lock_servers,
                StopActions(self._executions, self._try_action),
                self._schedule_clean_up,
                self.end_dead_clean_up,
                WatchExecution(self._schedules),
                self._schedules,
                self._clock,
                self._names,
            ),
            self._clock,
        )

    @cached_property
    def end_dead_clean_up(self) -> EndDeadCleanUp:
        """End a clean-up whose workflow died."""
        return EndDeadCleanUp(
            self._clean_ups, self._clean_up_workflow, self.finish_clean_up, self._clock
        )

    @cached_property
    def hear_launch_result(self) -> HearLaunchResult:
        """Look at a wave as soon as DRS tells of it."""
        return HearLaunchResult(
            self._executions,
            self._ledgers,
            self._sites,
            self.check_wave,
            self.end_wave,
            self._follow_ended,
            self._workflow,
            self._clock,
        )
