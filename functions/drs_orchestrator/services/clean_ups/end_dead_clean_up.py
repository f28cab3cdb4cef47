"""End a clean-up whose workflow died, so that its record does not say RUNNING for ever; write one
for a clean-up that was promised and never began.
"""

from __future__ import annotations

import logging

from drs_orchestrator.domain.clean_up import CleanUp, why_missed
from drs_orchestrator.domain.errors import StaleVersion
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.workflow_state import WorkflowState, clean_up_has_died
from drs_orchestrator.ports.clean_ups import CleanUps, CleanUpWorkflow
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.clean_ups.finish_clean_up import FinishCleanUp

logger = logging.getLogger(__name__)


class EndDeadCleanUp:
    """Writes what is left, and why; whether to try again is a person's decision."""

    def __init__(
        self, clean_ups: CleanUps, workflow: CleanUpWorkflow, finish: FinishCleanUp, clock: Clock
    ) -> None:
        self._clean_ups = clean_ups
        self._workflow = workflow
        self._finish = finish
        self._clock = clock

    def __call__(self, execution: Execution) -> bool:
        """Look at the clean-up of an ended drill; return whether it goes on.

        Raises WorkflowUnavailable, or StaleVersion if it was asked for (again) at this moment.
        """
        clean_up = self._clean_ups.find(execution.execution_id)
        if clean_up is None:
            self._end_if_missed(execution)
            return False
        if not clean_up.runs:
            return False
        state = self._workflow.state(clean_up.workflow)
        if not clean_up_has_died(clean_up, state, self._clock.now()):
            return True
        self._end(clean_up, state)
        return False

    def heard(self, execution_id: str, workflow: str, state: WorkflowState) -> None:
        """End the clean-up that the named workflow carried out, unless it has its verdict."""
        clean_up = self._clean_ups.find(execution_id)
        try:
            if clean_up is None:
                self._finish.unbegun(execution_id, workflow, f"its workflow {state.said}")
            elif clean_up.runs and clean_up.workflow == workflow:
                self._end(clean_up, state)
        except StaleVersion as error:
            logger.info("%s; whoever moved it looks after it", error)

    def _end_if_missed(self, execution: Execution) -> None:
        reason = why_missed(execution, self._clock.now())
        if reason is None:
            return
        logger.error("the clean-up of %s was %s", execution.execution_id, reason)
        self._finish.unbegun(execution.execution_id, None, reason)

    def _end(self, clean_up: CleanUp, state: WorkflowState) -> None:
        logger.error("the clean-up of %s: its workflow %s", clean_up.execution_id, state.said)
        self._finish.in_place_of(clean_up, state)
