"""Finish an execution: every wave gets a verdict, then the execution itself."""

from __future__ import annotations

import logging

from drs_orchestrator.domain.errors import ExecutionNotFound, shortened
from drs_orchestrator.domain.execution import Execution, ExecutionStatus, judge_execution
from drs_orchestrator.ports import Clock, Executions
from drs_orchestrator.services.admission import Admission
from drs_orchestrator.services.end_wave import EndWave
from drs_orchestrator.services.lock_servers import LockServers
from drs_orchestrator.services.schedule_clean_up import ScheduleCleanUp

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
            execution = self._close(execution, error)
        self._lock_servers.release(execution_id)
        for place in sorted({i.place for i in self._executions.intents(execution_id)}):
            self._admission.pump(place)
        execution = self._schedule_clean_up(execution)
        return execution.status, shortened(execution.reason or execution.status.value)

    def _close(self, execution: Execution, error: str | None) -> Execution:
        id_ = execution.execution_id
        if execution.finishing_time is None:
            now = self._clock.now()
            execution = self._executions.save(execution.changed(finishing_time=now))
        for wave in self._executions.waves(id_):
            if not wave.status.is_final:
                self._end_wave.adjudicate(
                    id_, wave.name, error or "its workflow ended without a verdict"
                )
        status, reason = judge_execution(execution, self._executions.waves(id_))
        reason = shortened(error or reason or "") or None
        logger.info("execution %s %s: %s", id_, status, reason)
        return self._executions.save(
            execution.changed(status=status, reason=reason, end_time=self._clock.now(), awaiting=[])
        )
