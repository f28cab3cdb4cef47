"""End a wave whose own workflow died, so that those who wait for it do not wait for ever."""

from __future__ import annotations

import logging

from drs_orchestrator.domain.workflow_state import WorkflowState
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.services.waves.end_wave import EndWave

logger = logging.getLogger(__name__)


class EndDeadWave:
    """On AWS each wave is an execution of its own, and may be stopped or fail on its own."""

    def __init__(self, executions: Executions, end_wave: EndWave) -> None:
        self._executions = executions
        self._end_wave = end_wave

    def __call__(self, execution_id: str, name: str, workflow: WorkflowState) -> None:
        """End the wave FAILED, unless it has its verdict; what DRS does for it is followed on."""
        wave = self._executions.wave(execution_id, name)
        if wave.status.is_final:
            return
        reason = f"the wave's workflow {workflow.said}"
        logger.error("wave %s of %s: %s", name, execution_id, reason)
        self._end_wave.adjudicate(execution_id, name, reason, stops=True)
        # Whatever follows the verdict: the plan's STOP, and the bells of those who waited.
        self._end_wave.fail(execution_id, name, reason)
