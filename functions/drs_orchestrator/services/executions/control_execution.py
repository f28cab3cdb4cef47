"""Control a running execution: pause, resume, cancel. What DRS does already is never cut short."""

from __future__ import annotations

from drs_orchestrator.domain.errors import ExecutionClosed
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.services.executions.change_execution import change_execution
from drs_orchestrator.services.questions.approvals import Approvals
from drs_orchestrator.services.waves.turnstile import Turnstile


class ControlExecution:
    """Each verb is one conditional write of the header; saying it twice is saying it once."""

    def __init__(self, executions: Executions, approvals: Approvals, turnstile: Turnstile) -> None:
        self._executions = executions
        self._approvals = approvals
        self._turnstile = turnstile

    def pause(self, execution_id: str, actor: str) -> Execution:
        """Let what runs end and nothing new start. Raises ExecutionNotFound or ExecutionClosed."""
        return self._change(execution_id, paused_by=actor)

    def resume(self, execution_id: str) -> Execution:
        """Let waves start again. Raises ExecutionNotFound or ExecutionClosed.

        Saying it of an execution that is not paused looks at every wave, and changes nothing.
        """
        if self._executions.get(execution_id).paused_by:
            self._approvals.restart_clocks(execution_id)
        execution = self._change(execution_id, paused_by=None)
        self._turnstile.look_at_all(execution_id, begun=True)
        return execution

    def cancel(self, execution_id: str, actor: str) -> Execution:
        """Let what runs end and nothing new ever start. Raises ExecutionNotFound, ExecutionClosed.

        From the moment of the write no launch gets past its fence; running DRS jobs cannot be
        cancelled and are followed to their end.
        """
        execution = self._change(execution_id, cancelled_by=actor)
        self._turnstile.look_at_all(execution_id, begun=True)
        return execution

    def _change(self, execution_id: str, **by: str | None) -> Execution:
        """Write who asked for what, unless somebody did before."""

        def change(execution: Execution) -> Execution:
            if execution.status.is_final:
                raise ExecutionClosed(f"execution '{execution_id}' has ended {execution.status}")
            new = {name: who for name, who in by.items() if _asked(execution, name) != bool(who)}
            return execution.changed(**new)

        return change_execution(self._executions, execution_id, change)


def _asked(execution: Execution, name: str) -> bool:
    return bool(getattr(execution, name))
