"""Wake the waves of a live execution whose bells got lost, and pump the queues they wait in."""

from __future__ import annotations

from drs_orchestrator.domain.execution import Execution, ExecutionStatus
from drs_orchestrator.domain.intent import IntentStatus
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.services.admission import Admission
from drs_orchestrator.services.turnstile import Turnstile


class WakeWaves:
    """A bell too many changes nothing."""

    def __init__(self, executions: Executions, admission: Admission, turnstile: Turnstile) -> None:
        self._executions = executions
        self._admission = admission
        self._turnstile = turnstile

    def __call__(self, execution: Execution) -> None:
        """Let go whoever may; raises what keeps a wave from being looked at."""
        if execution.status is ExecutionStatus.PENDING:
            return  # its preparation is not done
        intents = self._executions.intents(execution.execution_id)
        self._admission.ask([i for i in intents if i.status is IntentStatus.QUEUED])
        self._turnstile.look_at_all(execution.execution_id, begun=True)
