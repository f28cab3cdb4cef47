"""The way of an execution from its start to its end."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.bootstrap.actions import ActionUseCases
from drs_orchestrator.bootstrap.waves import WaveUseCases
from drs_orchestrator.services.control_execution import ControlExecution
from drs_orchestrator.services.find_orphans import FindOrphans
from drs_orchestrator.services.finish_execution import FinishExecution
from drs_orchestrator.services.follow_ended import FollowEnded
from drs_orchestrator.services.hear_launch_result import HearLaunchResult
from drs_orchestrator.services.interrupt_execution import InterruptExecution
from drs_orchestrator.services.look_after_waves import LookAfterWaves
from drs_orchestrator.services.prepare_execution import PrepareExecution
from drs_orchestrator.services.read_executions import ReadExecutions
from drs_orchestrator.services.reconcile_execution import ReconcileExecution
from drs_orchestrator.services.retire_execution import RetireExecution
from drs_orchestrator.services.schedule_clean_up import ScheduleCleanUp
from drs_orchestrator.services.snapshot_plan import SnapshotPlan
from drs_orchestrator.services.start_execution import StartExecution
from drs_orchestrator.services.stop_actions import StopActions
from drs_orchestrator.services.watch_execution import WatchExecution


class ExecutionUseCases(WaveUseCases, ActionUseCases):
    """Executions as a whole."""

    @cached_property
    def start_execution(self) -> StartExecution:
        """Start an execution."""
        return StartExecution(
            self._plans,
            self._executions,
            self._groups,
            self._lock_servers,
            self._workflow,
            WatchExecution(self._schedules),
            self._clock,
            self._names,
        )

    @cached_property
    def read_executions(self) -> ReadExecutions:
        """Read executions."""
        return ReadExecutions(self._executions, self._clean_ups, self._clock)

    @cached_property
    def prepare_execution(self) -> PrepareExecution:
        """Prepare an execution."""
        snapshot_plan = SnapshotPlan(
            self._plans, self._groups, self._sites, self._quotas, self._ledgers, self._clock
        )
        return PrepareExecution(
            self._executions,
            snapshot_plan,
            self._lock_servers,
            self._admission,
            WatchExecution(self._schedules),
            self._names,
        )

    @cached_property
    def finish_execution(self) -> FinishExecution:
        """Finish an execution."""
        return FinishExecution(
            self._executions,
            self.end_wave,
            self._lock_servers,
            self._admission,
            ScheduleCleanUp(self._executions, self._schedules),
            self._clock,
        )

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
                self._clean_ups,
                self._schedules,
                self._clock,
            ),
            self._clock,
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
            self._clock,
            self._pause,
        )

    @cached_property
    def control_execution(self) -> ControlExecution:
        """Pause, resume and cancel executions."""
        return ControlExecution(self._executions, self._approvals, self.turnstile)

    @cached_property
    def interrupt_execution(self) -> InterruptExecution:
        """Interrupt executions that nothing follows."""
        return InterruptExecution(self._executions, self._ledgers, self._lock_servers, self._clock)
