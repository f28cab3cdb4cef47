"""What people see of executions and ask of them while they run."""

from __future__ import annotations

from functools import cached_property

from drs_orchestrator.bootstrap.aftercare import AftercareAdapters
from drs_orchestrator.bootstrap.clearance import ClearanceUseCases
from drs_orchestrator.services.executions.control_execution import ControlExecution
from drs_orchestrator.services.executions.interrupt_execution import InterruptExecution
from drs_orchestrator.services.executions.read_executions import ReadExecutions


class ExecutionUseCases(ClearanceUseCases, AftercareAdapters):
    """Executions as a whole."""

    @cached_property
    def read_executions(self) -> ReadExecutions:
        """Read executions."""
        return ReadExecutions(self._executions, self._clean_ups, self._clock)

    @cached_property
    def control_execution(self) -> ControlExecution:
        """Pause, resume and cancel executions."""
        return ControlExecution(self._executions, self._approvals, self.turnstile)

    @cached_property
    def interrupt_execution(self) -> InterruptExecution:
        """Interrupt executions that nothing follows."""
        return InterruptExecution(self._executions, self._ledgers, self._lock_servers, self._clock)
