"""Finish an execution: every wave gets a verdict, then the execution itself."""

from __future__ import annotations

import logging

from drs_orchestrator.domain.errors import ExecutionNotFound
from drs_orchestrator.domain.execution import Execution, ExecutionStatus, judge_execution
from drs_orchestrator.ports import Clock, Executions
from drs_orchestrator.services.end_wave import EndWave
from drs_orchestrator.services.lock_servers import LockServers

logger = logging.getLogger(__name__)


class FinishExecution:
    """The workflow's last step, also after anything above it failed."""

    def __init__(
        self, executions: Executions, end_wave: EndWave, lock_servers: LockServers, clock: Clock
    ) -> None:
        self._executions = executions
        self._end_wave = end_wave
        self._lock_servers = lock_servers
        self._clock = clock

    def __call__(self, execution_id: str, error: str | None) -> tuple[ExecutionStatus, str]:
        """Return the verdict and its reason; `error` is what made the workflow give up.

        An execution without a header (its input could not be read) is FAILED.
        """
        try:
            execution = self._executions.get(execution_id)
        except ExecutionNotFound:
            return ExecutionStatus.FAILED, error or "the execution left no record"
        if not execution.status.is_final:
            execution = self._close(execution, error)
        self._lock_servers.release(execution_id)
        return execution.status, execution.reason or execution.status.value

    def _close(self, execution: Execution, error: str | None) -> Execution:
        id_ = execution.execution_id
        for wave in self._executions.waves(id_):
            if not wave.status.is_final:
                self._end_wave.fail(id_, wave.name, error or "its workflow ended without a verdict")
        status, reason = judge_execution(self._executions.get(id_), self._executions.waves(id_))
        logger.info("execution %s %s: %s", id_, status, error or reason)
        return self._executions.save(
            self._executions.get(id_).changed(
                status=status, reason=error or reason, end_time=self._clock.now()
            )
        )
