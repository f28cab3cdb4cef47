"""Retire an execution that has ended: stop its actions, free its servers, look no more.

What looks on while a drill is cleaned up ends a clean-up that died, and sees to one that is due.
"""

from __future__ import annotations

from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.execution_name import ulid_in
from drs_orchestrator.domain.workflow_state import (
    LONGEST_STEP,
    WorkflowState,
    WorkflowStatus,
)
from drs_orchestrator.ports.schedules import Schedules
from drs_orchestrator.ports.time_and_names import Clock, Names
from drs_orchestrator.services.actions.stop_actions import StopActions
from drs_orchestrator.services.clean_ups.end_dead_clean_up import EndDeadCleanUp
from drs_orchestrator.services.clean_ups.schedule_clean_up import ScheduleCleanUp
from drs_orchestrator.services.executions.lock_servers import LockServers
from drs_orchestrator.services.executions.watch_execution import WatchExecution


class RetireExecution:
    """Only proof of death frees a server: its execution has ended, and so has its job."""

    def __init__(
        self,
        lock_servers: LockServers,
        stop_actions: StopActions,
        schedule_clean_up: ScheduleCleanUp,
        end_dead_clean_up: EndDeadCleanUp,
        watch: WatchExecution,
        schedules: Schedules,
        clock: Clock,
        names: Names,
    ) -> None:
        self._lock_servers = lock_servers
        self._stop_actions = stop_actions
        self._schedule_clean_up = schedule_clean_up
        self._end_dead_clean_up = end_dead_clean_up
        self._watch = watch
        self._schedules = schedules
        self._clock = clock
        self._names = names

    def __call__(self, execution: Execution, *, launching: bool) -> None:
        """`launching`: DRS may still be working for one of its launches."""
        id_ = execution.execution_id
        # The workflow's last step may have died between the verdict and this.
        execution = self._schedule_clean_up(execution)
        acting = self._stop_actions(execution)
        if self._lock_servers.holds(id_):
            self._lock_servers.release(id_)
        # Asked whatever else goes on: it ends a clean-up that died.
        stirs = self._may_stir(execution)
        if not (launching or acting or stirs):
            self._schedules.stop_reconciling(id_)
        elif execution.reconciler_problem:
            # An event brought us here, and who waits for the next one may wait for ever.
            self._watch(id_)

    def forget_if_dead(self, execution_id: str, workflow: WorkflowState) -> None:
        """Look no more after a start that died before it left a record."""
        if workflow.status is WorkflowStatus.ABSENT and not self._is_old(execution_id):
            return
        if workflow.status is not WorkflowStatus.RUNNING:
            self._schedules.stop_reconciling(execution_id)

    def _is_old(self, execution_id: str) -> bool:
        """Whether it was named so long ago that whoever did has ended."""
        ulid = ulid_in(execution_id)
        named = self._names.time_of(ulid) if ulid else None
        return named is not None and self._clock.now() >= named + LONGEST_STEP

    def _may_stir(self, execution: Execution) -> bool:
        """Whether a handler of the workflow, or a clean-up, may still be at work."""
        ended = execution.end_time or execution.start_time
        if self._clock.now() < ended + LONGEST_STEP:
            return True
        if not execution.execution_type.is_drill:
            return False
        return self._end_dead_clean_up(execution)
