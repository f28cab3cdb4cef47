"""Stop the actions of an execution that has ended before they did."""

from __future__ import annotations

from drs_orchestrator.domain.action import Action, ActionRecord, ActionStatus
from drs_orchestrator.domain.action_run import Try
from drs_orchestrator.domain.errors import StaleVersion
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.wave import WaveRecord
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.services.actions.try_action import TryAction


class StopActions:
    """A workflow that was stopped by hand leaves its automations running."""

    def __init__(self, executions: Executions, try_action: TryAction) -> None:
        self._executions = executions
        self._try_action = try_action

    def __call__(self, execution: Execution) -> bool:
        """Stop what runs, and return whether something has not stopped yet."""
        waves = {wave.name: wave for wave in self._executions.waves(execution.execution_id)}
        if not any(wave.pre_actions or wave.post_actions for wave in waves.values()):
            return False
        after = [
            self._stop(execution, record, waves[record.wave])
            for record in self._executions.actions(execution.execution_id)
            if record.status is ActionStatus.RUNNING
        ]
        return any(record.status is ActionStatus.RUNNING for record in after)

    def _stop(self, execution: Execution, record: ActionRecord, wave: WaveRecord) -> ActionRecord:
        action: Action = wave.actions(record.phase)[record.position]
        try:
            return self._try_action.go_on(Try(execution, action, record))
        except StaleVersion:
            return record
