"""Start the clean-up of a drill: write its record first, then start its workflow."""

from __future__ import annotations

from drs_orchestrator.domain.clean_up import (
    CleanUp,
    CleanUpStatus,
    begin_clean_up,
    check_may_be_cleaned_up,
)
from drs_orchestrator.domain.errors import StaleVersion, WorkflowUnavailable, shortened
from drs_orchestrator.ports.clean_ups import CleanUps, CleanUpWorkflow
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock


class StartCleanUp:
    """Asking twice is asking once: what runs goes on, what ended looks again at what is left."""

    def __init__(
        self,
        executions: Executions,
        clean_ups: CleanUps,
        workflow: CleanUpWorkflow,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._clean_ups = clean_ups
        self._workflow = workflow
        self._clock = clock

    def __call__(self, execution_id: str, actor: str) -> None:
        """Let a clean-up of the drill run.

        Raises ExecutionNotFound, CleanUpRefused or WorkflowUnavailable.
        """
        check_may_be_cleaned_up(self._executions.get(execution_id))
        before = self._clean_ups.find(execution_id)
        if before and before.runs and self._workflow.runs(before.workflow):
            return
        now = self._clock.now()
        try:
            clean_up = self._clean_ups.save(
                begin_clean_up(execution_id, before, requested_by=actor, now=now)
            )
        except StaleVersion:
            return  # somebody asked at the same moment
        try:
            self._workflow.start(clean_up.workflow, execution_id)
        except WorkflowUnavailable as error:
            self._give_up(clean_up, error)
            raise

    def _give_up(self, clean_up: CleanUp, error: WorkflowUnavailable) -> None:
        """Close the record, so that nobody waits for a workflow that may not run.

        One whose answer only was lost finds it closed, and opens it again.
        """
        try:
            self._clean_ups.save(
                clean_up.changed(
                    status=CleanUpStatus.INCOMPLETE,
                    reason=shortened(str(error)),
                    end_time=self._clock.now(),
                )
            )
        except StaleVersion:
            return
