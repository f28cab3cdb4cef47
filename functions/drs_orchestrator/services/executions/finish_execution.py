"""Finish an execution: every wave gets a verdict, then the execution itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from drs_orchestrator.domain.errors import ExecutionNotFound, shortened
from drs_orchestrator.domain.execution import Execution, ExecutionStatus, judge_execution
from drs_orchestrator.domain.wave import WaveRecord, WaveStatus
from drs_orchestrator.domain.workflow_state import WorkflowState, judge_dead, verdict_if_unstarted
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.clean_ups.schedule_clean_up import ScheduleCleanUp
from drs_orchestrator.services.executions.change_execution import change_execution
from drs_orchestrator.services.executions.lock_servers import LockServers
from drs_orchestrator.services.waves.admission import Admission
from drs_orchestrator.services.waves.end_wave import EndWave

_Judge = Callable[[Execution, Sequence[WaveRecord]], tuple[ExecutionStatus, str | None]]

logger = logging.getLogger(__name__)


class FinishExecution:
    """The workflow's last step, also after anything above it failed."""

    def __init__(
        self,
        executions: Executions,
        end_wave: EndWave,
        lock_servers: LockServers,
        admission: Admission,
        schedule_clean_up: ScheduleCleanUp,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._end_wave = end_wave
        self._lock_servers = lock_servers
        self._admission = admission
        self._schedule_clean_up = schedule_clean_up
        self._clock = clock

    def __call__(self, execution_id: str, error: str | None) -> tuple[ExecutionStatus, str]:
        """Return the verdict and its reason; `error` is what made the workflow give up.

        Needs nothing but the tables to succeed, so that it works when everything else does not. An
        execution without a header (its input could not be read) is FAILED.
        """
        try:
            execution = self._executions.get(execution_id)
        except ExecutionNotFound:
            return ExecutionStatus.FAILED, error or "the execution left no record"
        if not execution.status.is_final:

            def judge(
                header: Execution, waves: Sequence[WaveRecord]
            ) -> tuple[ExecutionStatus, str | None]:
                status, reason = judge_execution(header, waves)
                return status, error or reason

            execution = self._close(execution_id, error, judge)
        execution = self._let_go(execution)
        return execution.status, shortened(execution.reason or execution.status.value)

    def in_place_of(self, execution_id: str, workflow: WorkflowState) -> Execution:
        """Finish an execution whose workflow ended without doing so; return it as it is then."""
        execution = self._close(
            execution_id,
            f"the execution's workflow {workflow.said}",
            lambda header, waves: judge_dead(header, waves, workflow),
            unstarted=verdict_if_unstarted(workflow),
        )
        return self._let_go(execution)

    def _let_go(self, execution: Execution) -> Execution:
        """Give back what the execution held, and arrange for its clean-up."""
        id_ = execution.execution_id
        self._lock_servers.release(id_)
        for place in sorted({i.place for i in self._executions.intents(id_)}):
            self._admission.pump(place)
        return self._schedule_clean_up(execution)

    def _close(
        self,
        id_: str,
        error: str | None,
        judge: _Judge,
        *,
        unstarted: WaveStatus = WaveStatus.FAILED,
    ) -> Execution:
        """Write all verdicts; should somebody else do it at the same moment, the first counts."""
        now = self._clock.now()
        self._change(
            id_, lambda e: e if e.finishing_time is not None else e.changed(finishing_time=now)
        )
        for wave in self._executions.waves(id_):
            if not wave.status.is_final:
                reason = error or "its workflow ended without a verdict"
                self._end_wave.adjudicate(id_, wave.name, reason, unstarted=unstarted)
        waves = self._executions.waves(id_)

        def close(execution: Execution) -> Execution:
            status, reason = judge(execution, waves)
            logger.info("execution %s %s: %s", id_, status, reason)
            return execution.changed(
                status=status,
                reason=shortened(reason) if reason else None,
                end_time=self._clock.now(),
                awaiting=[],
            )

        return self._change(id_, close)

    def _change(self, id_: str, change: Callable[[Execution], Execution]) -> Execution:
        """Change the header unless it has its verdict."""
        return change_execution(
            self._executions, id_, lambda e: e if e.status.is_final else change(e)
        )
