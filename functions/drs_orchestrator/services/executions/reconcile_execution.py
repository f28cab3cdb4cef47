"""Reconcile an execution: make its record, its workflow and DRS agree again."""

from __future__ import annotations

import logging

from drs_orchestrator.domain.errors import ExecutionNotFound, StaleVersion
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.workflow_state import WorkflowState, has_died
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.ports.workflow import Workflow
from drs_orchestrator.services.executions.find_orphans import FindOrphans
from drs_orchestrator.services.executions.finish_execution import FinishExecution
from drs_orchestrator.services.executions.follow_ended import FollowEnded
from drs_orchestrator.services.executions.look_after_waves import LookAfterWaves
from drs_orchestrator.services.executions.retire_execution import RetireExecution

logger = logging.getLogger(__name__)


class ReconcileExecution:
    """May run at any time, twice, and beside the workflow: where all is well it changes nothing."""

    def __init__(
        self,
        executions: Executions,
        workflow: Workflow,
        finish: FinishExecution,
        follow_ended: FollowEnded,
        find_orphans: FindOrphans,
        look_after_waves: LookAfterWaves,
        retire: RetireExecution,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._workflow = workflow
        self._finish = finish
        self._follow_ended = follow_ended
        self._find_orphans = find_orphans
        self._look_after_waves = look_after_waves
        self._retire = retire
        self._clock = clock

    def __call__(self, execution_id: str, seen: WorkflowState | None = None) -> None:
        """Look once; `seen`: how an event says that the workflow ended."""
        try:
            execution = self._executions.get(execution_id)
        except ExecutionNotFound as error:
            logger.warning("nothing to reconcile: %s", error)
            state = seen or self._workflow.state(execution_id)
            self._retire.forget_if_dead(execution_id, state)
            return
        try:
            self._reconcile(execution, seen)
        except StaleVersion as error:
            logger.info("%s; the next look goes on from there", error)

    def _reconcile(self, execution: Execution, seen: WorkflowState | None) -> None:
        if not execution.status.is_final:
            execution = self._finish_if_dead(execution, seen)
        launching = self._follow_ended(execution)
        self._find_orphans(execution)
        if execution.status.is_final:
            self._retire(execution, launching=launching)
        else:
            self._look_after_waves(execution)

    def _finish_if_dead(self, execution: Execution, seen: WorkflowState | None) -> Execution:
        id_ = execution.execution_id
        state = seen or self._workflow.state(id_)
        if not has_died(execution, state, self._clock.now()):
            return execution
        logger.error("the workflow of %s %s", id_, state.said)
        return self._finish.in_place_of(id_, state)
